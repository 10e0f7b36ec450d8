#include "db/reviews.h"

#include <utility>

#include "db/compression.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of one report before compression.
constexpr std::uint64_t kLargestReport = std::uint64_t{1} << 30U;

constexpr std::string_view kSummaryColumns = "id, repository, base_name, head_name, base_commit, head_commit, decision, made_us";

std::int64_t number_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return 0;
    case Decision::do_not_merge:
      return 1;
    case Decision::wait:
      return 2;
    case Decision::cannot_tell:
      return 3;
  }
  return 3;
}

/// What cannot be read is never a yes.
Decision decision_of(std::int64_t number) {
  if (number == 0) return Decision::merge;
  if (number == 1) return Decision::do_not_merge;
  return number == 2 ? Decision::wait : Decision::cannot_tell;
}

Result<engine::ReviewSummary> summary_of(const Statement& row) {
  Result<CommitId> base = CommitId::parse(row.bytes(4));
  Result<CommitId> head = CommitId::parse(row.bytes(5));
  if (!base || !head) return fail(ErrorCode::corrupt, "review {} names no commits", row.integer(0));
  return engine::ReviewSummary{.id = static_cast<std::uint64_t>(row.integer(0)),
                               .repository = std::string(row.bytes(1)),
                               .base_name = std::string(row.bytes(2)),
                               .head_name = std::string(row.bytes(3)),
                               .base = std::move(*base),
                               .head = std::move(*head),
                               .decision = decision_of(row.integer(6)),
                               .made = wall_at(row.integer(7))};
}

Status forget_beyond(const Connection& connection, const ReviewLimits& limits) {
  if (limits.reviews == ReviewLimits::kNone && limits.bytes == ReviewLimits::kNone) return {};
  // Newest first, as many as both limits allow; the newest always.
  Result<Statement> statement = connection.prepare(
      "DELETE FROM review WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER newest AS place, "
      "sum(length(report)) OVER newest AS held FROM review WINDOW newest AS (ORDER BY id DESC)) "
      "WHERE place > 1 AND (place > ?1 OR held > ?2))");
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(limits.reviews));
  statement->bind(2, static_cast<std::int64_t>(limits.bytes));
  return statement->run();
}

}  // namespace

Result<std::uint64_t> insert_review(const Connection& connection, const engine::ReviewSummary& summary, std::string_view report,
                                    const ReviewLimits& limits) {
  const Result<std::string> compressed = compress(report);
  if (!compressed) return fail(compressed.error());
  Result<Statement> statement = connection.prepare(
      "INSERT INTO review (repository, base_name, head_name, base_commit, head_commit, decision, made_us, report) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id");
  if (!statement) return fail(statement.error());
  statement->bind(1, summary.repository);
  statement->bind(2, summary.base_name);
  statement->bind(3, summary.head_name);
  statement->bind(4, summary.base.to_string());
  statement->bind(5, summary.head.to_string());
  statement->bind(6, number_of(summary.decision));
  statement->bind(7, microseconds(summary.made));
  statement->bind(8, *compressed);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  const auto id = static_cast<std::uint64_t>(statement->integer(0));
  statement->reset();
  if (const Status bounded = forget_beyond(connection, limits); !bounded) return fail(bounded.error());
  return id;
}

Result<std::vector<engine::ReviewSummary>> list_reviews(const Connection& connection, std::string_view repository, std::size_t limit) {
  Result<Statement> statement =
      connection.prepare(fmt::format("SELECT {} FROM review WHERE repository = ?1 ORDER BY id DESC LIMIT ?2", kSummaryColumns));
  if (!statement) return fail(statement.error());
  statement->bind(1, repository);
  statement->bind(2, static_cast<std::int64_t>(limit));
  std::vector<engine::ReviewSummary> list;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    Result<engine::ReviewSummary> summary = summary_of(*statement);
    if (!summary) return fail(summary.error());
    list.push_back(std::move(*summary));
  }
  if (!row) return fail(row.error());
  return list;
}

Result<std::optional<engine::ArchivedReview>> load_review(const Connection& connection, std::uint64_t id) {
  Result<Statement> statement = connection.prepare(fmt::format("SELECT {}, report FROM review WHERE id = ?1", kSummaryColumns));
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(id));
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return std::nullopt;
  Result<engine::ReviewSummary> summary = summary_of(*statement);
  if (!summary) return fail(summary.error());
  Result<std::string> report = decompress(statement->bytes(8), kLargestReport);
  if (!report) return fail(report.error(), fmt::format("reading review {}", id));
  return engine::ArchivedReview{std::move(*summary), std::move(*report)};
}

}  // namespace ekaci::db
