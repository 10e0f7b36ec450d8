#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/build_ports.h"
#include "model/outcome.h"
#include "wire/protocol.h"

namespace ekaci::nix {

/// What has to be known of a build to understand what its daemon says of it.
struct BuildCircumstances {
  bool is_fixed_output = false;     ///< the derivation fetches
  bool inputs_are_missing = false;  ///< the store lacks some of what it is built from
  engine::BuildLimits limits{};
  std::chrono::milliseconds elapsed{0};  ///< since the build was asked for
};

/// What a daemon's status means. Where Nix has one status for several causes its messages are looked at, but only those parts that
/// the builder cannot write.
AttemptResult attempt_result(const wire::BuildResult& result, const BuildCircumstances& circumstances);

/// What an error of the daemon means that ended no build: its disk is full, or its memory; else builder_lost.
AttemptResult result_of_refusal(std::string_view message);

/// A daemon's message without the last lines of the log, which Nix puts into it, and safe to show.
std::string message_of_build(std::string_view message);

/// The builder's exit status as a shell has it: 128 and the signal's number where a signal ended it. nullopt where the message does
/// not say.
std::optional<int> exit_status(std::string_view message);

}  // namespace ekaci::nix
