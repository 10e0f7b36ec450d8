#include "db/checks.h"

#include <utility>

#include "db/check_codec.h"
#include "db/compression.h"
#include "db/forge_queries.h"
#include "db/run.h"
#include "db/subjects.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of a check's name. GitHub's own limit is not written down; its pages cut far earlier.
constexpr std::size_t kLongestName = 1'000;
/// Of a reason; what is longer is cut.
constexpr std::size_t kLongestReason = 2'000;

/// The columns version, sent, refused, failures, conclusion IS NOT NULL, owed_since_us, resume_us, next_us from `first` on.
CheckProgress progress_of_row(const Statement& row, int first) {
  return {.version = static_cast<std::uint64_t>(row.integer(first)),
          .sent = static_cast<std::uint64_t>(row.integer(first + 1)),
          .refused = static_cast<std::uint64_t>(row.integer(first + 2)),
          .failures = static_cast<std::uint32_t>(row.integer(first + 3)),
          .is_concluded = row.integer(first + 4) != 0,
          .owed_since = wall_at(row.integer(first + 5)),
          .resume = wall_at(row.integer(first + 6)),
          .next = wall_at(row.integer(first + 7))};
}

std::optional<std::int64_t> due_column(const CheckProgress& progress) {
  const std::optional<Clock::Wall> time = due(progress);
  if (!time) return std::nullopt;
  return microseconds(*time);
}

std::optional<std::string_view> conclusion_column(const forge::CheckText& text) {
  if (!text.conclusion) return std::nullopt;
  return forge::to_string(*text.conclusion);
}

Result<forge::CheckText> text_of(std::string_view content) {
  const Result<std::string> bytes = decompress(content, kLargestCheck);
  if (!bytes) return fail(bytes.error());
  return decode_check_text(*bytes);
}

Status check_wanted(const forge::Check& check) {
  if (check.name.empty() || check.name.size() > kLongestName) {
    return fail(ErrorCode::invalid_argument, "a check needs a name of at most {} bytes", kLongestName);
  }
  const bool is_completed = check.text.status == forge::CheckStatus::completed;
  if (is_completed == check.text.conclusion.has_value()) return {};
  return fail(ErrorCode::invalid_argument, "the check {} is completed without a conclusion, or concluded without being completed",
              check.name);
}

Status check_repository(const Connection& connection, const forge::Check& check) {
  const Result<Presence> presence = find_presence(connection, check.repository);
  if (!presence) return fail(presence.error());
  if (*presence != Presence::unknown) return {};
  return fail(ErrorCode::invalid_argument, "a check of repository {}, of which nothing is known", check.repository.value);
}

}  // namespace

Result<CheckWriter> CheckWriter::open(const Connection& connection) {
  Result<Statement> find = connection.prepare(queries::kFindCheck);
  if (!find) return fail(find.error());
  Result<Statement> add = connection.prepare(queries::kAddCheck);
  if (!add) return fail(add.error());
  Result<Statement> update = connection.prepare(queries::kWantCheck);
  if (!update) return fail(update.error());
  return CheckWriter(connection, std::move(*find), std::move(*add), std::move(*update));
}

Status CheckWriter::want(const forge::Check& check, Clock::Wall now) {
  if (Status wanted = check_wanted(check); !wanted) return wanted;
  const std::string bytes = encode_check_text(check.text);
  if (bytes.size() > kLargestCheck) {
    return fail(ErrorCode::invalid_argument, "the check {} has {} bytes; at most {} are kept", check.name, bytes.size(), kLargestCheck);
  }
  Result<std::optional<Found>> looked = find(check);
  if (!looked) return fail(looked.error());
  std::optional<Found>& found = *looked;
  if (found && found->content == bytes) return {};
  CheckProgress progress = found ? found->progress : CheckProgress();
  want_other(progress, check.text.status, now);
  const Result<std::string> content = compress(bytes);
  if (!content) return fail(content.error());
  return found ? update(found->id, check.text, *content, progress) : add(check, *content, progress);
}

