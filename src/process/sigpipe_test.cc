#include "process/sigpipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ekaci::process {
namespace {

/// The error of writing to a pipe that nobody reads; 0 where that went well.
int error_of_writing_for_nobody() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return 0;
  ::close(ends[0]);
  const int error = ::write(ends[1], "x", 1) < 0 ? errno : 0;
  ::close(ends[1]);
  return error;
}

bool is_pending() {
  sigset_t pending{};
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

TEST(SigpipeBlocked, WritingForNobodyIsAnErrorAndLeavesNoSignal) {
  {
    const SigpipeBlocked guard;
    EXPECT_EQ(error_of_writing_for_nobody(), EPIPE);
    EXPECT_TRUE(is_pending());
  }
  EXPECT_FALSE(is_pending());
}

TEST(SigpipeBlocked, OneWithinAnotherLeavesItBlocked) {
  const SigpipeBlocked outer;
  {
    const SigpipeBlocked inner;
  }
  EXPECT_EQ(error_of_writing_for_nobody(), EPIPE);
}

}  // namespace
}  // namespace ekaci::process
