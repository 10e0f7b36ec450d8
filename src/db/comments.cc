#include "db/comments.h"

#include <string>
#include <utility>

#include "db/compression.h"
#include "db/forge_queries.h"
#include "db/run.h"
#include "db/subjects.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of a reason; what is longer is cut.
constexpr std::size_t kLongestReason = 2'000;

Status check_wanted(const Connection& connection, const forge::WantedComment& wanted) {
  if (wanted.text.empty() || wanted.text.size() > forge::kMaxComment) {
    return fail(ErrorCode::invalid_argument, "a comment needs a text of at most {} bytes", forge::kMaxComment);
  }
  const Result<Presence> presence = find_presence(connection, wanted.repository);
  if (!presence) return fail(presence.error());
  if (*presence == Presence::here) return {};
  return fail(ErrorCode::invalid_argument, "a comment in repository {}, in which we are not", wanted.repository.value);
}

/// What is kept of a pull request's comment.
struct Found {
  std::int64_t id = 0;
  std::string head{};
  std::string text{};
  bool is_there = false;  ///< the forge has it as it was wanted
};

Result<std::optional<Found>> find_comment(const Connection& connection, const forge::WantedComment& wanted) {
  Result<Statement> statement = connection.prepare(queries::kFindComment);
  if (!statement) return fail(statement.error());
  bind_all(*statement, wanted.repository.value, wanted.pull_request.value);
  std::optional<Found> found;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<std::string> text = decompress(row.bytes(2), forge::kMaxComment);
    if (!text) return fail(text.error(), fmt::format("reading comment {}", row.integer(0)));
    found = Found{.id = row.integer(0), .head = std::string(row.bytes(1)), .text = std::move(*text), .is_there = row.integer(3) != 0};
    return {};
  });
  if (!read) return fail(read.error());
  return found;
}

/// Of kOwedComments.
Result<forge::OwedComment> owed_of_row(const Statement& row) {
  Result<CommitId> head = CommitId::parse(row.bytes(9));
  Result<std::string> text = decompress(row.bytes(10), forge::kMaxComment);
  if (!head || !text) return fail(ErrorCode::corrupt, "comment {}, to be sent, is damaged", row.integer(0));
  const forge::RepositoryId repository{row.integer(3)};
  forge::OwedComment owed{.id = {row.integer(0)},
                          .version = static_cast<std::uint64_t>(row.integer(1)),
                          .repository = {.id = repository,
                                         .installation = {row.integer(4)},
                                         .name = std::string(row.bytes(5)),
                                         .default_branch = std::string(row.bytes(6)),
                                         .is_private = row.integer(7) != 0},
                          .wanted = {.repository = repository,
                                     .pull_request = {row.integer(8)},
                                     .head = std::move(*head),
                                     .text = std::move(*text),
                                     .makes_comment = row.integer(11) != 0},
                          .failures = static_cast<std::uint32_t>(row.integer(12))};
  if (const auto forge_id = row.optional_integer(2)) owed.forge_id = forge::ForgeCommentId{*forge_id};
  return owed;
}

}  // namespace

Status want_comment(const Connection& connection, const forge::WantedComment& wanted, Clock::Wall now) {
  if (Status checked = check_wanted(connection, wanted); !checked) return checked;
  const Result<std::optional<Found>> looked = find_comment(connection, wanted);
  if (!looked) return fail(looked.error());
  const std::optional<Found>& found = *looked;
  if (!found && !wanted.makes_comment) return {};
  const std::string head = wanted.head.to_string();
  if (found && found->is_there && found->head == head && found->text == wanted.text) return {};
  const Result<std::string> content = compress(wanted.text);
  if (!content) return fail(content.error());
  const std::int64_t makes_comment = wanted.makes_comment ? 1 : 0;
  if (found) return run(connection, queries::kChangeComment, found->id, head, *content, makes_comment, microseconds(now));
  return run(connection, queries::kAddComment, wanted.repository.value, wanted.pull_request.value, head, *content, makes_comment,
             microseconds(now));
}

Status drop_comment(const Connection& connection, forge::RepositoryId repository, forge::PullRequestNumber number) {
  return run(connection, queries::kDropComment, repository.value, number.value);
}

Status drop_comments(const Connection& connection, forge::RepositoryId repository) {
  return run(connection, queries::kDropComments, repository.value);
}

Result<std::vector<forge::OwedComment>> load_owed_comments(const Connection& connection, Clock::Wall now, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kOwedComments);
  if (!statement) return fail(statement.error());
  bind_all(*statement, microseconds(now), static_cast<std::int64_t>(limit));
  std::vector<forge::OwedComment> comments;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    Result<forge::OwedComment> owed = owed_of_row(row);
    if (!owed) return fail(owed.error());
    comments.push_back(std::move(*owed));
    return {};
  });
  if (!read) return fail(read.error());
  return comments;
}

Result<std::optional<Clock::Wall>> load_next_comment_due(const Connection& connection, Clock::Wall now) {
  const auto time = first_integer(connection, queries::kNextCommentDue, microseconds(now));
  if (!time) return fail(time.error());
  return wall_at(*time);
}

Status note_commented(const Connection& connection, forge::CommentId id, forge::ForgeCommentId forge_id, std::uint64_t version) {
  return run(connection, queries::kNoteCommented, id.value, static_cast<std::int64_t>(version), forge_id.value);
}

Status note_uncommented(const Connection& connection, forge::CommentId id, std::uint64_t version) {
  return run(connection, queries::kForgetComment, id.value, static_cast<std::int64_t>(version));
}

Status note_comment_postponed(const Connection& connection, forge::CommentId id, Clock::Wall due, forge::Delay delay,
                              std::string_view why) {
  return run(connection, queries::kPostponeComment, id.value, microseconds(due), why.substr(0, kLongestReason),
             std::int64_t{delay == forge::Delay::failed});
}

Status note_comment_refused(const Connection& connection, forge::CommentId id, std::uint64_t version, std::string_view why) {
  return run(connection, queries::kRefuseComment, id.value, static_cast<std::int64_t>(version), why.substr(0, kLongestReason));
}

Status owe_comments_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now) {
  return run(connection, queries::kOweCommentsAgain, repository.value, microseconds(now));
}

}  // namespace ekaci::db
