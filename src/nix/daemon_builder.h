#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "engine/build_ports.h"
#include "nix/daemon_connection.h"
#include "wire/requests.h"

namespace ekaci::nix {

/// A connection that builds.
class DaemonBuilder final : public engine::BuilderConnection {
 public:
  /// `options` hold for each build, its limits added; `trust` is what the daemon grants.
  DaemonBuilder(std::unique_ptr<DaemonConnection> connection, wire::Options options, wire::Trust trust);

  /// As the port says. Where the daemon does not trust us it builds a derivation that is addressed by its inputs only from a
  /// `.drv` that its store has; `unsupported` where it has none.
  Result<engine::AttemptReport> build(const engine::BuildOrder& order, engine::LogSink& log, const CancelToken& cancel) override;

 private:
  struct Run;
  /// Fetches the outputs and never builds.
  Result<engine::AttemptReport> substitute(Run& run);
  Status prepare(Run& run);
  Status ask(Run& run);
  Result<engine::AttemptReport> listen(Run& run);
  Result<std::optional<engine::AttemptReport>> take(Run& run, const wire::Message& message);
  Result<bool> is_valid(Run& run, std::span<const StorePath> paths);
  bool hear(Run& run, const wire::ActivityResult& result);
  Result<engine::AttemptReport> conclude(Run& run, const wire::BuildResult& result);
  [[nodiscard]] engine::AttemptReport report(const Run& run, AttemptResult result, std::string_view message) const;

  std::unique_ptr<DaemonConnection> connection_;
  wire::Options options_;
  wire::Trust trust_;
  std::optional<engine::BuildLimits> limits_;  ///< that the daemon was told
  SystemClock clock_;
};

}  // namespace ekaci::nix
