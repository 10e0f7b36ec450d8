#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "engine/ports.h"
#include "nix/fetch_options.h"
#include "nix/scratch.h"

namespace ekaci::nix {

/// Whether evaluated code is kept in an operating-system sandbox.
enum class SandboxMode {
  bubblewrap,
  none,  ///< only Nix's own restrictions and the limits: for trees that one trusts
};

/// How evaluations are run on this machine.
struct EvaluatorOptions {
  std::filesystem::path cache{};  ///< a directory of ours; private stores are made below it
  SandboxMode sandbox = SandboxMode::bubblewrap;
  std::filesystem::path helper{};                      ///< ekaci-helper; looked for beside this program where empty
  std::filesystem::path program{};                     ///< nix; looked for in $PATH where empty
  std::filesystem::path system_root = "/";             ///< the operating system that it belongs to; needs the sandbox where not `/`
  std::uint64_t free_space = std::uint64_t{1} << 30U;  ///< bytes that evaluation leaves free on the cache's file system
  Fetching fetching = Fetching::locked_inputs;
  FetchLimits fetch_limits{};
  FetchTrust fetch_trust{};
  LastTrash last_trash = LastTrash::removed;  ///< of what evaluations wrote, when the evaluator is destroyed
};

/// Nix, driven as `nix repl` (2.8 or newer, or Lix), each evaluation with a private store. Several evaluations may run at once;
/// without a sandbox they wait for each other, because they share one place for the tree. unavailable where Nix, bubblewrap or
/// ekaci-helper is missing; what it says then names what to install. The clock is borrowed.
Result<std::unique_ptr<engine::Evaluator>> make_evaluator(EvaluatorOptions options, const Clock& clock);

}  // namespace ekaci::nix
