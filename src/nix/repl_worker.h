#pragma once

#include <deque>
#include <memory>
#include <string>

#include "nix/error_text.h"
#include "nix/repl_session.h"
#include "nix/worker.h"
#include "process/sandbox.h"

namespace ekaci::nix {

/// What a repl worker is started with.
struct ReplWorkerOptions {
  process::SandboxedCommand command;  ///< runs `nix repl`
  std::string binding;                ///< the line that binds the walker
  KnownPlaces places;
  std::uint64_t memory = 0;        ///< the bytes of its limit, to tell why it died
  std::uint64_t output_limit = 0;  ///< bytes that one question may print
};

/// A `nix repl` as a worker.
Result<std::unique_ptr<Worker>> start_repl_worker(ReplWorkerOptions options);

/// Why a process died that was not killed by us. What it printed is only looked at where the operating system cannot tell.
EvaluationFailure cause_of_death(const process::Ended& ended, std::string_view errors, std::uint64_t memory_limit);

}  // namespace ekaci::nix
