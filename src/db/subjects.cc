#include "db/subjects.h"

#include <array>
#include <optional>
#include <utility>

#include "db/forge_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

// What stands in columns. Written to files: a place in these lists never changes its meaning.
constexpr std::array kKinds = {forge::SubjectKey::Kind::pull_request, forge::SubjectKey::Kind::merge_group,
                               forge::SubjectKey::Kind::target_branch};
constexpr std::array kStates = {forge::PullRequest::State::open, forge::PullRequest::State::draft, forge::PullRequest::State::closed};
constexpr std::array kDecisions = {Decision::merge, Decision::do_not_merge, Decision::wait, Decision::cannot_tell};

template <class List, class Value>
std::int64_t number_of(const List& list, Value value) {
  std::int64_t number = 0;
  for (const Value listed : list) {
    if (listed == value) break;
    ++number;
  }
  return number;
}

template <class Value, std::size_t Size>
std::optional<Value> value_of(const std::array<Value, Size>& list, std::int64_t number) {
  if (number < 0 || number >= static_cast<std::int64_t>(Size)) return std::nullopt;
  return list[static_cast<std::size_t>(number)];
}

/// The columns of kAllSubjects.
enum Column : int {
  repository_column,
  kind_column,
  number_column,
  branch_column,
  head_column,
  state_column,
  target_column,
  author_column,
  association_column,
  title_column,
  updated_column,
  group_base_column,
  approved_column,
  approved_by_column,
  decision_column,
  base_column,
  base_stale_column,
  retry_failed_column,
  built_column,
  head_owner_column,
  builds_withheld_column,
};

void set(Statement& statement, Column column, std::int64_t value) { statement.bind(column + 1, value); }
void set(Statement& statement, Column column, std::string_view bytes) { statement.bind(column + 1, bytes); }
/// What is not bound is NULL.
void set(Statement& statement, Column column, const std::optional<CommitId>& commit) {
  if (commit) statement.bind(column + 1, commit->to_string());
}

struct BindSubject {
  Statement& statement;

  void operator()(const forge::PullRequest& pull_request) const {
    set(statement, head_column, pull_request.head.to_string());
    set(statement, state_column, number_of(kStates, pull_request.state));
    set(statement, target_column, pull_request.target);
    set(statement, head_owner_column, pull_request.head_owner);
    set(statement, author_column, pull_request.author);
    set(statement, association_column, forge::to_string(pull_request.association));
    set(statement, title_column, pull_request.title);
    set(statement, updated_column, microseconds(pull_request.updated));
  }
  void operator()(const forge::MergeGroup& group) const {
    set(statement, head_column, group.head.to_string());
    set(statement, group_base_column, group.base.to_string());
  }
  void operator()(const forge::TargetBranch& branch) const { set(statement, head_column, branch.tip.to_string()); }
};

/// The bytes of `key` and `record` must live until the statement was run.
void bind_record(Statement& statement, const forge::SubjectKey& key, const forge::SubjectRecord& record) {
  set(statement, repository_column, key.repository.value);
  set(statement, kind_column, number_of(kKinds, key.kind));
  set(statement, number_column, key.number.value);
  set(statement, branch_column, key.branch);
  std::visit(BindSubject{statement}, record.subject);
  set(statement, approved_column, record.approved);
  set(statement, approved_by_column, record.approved_by);
  if (record.decision) set(statement, decision_column, number_of(kDecisions, *record.decision));
  set(statement, base_column, record.base);
  set(statement, base_stale_column, record.is_base_stale ? std::int64_t{1} : std::int64_t{0});
  set(statement, retry_failed_column, record.retry_failed ? std::int64_t{1} : std::int64_t{0});
  set(statement, built_column, record.built);
  set(statement, builds_withheld_column, record.builds_withheld ? std::int64_t{1} : std::int64_t{0});
}

std::string text(const Statement& row, Column column) { return std::string(row.bytes(column)); }

