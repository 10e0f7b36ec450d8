#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "db/connection.h"

namespace ekaci::db {

/// How much waits in what a server knows of forges and owes them. None of it takes longer the more was ever stored.
struct ForgeFigures {
  std::uint64_t unhandled = 0;                   ///< deliveries, at most kMostUnhandled
  std::optional<Clock::Wall> oldest_received{};  ///< of them
  std::uint64_t owed = 0;                        ///< checks, at most kMostOwed
  std::optional<Clock::Wall> owed_since{};       ///< of them, the one that has been longest; ahead where each waits for its turn
  std::uint64_t refused = 0;                     ///< of the newest kMostOwed checks that met with trouble, those that are given up
  std::uint64_t refused_labels = 0;              ///< at most kMostOwed
  std::uint64_t refused_comments = 0;            ///< likewise
  friend bool operator==(const ForgeFigures&, const ForgeFigures&) = default;
};
/// What is more is not counted.
inline constexpr std::int64_t kMostUnhandled = 10'000;
inline constexpr std::int64_t kMostOwed = 1'000;

/// Reads figures on a connection of its own, so that nobody waits for it, and it waits for nobody. Any thread.
class FigureReader {
 public:
  /// The file of SqliteForgeMemory, which has made it.
  static Result<std::unique_ptr<FigureReader>> open(const std::filesystem::path& file, std::chrono::milliseconds longest_wait);
  Result<ForgeFigures> read();

 private:
  explicit FigureReader(Connection connection) : connection_(std::move(connection)) {}

  std::mutex using_;
  Connection connection_;
};

}  // namespace ekaci::db
