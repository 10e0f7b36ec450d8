#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "engine/ports.h"

/// The rows of `review`: summaries to list, and the report of each as bytes that are not looked into.
namespace ekaci::db {

/// How many reviews are kept and how many bytes their compressed reports may take; the oldest go first.
struct ReviewLimits {
  static constexpr std::uint64_t kNone = std::numeric_limits<std::int64_t>::max();
  /// All are kept, until someone else forgets them (kept_rows.h): then adding one costs the same however many there are.
  static constexpr ReviewLimits unlimited() { return {.reviews = kNone, .bytes = kNone}; }

  std::uint64_t reviews = 500;
  std::uint64_t bytes = std::uint64_t{256} << 20U;
};

/// Inside a transaction of the caller's. The new review's id; it is kept whatever the limits say.
Result<std::uint64_t> insert_review(const Connection& connection, const engine::ReviewSummary& summary, std::string_view report,
                                    const ReviewLimits& limits);

/// Newest first.
Result<std::vector<engine::ReviewSummary>> list_reviews(const Connection& connection, std::string_view repository, std::size_t limit);

/// nullopt where there is none with this id.
Result<std::optional<engine::ArchivedReview>> load_review(const Connection& connection, std::uint64_t id);

}  // namespace ekaci::db