/// nullopt where there is none; an error where there is something else.
Result<std::optional<CommitId>> optional_commit(const Statement& row, Column column) {
  if (row.bytes(column).empty()) return std::nullopt;
  Result<CommitId> commit = CommitId::parse(row.bytes(column));
  if (!commit) return fail(ErrorCode::corrupt, "a commit is damaged");
  return std::optional(std::move(*commit));
}

Result<CommitId> commit(const Statement& row, Column column) {
  Result<std::optional<CommitId>> found = optional_commit(row, column);
  if (!found) return fail(found.error());
  std::optional<CommitId>& id = *found;
  if (!id) return fail(ErrorCode::corrupt, "a commit is missing");
  return std::move(*id);
}

Result<forge::Subject> pull_request_of_row(const Statement& row) {
  Result<CommitId> head = commit(row, head_column);
  if (!head) return fail(head.error());
  const auto state = value_of(kStates, row.integer(state_column));
  const auto association = forge::parse_association(row.bytes(association_column));
  if (!state || !association) return fail(ErrorCode::corrupt, "a pull request's state is damaged");
  return forge::PullRequest{.number = {row.integer(number_column)},
                            .state = *state,
                            .target = text(row, target_column),
                            .head = std::move(*head),
                            .head_owner = text(row, head_owner_column),
                            .author = text(row, author_column),
                            .association = *association,
                            .title = text(row, title_column),
                            .updated = wall_at(row.integer(updated_column))};
}

Result<forge::Subject> merge_group_of_row(const Statement& row) {
  Result<CommitId> head = commit(row, head_column);
  Result<CommitId> base = commit(row, group_base_column);
  if (!head || !base) return fail(ErrorCode::corrupt, "a merge group names no commits");
  return forge::MergeGroup{.branch = text(row, branch_column), .head = std::move(*head), .base = std::move(*base)};
}

Result<forge::Subject> target_branch_of_row(const Statement& row) {
  Result<CommitId> tip = commit(row, head_column);
  if (!tip) return fail(tip.error());
  return forge::TargetBranch{.branch = text(row, branch_column), .tip = std::move(*tip)};
}

Result<forge::Subject> subject_of_row(const Statement& row) {
  const auto kind = value_of(kKinds, row.integer(kind_column));
  if (!kind) return fail(ErrorCode::corrupt, "it is of an unknown kind");
  switch (*kind) {
    case forge::SubjectKey::Kind::pull_request:
      return pull_request_of_row(row);
    case forge::SubjectKey::Kind::merge_group:
      return merge_group_of_row(row);
    case forge::SubjectKey::Kind::target_branch:
      break;
  }
  return target_branch_of_row(row);
}

Result<forge::SubjectRecord> record_of_row(const Statement& row) {
  Result<forge::Subject> subject = subject_of_row(row);
  if (!subject) return fail(subject.error());
  Result<std::optional<CommitId>> approved = optional_commit(row, approved_column);
  if (!approved) return fail(approved.error());
  Result<std::optional<CommitId>> base = optional_commit(row, base_column);
  if (!base) return fail(base.error());
  Result<std::optional<CommitId>> built = optional_commit(row, built_column);
  if (!built) return fail(built.error());
  std::optional<Decision> decision;
  if (const auto number = row.optional_integer(decision_column)) {
    // What cannot be read is never a yes.
    decision = value_of(kDecisions, *number).value_or(Decision::cannot_tell);
  }
  return forge::SubjectRecord{.repository = {row.integer(repository_column)},
                              .subject = std::move(*subject),
                              .approved = std::move(*approved),
                              .approved_by = text(row, approved_by_column),
                              .decision = decision,
                              .builds_withheld = row.integer(builds_withheld_column) != 0,
                              .base = std::move(*base),
                              .is_base_stale = row.integer(base_stale_column) != 0,
                              .retry_failed = row.integer(retry_failed_column) != 0,
                              .built = std::move(*built)};
}

