#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/cancel.h"
#include "base/fd.h"
#include "base/result.h"

/// Blocking reads and writes with a deadline, on the non-blocking pipes of a process::Child.
namespace ekaci::git {

/// How long to wait.
struct Patience {
  std::chrono::steady_clock::time_point deadline;
  CancelToken cancel{};

  static Patience of(std::chrono::steady_clock::duration time, CancelToken cancel = {}) {
    return {.deadline = std::chrono::steady_clock::now() + time, .cancel = std::move(cancel)};
  }
};

/// Appends what the pipe has to `into`, waiting until there is something. 0 at the pipe's end. Errors: timed_out, cancelled, io.
Result<std::size_t> read_some(const Fd& pipe, std::string& into, const Patience& patience);

/// Writes all of it. Errors: unavailable where the reader has gone (without a SIGPIPE), timed_out, cancelled, io.
Status write_all(const Fd& pipe, std::string_view bytes, const Patience& patience);

}  // namespace ekaci::git
