#include "db/backlog.h"

#include <algorithm>
#include <utility>

#include "db/backlog_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

struct CountAndOldest {
  std::uint64_t count = 0;
  std::optional<Clock::Wall> oldest{};
};

Result<CountAndOldest> load_count(const Connection& connection, std::string_view sql) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  return CountAndOldest{.count = static_cast<std::uint64_t>(statement->integer(0)), .oldest = wall_at(statement->optional_integer(1))};
}

/// Of kLongestDue and kNewestTroubles.
Result<UnsentCheck> check_of_row(const Statement& row) {
  Result<CommitId> head = CommitId::parse(row.bytes(1));
  if (!head) return fail(ErrorCode::corrupt, "a check of repository {} names no commit", row.integer(0));
  return UnsentCheck{.repository = {row.integer(0)},
                     .head = std::move(*head),
                     .name = std::string(row.bytes(2)),
                     .failures = static_cast<std::uint32_t>(row.integer(3)),
                     .since = wall_at(row.integer(4)),
                     .due = wall_at(row.optional_integer(5)),
                     .why = std::string(row.bytes(6))};
}

Result<std::vector<UnsentCheck>> load_checks(const Connection& connection, std::string_view sql, std::size_t limit) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(limit));
  std::vector<UnsentCheck> checks;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<UnsentCheck> check = check_of_row(row);
    if (!check) return fail(check.error());
    checks.push_back(std::move(*check));
    return {};
  });
  if (!read) return fail(read.error());
  return checks;
}

/// Adds what kNewestRefusedLabels or kNewestRefusedComments finds.
Status add_refused(const Connection& connection, RefusedWish::What what, std::size_t limit, std::vector<RefusedWish>& wishes) {
  const bool is_label = what == RefusedWish::What::label;
  Result<Statement> statement = connection.prepare(is_label ? queries::kNewestRefusedLabels : queries::kNewestRefusedComments);
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(limit));
  return each_row(*statement, [&](const Statement& row) -> Status {
    wishes.push_back({.what = what,
                      .repository = {row.integer(0)},
                      .pull_request = {row.integer(1)},
                      .since = wall_at(row.integer(2)),
                      .why = std::string(row.bytes(3))});
    return {};
  });
}

}  // namespace

Result<Backlog> load_backlog(const Connection& connection, std::size_t limit) {
  const Result<CountAndOldest> inbox = load_count(connection, queries::kInboxBacklog);
  if (!inbox) return fail(inbox.error());
  const Result<CountAndOldest> owing = load_count(connection, queries::kOwedBacklog);
  if (!owing) return fail(owing.error());
  Result<std::vector<UnsentCheck>> owed = load_checks(connection, queries::kLongestDue, limit);
  if (!owed) return fail(owed.error());
  Result<std::vector<UnsentCheck>> refused = load_checks(connection, queries::kNewestTroubles, limit);
  if (!refused) return fail(refused.error());
  std::erase_if(*refused, [](const UnsentCheck& check) { return check.due.has_value(); });
  std::vector<RefusedWish> wishes;
  for (const RefusedWish::What what : {RefusedWish::What::label, RefusedWish::What::comment}) {
    if (const Status added = add_refused(connection, what, limit, wishes); !added) return fail(added.error());
  }
  return Backlog{.deliveries = inbox->count,
                 .oldest_delivery = inbox->oldest,
                 .checks = owing->count,
                 .oldest_check = owing->oldest,
                 .owed = std::move(*owed),
                 .refused = std::move(*refused),
                 .refused_wishes = std::move(wishes)};
}

}  // namespace ekaci::db