Result<std::optional<CheckWriter::Found>> CheckWriter::find(const forge::Check& check) {
  bind_all(find_, check.repository.value, check.head.to_string(), check.name);
  std::optional<Found> found;
  const Status read = each_row(find_, [&](const Statement& row) -> Status {
    Result<std::string> bytes = decompress(row.bytes(1), kLargestCheck);
    if (!bytes) return fail(bytes.error(), fmt::format("reading check {}", row.integer(0)));
    found = Found{.id = row.integer(0), .content = std::move(*bytes), .progress = progress_of_row(row, 2)};
    return {};
  });
  if (!read) {
    find_.reset();
    return fail(read.error());
  }
  return found;
}

Status CheckWriter::add(const forge::Check& check, std::string_view content, const CheckProgress& progress) {
  if (Status known = check_repository(*connection_, check); !known) return known;
  return run(add_, check.repository.value, check.head.to_string(), check.name, forge::to_string(check.text.status),
             conclusion_column(check.text), content, static_cast<std::int64_t>(progress.version), microseconds(progress.owed_since),
             due_column(progress));
}

Status CheckWriter::update(std::int64_t id, const forge::CheckText& text, std::string_view content, const CheckProgress& progress) {
  return run(update_, id, forge::to_string(text.status), conclusion_column(text), content, static_cast<std::int64_t>(progress.version),
             microseconds(progress.owed_since), due_column(progress));
}

Result<std::vector<std::string>> load_check_names(const Connection& connection, forge::RepositoryId repository, const CommitId& head) {
  Result<Statement> statement = connection.prepare(queries::kCheckNamesAt);
  if (!statement) return fail(statement.error());
  bind_all(*statement, repository.value, head.to_string());
  std::vector<std::string> names;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    names.emplace_back(row.bytes(0));
    return {};
  });
  if (!read) return fail(read.error());
  return names;
}

Result<std::vector<forge::Check>> load_open_checks(const Connection& connection, forge::RepositoryId repository, const CommitId& head) {
  Result<Statement> statement = connection.prepare(queries::kChecksAt);
  if (!statement) return fail(statement.error());
  bind_all(*statement, repository.value, head.to_string());
  std::vector<forge::Check> checks;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<forge::CheckText> text = text_of(row.bytes(1));
    if (!text) return fail(text.error(), fmt::format("reading the checks of {}", head.to_string()));
    checks.push_back({.repository = repository, .head = head, .name = std::string(row.bytes(0)), .text = std::move(*text)});
    return {};
  });
  if (!read) return fail(read.error());
  return checks;
}

namespace {

/// Of kOwed.
Result<forge::OwedCheck> owed_of_row(const Statement& row) {
  Result<CommitId> head = CommitId::parse(row.bytes(10));
  Result<forge::CheckText> text = text_of(row.bytes(12));
  if (!head || !text) return fail(ErrorCode::corrupt, "check {}, to be sent, is damaged", row.integer(0));
  const forge::RepositoryId repository{row.integer(5)};
  forge::OwedCheck owed{
      .id = {row.integer(0)},
      .version = static_cast<std::uint64_t>(row.integer(1)),
      .repository = {.id = repository,
                     .installation = {row.integer(6)},
                     .name = std::string(row.bytes(7)),
                     .default_branch = std::string(row.bytes(8)),
                     .is_private = row.integer(9) != 0},
      .check = {.repository = repository, .head = std::move(*head), .name = std::string(row.bytes(11)), .text = std::move(*text)},
      .may_exist = row.integer(3) != 0,
      .failures = static_cast<std::uint32_t>(row.integer(4))};
  if (const auto forge_id = row.optional_integer(2)) owed.forge_id = forge::ForgeCheckId{*forge_id};
  return owed;
}

Failure no_such_check(forge::CheckId id) { return fail(ErrorCode::not_found, "there is no check {}", id.value); }

}  // namespace

