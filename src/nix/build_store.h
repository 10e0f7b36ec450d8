#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/build_ports.h"
#include "nix/daemon_connection.h"
#include "wire/requests.h"

namespace ekaci::nix {

/// Whether binary caches are used.
enum class Substitution { off, on };

/// How a store is used.
struct DaemonStoreSettings {
  DaemonAddress address = DaemonSocket{};
  /// What the scheduler is told; its sandbox is also what the daemon is asked for.
  engine::BuilderDescription description{};
  Substitution substitution = Substitution::off;
  std::uint32_t cores = 0;                                         ///< that each builder is told to use; 0: all
  std::map<std::string, std::string> overrides{};                  ///< further Nix settings; ignored by daemons that do not trust us
  std::chrono::milliseconds answer_time{std::chrono::minutes(2)};  ///< the longest that a question may take
};

/// A store that a Nix daemon serves, by the worker protocol. Any thread: questions share a few connections, each builder has its own.
class DaemonStore final : public engine::BuildStore {
 public:
  /// Connects, and finds out whether the daemon trusts us. Errors as DaemonConnection::open.
  static Result<std::unique_ptr<DaemonStore>> open(DaemonStoreSettings settings, const CancelToken& cancel);

  /// Where the daemon does not trust us its own settings hold, and no sandbox is claimed.
  [[nodiscard]] engine::BuilderDescription description() const override;
  /// As the daemon names it, `2.8.0`, safe to show.
  [[nodiscard]] const std::string& daemon_version() const { return version_; }
  [[nodiscard]] bool is_trusted() const { return trust_ == wire::Trust::trusted; }
  /// Whether the daemon is another's, reached by its socket, not a program that this process started.
  [[nodiscard]] bool is_shared() const { return std::holds_alternative<DaemonSocket>(settings_.address); }

  Result<std::unique_ptr<engine::BuilderConnection>> connect() override;
  Result<std::vector<StorePath>> valid_paths(std::span<const StorePath> paths) override;
  Result<std::vector<StorePath>> substitutable_paths(std::span<const StorePath> paths) override;
  Result<std::vector<PathInfo>> path_infos(std::span<const StorePath> paths) override;
  Status keep(std::span<const StorePath> paths) override;
  /// As the port says, and stricter: what is neither valid nor content-addressed is never taken, whether or not the daemon
  /// would, since the directory was written by strangers.
  Status import_paths(std::string_view root, std::span<const StorePath> paths, const CancelToken& cancel) override;

 private:
  using Use = std::function<Status(DaemonConnection&)>;
  struct Idle {
    std::mutex mutex;
    std::vector<std::unique_ptr<DaemonConnection>> connections;
  };
  /// What keep() was asked for, and the connection that holds it.
  struct Kept {
    std::mutex mutex;
    std::unique_ptr<DaemonConnection> connection;
    std::set<StorePath> paths;
  };

  explicit DaemonStore(DaemonStoreSettings settings);
  [[nodiscard]] DaemonWait patience(const CancelToken& cancel = {}) const;
  [[nodiscard]] wire::Options options() const;
  Result<std::unique_ptr<DaemonConnection>> open_connection(const CancelToken& cancel) const;
  Status find_trust(const CancelToken& cancel);
  Status with_connection(const Use& use);
  Result<std::vector<StorePath>> ask_in_batches(std::span<const StorePath> paths,
                                                void (wire::Session::*question)(std::span<const StorePath>));
  Status add_roots(DaemonConnection& connection, std::span<const StorePath> paths) const;

  DaemonStoreSettings settings_;
  std::shared_ptr<DaemonReaper> reaper_;
  wire::Trust trust_ = wire::Trust::unknown;
  std::string version_;
  Idle idle_;
  Kept kept_;
};

}  // namespace ekaci::nix
