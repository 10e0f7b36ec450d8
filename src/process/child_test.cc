#include "process/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

namespace ekaci::process {
namespace {

using std::chrono::milliseconds;

Command shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}, .environment = {{"A", "b"}}}; }

TEST(Child, CollectsWhatIsPrintedAndTheExitCode) {
  const auto done = run(shell("cat; echo err >&2; exit 3"), "in", {}, {});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->output, "in");
  EXPECT_EQ(done->error, "err\n");
  EXPECT_EQ(done->ended.status.code, 3);
  EXPECT_FALSE(done->ended.status.succeeded());
}

TEST(Child, InheritsNeitherEnvironmentNorDescriptors) {
  const int open_one = ::open("/dev/null", O_RDONLY);
  const auto done = run(shell("/usr/bin/env; ls /proc/self/fd"), "", {}, {});
  ::close(open_one);
  ASSERT_TRUE(done);
  EXPECT_NE(done->output.find("A=b\n"), std::string::npos);
  EXPECT_EQ(done->output.find("HOME="), std::string::npos);
  EXPECT_TRUE(done->output.ends_with("0\n1\n2\n3\n")) << done->output;  // 3 is ls's own
}

TEST(Child, PassesTheDescriptorsThatAreNamed) {
  const int passed = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 7);
  Command command = shell("ls /proc/self/fd");
  command.passed_descriptors = {passed};
  const auto done = run(command, "", {}, {});
  ::close(passed);
  ASSERT_TRUE(done);
  EXPECT_NE(done->output.find("\n" + std::to_string(passed) + "\n"), std::string::npos) << done->output;
}

TEST(Child, EndsWhatTakesTooLong) {
  const auto done = run(shell("sleep 100 & sleep 100"), "", {.time = milliseconds(100)}, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::timed_out);
}

TEST(Child, EndsWhatPrintsTooMuch) {
  const auto done = run(shell("yes"), "", {.time = std::chrono::minutes(1), .output = 100'000}, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::resource_exhausted);
}

TEST(Child, StopsWhenCancelled) {
  CancelSource source;
  source.request_stop();
  EXPECT_EQ(run(shell("sleep 100"), "", {}, source.get_token()).error().code(), ErrorCode::cancelled);
}

TEST(Child, SaysWhichProgramIsMissing) {
  const auto done = run({.arguments = {"no-such-program-here"}}, "", {}, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::not_found);
  EXPECT_NE(done.error().message().find("no-such-program-here"), std::string::npos);
}

TEST(Child, DestructionKillsTheGroup) {
  pid_t pid = 0;
  {
    auto child = spawn(shell("sleep 100"), {});
    ASSERT_TRUE(child);
    pid = child->pid();
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(Child, TellsTheSignalThatEndedIt) {
  const auto done = run(shell("kill -9 $$"), "", {}, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->ended.status.signal, SIGKILL);
  EXPECT_NE(done->ended.status.to_string().find("signal 9"), std::string::npos);
}

TEST(Child, RefusesNulBytesInArguments) {
  EXPECT_EQ(run({.arguments = {"/bin/true", std::string("a\0b", 3)}}, "", {}, {}).error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace ekaci::process
