#pragma once

#include <filesystem>
#include <memory>

#include "app/build_options.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/build_memory.h"
#include "engine/build_world.h"
#include "engine/ports.h"
#include "engine/request.h"
#include "engine/shared_builds.h"
#include "logs/log_archive.h"
#include "nix/build_store.h"

namespace ekaci::app {

/// What one review builds with. What it wants is kept from being collected until its end.
class ReviewBuilding {
 public:
  [[nodiscard]] const engine::BuildWorld& world() const { return world_; }
  [[nodiscard]] engine::BuildShare& share() { return share_; }

 private:
  friend class Building;
  ReviewBuilding(engine::SharedBuilds& builds, engine::BuildPace pace, std::unique_ptr<nix::DaemonStore> store,
                 engine::DerivationReader& derivations, engine::BuildMemory& attempts, const Clock& clock);

  std::unique_ptr<nix::DaemonStore> store_;
  engine::BuildShare share_;
  engine::BuildWorld world_;
};

/// Everything that building on this machine needs, for as long as it lives: one for a process.
class Building {
 public:
  /// Connects to the store. `unavailable`, saying what to do, where there is none. The database's file has to be open already; what
  /// is given outlives this.
  static Result<std::unique_ptr<Building>> open(const BuildOptions& options, const std::filesystem::path& cache, const System& native,
                                                engine::DerivationReader& derivations, const Clock& clock, const CancelToken& cancel);

  /// For one review; ends before this. `attempts` takes what is built, and is this one's memory() or stands before it. Errors as open().
  Result<std::unique_ptr<ReviewBuilding>> begin_review(engine::BuildPace pace, engine::BuildMemory& attempts, const CancelToken& cancel);
  [[nodiscard]] engine::BuildMemory& memory() { return *memory_; }
  /// What a review is to ask of it.
  [[nodiscard]] engine::BuildSettings settings(const BuildOptions& options) const;
  /// What the reader of a report has to know of whoever builds: that it does not trust us, that it has known holes.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  Building(nix::DaemonStoreSettings settings, std::unique_ptr<nix::DaemonStore> store, std::unique_ptr<db::SqliteBuildMemory> memory,
           std::unique_ptr<logs::FileLogArchive> logs, engine::DerivationReader& derivations, const Clock& clock);

  nix::DaemonStoreSettings settings_;
  std::unique_ptr<nix::DaemonStore> store_;
  std::unique_ptr<db::SqliteBuildMemory> memory_;
  std::unique_ptr<logs::FileLogArchive> logs_;
  engine::DerivationReader& derivations_;
  const Clock& clock_;
  engine::SharedBuilds builds_;
};

/// A store that is asked and does not build; named as BuildOptions::store. Errors as Building::open().
Result<std::unique_ptr<nix::DaemonStore>> open_store_to_ask(const std::string& store, const CancelToken& cancel);

/// The archive of logs in a cache. The clock outlives it.
Result<std::unique_ptr<logs::FileLogArchive>> open_logs(const std::filesystem::path& cache, const Clock& clock,
                                                        BuildOptions::Logs kept = BuildOptions::Logs::bounded);
/// What is remembered of builds in a cache whose database is open. The clock outlives it.
Result<std::unique_ptr<db::SqliteBuildMemory>> open_build_memory(const std::filesystem::path& cache, const Clock& clock);

}  // namespace ekaci::app
