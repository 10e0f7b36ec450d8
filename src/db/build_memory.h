#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "db/connection.h"
#include "engine/build_ports.h"

namespace ekaci::db {

/// Attempts at building and what stores said of what they have, in the file of SqliteDatabase, which has to be open already (it makes and
/// migrates the file). Any thread: one connection under a mutex. Several processes may use one file.
///
/// What is stored survives the death of the process at any moment. A loss of power may cost the last attempts, which are then made
/// again: waiting for the disk after each build would cost more than that.
class SqliteBuildMemory final : public engine::BuildMemory {
 public:
  /// Attempts of one derivation that are kept besides those that say what is known of it.
  static constexpr std::size_t kKeptAttempts = 20;

  /// The clock outlives it.
  static Result<std::unique_ptr<SqliteBuildMemory>> open(const std::filesystem::path& file, std::chrono::milliseconds longest_wait,
                                                         const Clock& clock);

  /// Also notes, once a day, that what was found was used, where that can be written at once.
  Result<std::vector<Outcome>> find_outcomes(std::span<const StorePath> derivations, const Assurance& wanted) override;
  Status store_attempts(std::span<const engine::KeptAttempt> attempts) override;
  Result<std::vector<engine::KeptAttempt>> attempts_of(const StorePath& derivation) override;
  Result<std::vector<std::optional<engine::BuildTime>>> build_times(std::span<const StorePath> derivations) override;
  Status store_path_infos(std::span<const PathInfo> infos) override;
  /// Also notes, once a day, that what was found was used, waiting for other writers as a store does; where it cannot be written, what was
  /// found is given all the same.
  Result<std::vector<PathInfo>> find_path_infos(std::span<const StorePath> paths) override;

 private:
  SqliteBuildMemory(Connection connection, std::chrono::milliseconds longest_wait, const Clock& clock)
      : connection_(std::move(connection)), longest_wait_(longest_wait), clock_(clock) {}
  void touch(std::span<const std::int64_t> attempts, std::int64_t now);

  std::mutex using_;  ///< held while connection_ is used
  Connection connection_;
  std::chrono::milliseconds longest_wait_;
  const Clock& clock_;
};

}  // namespace ekaci::db
