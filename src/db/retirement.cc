#include "db/retirement.h"

#include <vector>

#include "db/forge_queries.h"
#include "db/run.h"
#include "db/subjects.h"

namespace ekaci::db {
namespace {

Result<bool> has_subject(const Connection& connection, forge::RepositoryId repository, const std::string& head) {
  Result<Statement> statement = connection.prepare(queries::kFindSubjectAt);
  if (!statement) return fail(statement.error());
  bind_all(*statement, repository.value, head);
  return statement->step();
}

Result<std::vector<std::int64_t>> unretired_checks(const Connection& connection, forge::RepositoryId repository, const std::string& head) {
  Result<Statement> statement = connection.prepare(queries::kUnretiredChecksAt);
  if (!statement) return fail(statement.error());
  bind_all(*statement, repository.value, head);
  std::vector<std::int64_t> ids;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    ids.push_back(row.integer(0));
    return {};
  });
  if (!read) return fail(read.error());
  return ids;
}

}  // namespace

Status review_checks_at(const Connection& connection, forge::RepositoryId repository, const std::string& head) {
  const Result<bool> needed = has_subject(connection, repository, head);
  if (!needed) return fail(needed.error());
  if (*needed) return run(connection, queries::kReviveChecks, repository.value, head);
  const auto ids = unretired_checks(connection, repository, head);
  if (!ids) return fail(ids.error());
  Result<Statement> retire = connection.prepare(queries::kRetireCheck);
  if (!retire) return fail(retire.error());
  for (const std::int64_t id : *ids) {
    Status retired = run(*retire, id);
    if (!retired) return retired;
  }
  return {};
}

Status review_check(const Connection& connection, forge::CheckId id) { return run(connection, queries::kRetireCheck, id.value); }

Status forget_checks(const Connection& connection, std::size_t kept) {
  Status forgotten = run(connection, queries::kForgetChecks, static_cast<std::int64_t>(kept));
  if (!forgotten) return forgotten;
  return forget_repositories(connection);
}

}  // namespace ekaci::db