Result<std::vector<std::string>> first_columns(Statement& statement) {
  std::vector<std::string> values;
  const Status read = each_row(statement, [&](const Statement& row) -> Status {
    values.emplace_back(row.bytes(0));
    return {};
  });
  if (!read) return fail(read.error());
  return values;
}

}  // namespace

Status keep_repository(const Connection& connection, const forge::Repository& repository) {
  return run(connection, queries::kKeepRepository, repository.id.value, repository.installation.value, repository.name,
             repository.default_branch, repository.is_private ? std::int64_t{1} : std::int64_t{0}, repository.permissions);
}

Status leave_repository(const Connection& connection, forge::RepositoryId repository) {
  return run(connection, queries::kLeaveRepository, repository.value);
}

Status forget_repositories(const Connection& connection) { return run(connection, queries::kForgetRepositories); }

Result<std::vector<forge::Repository>> load_repositories(const Connection& connection) {
  Result<Statement> statement = connection.prepare(queries::kAllRepositories);
  if (!statement) return fail(statement.error());
  std::vector<forge::Repository> repositories;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    repositories.push_back({.id = {row.integer(0)},
                            .installation = {row.integer(1)},
                            .name = std::string(row.bytes(2)),
                            .default_branch = std::string(row.bytes(3)),
                            .is_private = row.integer(4) != 0,
                            .permissions = std::string(row.bytes(5))});
    return {};
  });
  if (!read) return fail(read.error());
  return repositories;
}

Result<Presence> find_presence(const Connection& connection, forge::RepositoryId repository) {
  Result<Statement> statement = connection.prepare(queries::kFindRepository);
  if (!statement) return fail(statement.error());
  statement->bind(1, repository.value);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return Presence::unknown;
  return statement->integer(0) == 0 ? Presence::here : Presence::left;
}

Result<std::vector<std::string>> drop_subject(const Connection& connection, const forge::SubjectKey& key) {
  Result<Statement> statement = connection.prepare(queries::kDropSubject);
  if (!statement) return fail(statement.error());
  bind_all(*statement, key.repository.value, number_of(kKinds, key.kind), key.number.value, key.branch);
  return first_columns(*statement);
}

Result<std::vector<std::string>> drop_subjects(const Connection& connection, forge::RepositoryId repository) {
  Result<Statement> statement = connection.prepare(queries::kDropSubjects);
  if (!statement) return fail(statement.error());
  statement->bind(1, repository.value);
  return first_columns(*statement);
}

Result<std::vector<std::string>> keep_subject(const Connection& connection, const forge::SubjectRecord& record) {
  const forge::SubjectKey key = forge::key_of(record.repository, record.subject);
  const Result<Presence> presence = find_presence(connection, record.repository);
  if (!presence) return fail(presence.error());
  if (*presence != Presence::here) {
    return fail(ErrorCode::invalid_argument, "a pull request or branch of repository {}, in which we are not", record.repository.value);
  }
  Result<std::vector<std::string>> heads = drop_subject(connection, key);
  if (!heads) return heads;
  Result<Statement> statement = connection.prepare(queries::kAddSubject);
  if (!statement) return fail(statement.error());
  bind_record(*statement, key, record);
  if (const Status added = statement->run(); !added) return fail(added.error());
  return heads;
}

Result<std::vector<forge::SubjectRecord>> load_subjects(const Connection& connection) {
  Result<Statement> statement = connection.prepare(queries::kAllSubjects);
  if (!statement) return fail(statement.error());
  std::vector<forge::SubjectRecord> subjects;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<forge::SubjectRecord> record = record_of_row(row);
    if (!record) return fail(record.error(), fmt::format("reading what is known of repository {}", row.integer(repository_column)));
    subjects.push_back(std::move(*record));
    return {};
  });
  if (!read) return fail(read.error());
  return subjects;
}

}  // namespace ekaci::db