Result<std::vector<forge::OwedCheck>> load_owed(const Connection& connection, Clock::Wall now, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kOwed);
  if (!statement) return fail(statement.error());
  bind_all(*statement, microseconds(now), static_cast<std::int64_t>(limit));
  std::vector<forge::OwedCheck> checks;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<forge::OwedCheck> owed = owed_of_row(row);
    if (!owed) return fail(owed.error());
    checks.push_back(std::move(*owed));
    return {};
  });
  if (!read) return fail(read.error());
  return checks;
}

Result<std::optional<Clock::Wall>> load_next_due(const Connection& connection, Clock::Wall now) {
  const auto time = first_integer(connection, queries::kNextDue, microseconds(now));
  if (!time) return fail(time.error());
  return wall_at(*time);
}

Status note_try_to_create(const Connection& connection, forge::CheckId id) {
  Result<Statement> statement = connection.prepare(queries::kTryToCreate);
  if (!statement) return fail(statement.error());
  statement->bind(1, id.value);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return no_such_check(id);
  return statement->run();
}

Result<CheckProgress> load_progress(const Connection& connection, forge::CheckId id) {
  Result<Statement> statement = connection.prepare(queries::kCheckProgress);
  if (!statement) return fail(statement.error());
  statement->bind(1, id.value);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return no_such_check(id);
  return progress_of_row(*statement, 0);
}

Status note_progress(const Connection& connection, const CheckNews& news) {
  std::optional<std::string_view> trouble = news.trouble;
  if (trouble) trouble = trouble->substr(0, kLongestReason);
  std::optional<std::int64_t> forge_id;
  if (news.forge_id) forge_id = news.forge_id->value;
  const CheckProgress& progress = news.progress;
  return run(connection, queries::kNoteProgress, news.id.value, static_cast<std::int64_t>(progress.sent),
             static_cast<std::int64_t>(progress.refused), static_cast<std::int64_t>(progress.failures), microseconds(progress.resume),
             microseconds(progress.next), due_column(progress), trouble, forge_id);
}

namespace {

Result<std::vector<forge::CheckId>> load_refused_of_subjects(const Connection& connection, forge::RepositoryId repository) {
  Result<Statement> statement = connection.prepare(queries::kRefusedOfSubjects);
  if (!statement) return fail(statement.error());
  statement->bind(1, repository.value);
  std::vector<forge::CheckId> ids;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    ids.push_back({row.integer(0)});
    return {};
  });
  if (!read) return fail(read.error());
  return ids;
}

}  // namespace

Status owe_checks_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now) {
  const Result<std::vector<forge::CheckId>> ids = load_refused_of_subjects(connection, repository);
  if (!ids) return fail(ids.error());
  for (const forge::CheckId id : *ids) {
    Result<CheckProgress> progress = load_progress(connection, id);
    if (!progress) return fail(progress.error());
    owe_again(*progress, now);
    Status owed = run(connection, queries::kOweAgain, id.value, static_cast<std::int64_t>(progress->refused),
                      microseconds(progress->owed_since), due_column(*progress));
    if (!owed) return owed;
  }
  return {};
}

Result<std::vector<CheckTrouble>> load_troubles(const Connection& connection, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kTroubles);
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(limit));
  std::vector<CheckTrouble> troubles;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<CommitId> head = CommitId::parse(row.bytes(2));
    if (!head) return fail(ErrorCode::corrupt, "check {} names no commit", row.integer(0));
    std::optional<Clock::Wall> time;
    if (const auto stored = row.optional_integer(5)) time = wall_at(*stored);
    troubles.push_back({.id = {row.integer(0)},
                        .repository = {row.integer(1)},
                        .head = std::move(*head),
                        .name = std::string(row.bytes(3)),
                        .failures = static_cast<std::uint32_t>(row.integer(4)),
                        .due = time,
                        .why = std::string(row.bytes(6))});
    return {};
  });
  if (!read) return fail(read.error());
  return troubles;
}

}  // namespace ekaci::db
