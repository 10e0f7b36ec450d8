#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// The rows of `forge_comment`: one for each pull request that has a comment of ours, or may get one. To be used within a transaction of
/// the caller's.
namespace ekaci::db {

/// Takes the place of what was wanted of the same pull request; nothing where it is what the forge has, or where there is no comment and
/// none is to be made. invalid_argument where its repository is not known, or the text is empty or longer than kMaxComment.
Status want_comment(const Connection& connection, const forge::WantedComment& wanted, Clock::Wall now);
/// Of a pull request that is forgotten, or a repository that we left. What is at the forge stays there.
Status drop_comment(const Connection& connection, forge::RepositoryId repository, forge::PullRequestNumber number);
Status drop_comments(const Connection& connection, forge::RepositoryId repository);

/// As forge::Outbox has them.
Result<std::vector<forge::OwedComment>> load_owed_comments(const Connection& connection, Clock::Wall now, std::size_t limit);
Result<std::optional<Clock::Wall>> load_next_comment_due(const Connection& connection, Clock::Wall now);
Status note_commented(const Connection& connection, forge::CommentId id, forge::ForgeCommentId forge_id, std::uint64_t version);
Status note_uncommented(const Connection& connection, forge::CommentId id, std::uint64_t version);
Status note_comment_postponed(const Connection& connection, forge::CommentId id, Clock::Wall due, forge::Delay delay, std::string_view why);
Status note_comment_refused(const Connection& connection, forge::CommentId id, std::uint64_t version, std::string_view why);

/// What was refused in a repository is due again.
Status owe_comments_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now);

}  // namespace ekaci::db
