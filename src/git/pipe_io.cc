#include "git/pipe_io.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "process/sigpipe.h"

namespace ekaci::git {
namespace {

/// How often a blocked wait looks at its CancelToken.
constexpr std::chrono::milliseconds kCancelInterval{50};

Status wait_for(const Fd& pipe, short events, const Patience& patience) {
  while (true) {
    if (patience.cancel.stop_requested()) return fail(ErrorCode::cancelled, "git was stopped");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(ErrorCode::timed_out, "git did not answer in time");
    pollfd wait{pipe.get(), events, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::min(left, kCancelInterval).count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, "cannot wait for git: {}", std::generic_category().message(errno));
  }
}

}  // namespace

Result<std::size_t> read_some(const Fd& pipe, std::string& into, const Patience& patience) {
  std::array<char, 65536> buffer{};
  while (true) {
    if (const Status ready = wait_for(pipe, POLLIN, patience); !ready) return fail(ready.error());
    const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
    if (got >= 0) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
      return static_cast<std::size_t>(got);
    }
    if (errno != EAGAIN && errno != EINTR) return fail(ErrorCode::io, "cannot read from git: {}", std::generic_category().message(errno));
  }
}

Status write_all(const Fd& pipe, std::string_view bytes, const Patience& patience) {
  const process::SigpipeBlocked guard;
  while (!bytes.empty()) {
    if (Status ready = wait_for(pipe, POLLOUT, patience); !ready) return ready;
    const ssize_t written = ::write(pipe.get(), bytes.data(), bytes.size());
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno == EPIPE) return fail(ErrorCode::unavailable, "git has ended");
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(ErrorCode::io, "cannot write to git: {}", std::generic_category().message(errno));
    }
  }
  return {};
}

}  // namespace ekaci::git
