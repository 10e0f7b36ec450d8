#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "engine/build_ports.h"

/// The rows of `attempt`. To be used within a transaction of the caller's.
namespace ekaci::db {

/// What is known, and from which attempt.
struct FoundOutcome {
  Outcome outcome{};
  std::optional<std::int64_t> attempt{};  ///< its row
  std::int64_t used_us = 0;               ///< of that row
};

/// Looks up what is known of derivations. Used within the life of its connection, by its thread.
class OutcomeQuery {
 public:
  static Result<OutcomeQuery> open(const Connection& connection);
  /// As BuildMemory::find_outcomes(), for one.
  Result<FoundOutcome> find(const StorePath& derivation, const Assurance& wanted);

 private:
  explicit OutcomeQuery(Statement newest_first) : newest_first_(std::move(newest_first)) {}
  Statement newest_first_;
};

/// How long builds took.
class BuildTimeQuery {
 public:
  static Result<BuildTimeQuery> open(const Connection& connection);
  /// As BuildMemory::build_times(), for one.
  Result<std::optional<engine::BuildTime>> find(const StorePath& derivation);

 private:
  BuildTimeQuery(Statement by_derivation, Statement by_package)
      : by_derivation_(std::move(by_derivation)), by_package_(std::move(by_package)) {}
  Statement by_derivation_;
  Statement by_package_;
};

/// Adds an attempt under the derivation's next number, and forgets those beyond `kept` that no longer say what is known.
Status insert_attempt(const Connection& connection, const engine::KeptAttempt& attempt, std::size_t kept);

/// Newest first.
Result<std::vector<engine::KeptAttempt>> load_attempts(const Connection& connection, const StorePath& derivation);

}  // namespace ekaci::db
