#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "nix/error_text.h"
#include "nix/evaluator.h"
#include "nix/installation.h"
#include "process/sandbox.h"

namespace ekaci::nix {

/// What evaluations of one kind have in common.
struct Facilities {
  SandboxMode mode = SandboxMode::bubblewrap;
  Installation installation;
  std::filesystem::path helper;      ///< ekaci-helper
  std::filesystem::path bubblewrap;  ///< bwrap; empty without a sandbox
};

/// The directories of this machine that one evaluation uses.
struct Lodging {
  std::filesystem::path tree;            ///< what is evaluated
  std::filesystem::path nix;             ///< becomes /nix
  std::filesystem::path walker;          ///< our own Nix files
  std::filesystem::path configuration;   ///< nix.conf, passwd
  std::filesystem::path temporary;       ///< used without a sandbox
  std::vector<process::Mount> inputs{};  ///< fetched store entries; used with a sandbox
};

/// The settings that an evaluation is run with.
struct NixSettings {
  std::string system{};
  bool allow_import_from_derivation = false;
};

/// The text of nix.conf: everything that is set, canonical.
std::string settings_text(const NixSettings& settings);

/// Where the evaluator sees what it is given.
KnownPlaces places(SandboxMode mode, const Lodging& lodging);

/// Writes what Lodging::configuration holds.
Status write_configuration(const std::filesystem::path& directory, const NixSettings& settings);

/// How one evaluator process is run.
struct Confinement {
  std::uint64_t memory = std::uint64_t{4} << 30U;  ///< bytes of address space
  process::SystemCalls system_calls = process::SystemCalls::single_process;
};

/// `nix <arguments>` in its place: sandboxed, or with a store root of its own.
Result<process::SandboxedCommand> nix_command(const Facilities& facilities, const Lodging& lodging, const Confinement& confinement,
                                              std::vector<std::string> arguments);

}  // namespace ekaci::nix
