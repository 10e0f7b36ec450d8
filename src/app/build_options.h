#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/build_run.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace ekaci::app {

/// How a review builds, as the command line says it.
struct BuildOptions {
  bool build = true;
  engine::BaseBuilds base = engine::BaseBuilds::deciding;
  bool offline = false;                                   ///< nothing comes from binary caches
  bool rebuild = false;                                   ///< remembered failures are tried again
  bool sandbox = true;                                    ///< builds are asked to be sandboxed
  std::optional<std::uint32_t> max_builds{};              ///< what is left out is `not built`
  std::optional<std::uint32_t> jobs{};                    ///< builds at once; default: the processors
  std::uint64_t silence_seconds = 1800;                   ///< a build may say nothing for so long
  std::uint64_t total_seconds = std::uint64_t{4} * 3600;  ///< and take so long
  /// `daemon`, `unix://<socket>`, `local`, `local?root=<directory>`; empty: NIX_REMOTE, else the daemon that runs, else `local`.
  std::string store{};
  /// The oldest go beyond a bound where a review begins; or all stay, where someone else sees to that.
  enum class Logs { bounded, all } keep_logs = Logs::bounded;
};

/// Adds --store alone.
void declare_store(CLI::App& app, std::string& store);

/// Adds the options to a command; `options` is filled when it is parsed, and lives as long.
void declare_building(CLI::App& app, BuildOptions& options);

}  // namespace ekaci::app
