#include "db/labels.h"

#include <string>
#include <utility>

#include "db/forge_queries.h"
#include "db/run.h"
#include "db/subjects.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of a label's name. GitHub takes 50 characters.
constexpr std::size_t kLongestName = 200;
/// Of a reason; what is longer is cut.
constexpr std::size_t kLongestReason = 2'000;

/// Of kOwedLabels.
forge::OwedLabel owed_of_row(const Statement& row) {
  const forge::RepositoryId repository{row.integer(1)};
  forge::OwedLabel owed{.id = {row.integer(0)},
                        .repository = {.id = repository,
                                       .installation = {row.integer(2)},
                                       .name = std::string(row.bytes(3)),
                                       .default_branch = std::string(row.bytes(4)),
                                       .is_private = row.integer(5) != 0},
                        .wanted = {.repository = repository, .pull_request = {row.integer(6)}},
                        .failures = static_cast<std::uint32_t>(row.integer(8))};
  if (!row.bytes(7).empty()) owed.wanted.name = std::string(row.bytes(7));
  return owed;
}

}  // namespace

Status want_label(const Connection& connection, const forge::WantedLabel& wanted, Clock::Wall now) {
  if (wanted.name && (wanted.name->empty() || wanted.name->size() > kLongestName)) {
    return fail(ErrorCode::invalid_argument, "a label needs a name of at most {} bytes", kLongestName);
  }
  const Result<Presence> presence = find_presence(connection, wanted.repository);
  if (!presence) return fail(presence.error());
  if (*presence != Presence::here) {
    return fail(ErrorCode::invalid_argument, "a label in repository {}, in which we are not", wanted.repository.value);
  }
  if (Status dropped = drop_label_wish(connection, wanted.repository, wanted.pull_request); !dropped) return dropped;
  std::optional<std::string_view> name;
  if (wanted.name) name = *wanted.name;
  return run(connection, queries::kWantLabel, wanted.repository.value, wanted.pull_request.value, name, microseconds(now));
}

Status drop_label_wish(const Connection& connection, forge::RepositoryId repository, forge::PullRequestNumber number) {
  return run(connection, queries::kDropLabelWish, repository.value, number.value);
}

Status drop_label_wishes(const Connection& connection, forge::RepositoryId repository) {
  return run(connection, queries::kDropLabelWishes, repository.value);
}

Result<std::vector<forge::OwedLabel>> load_owed_labels(const Connection& connection, Clock::Wall now, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kOwedLabels);
  if (!statement) return fail(statement.error());
  bind_all(*statement, microseconds(now), static_cast<std::int64_t>(limit));
  std::vector<forge::OwedLabel> labels;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    labels.push_back(owed_of_row(row));
    return {};
  });
  if (!read) return fail(read.error());
  return labels;
}

Result<std::optional<Clock::Wall>> load_next_label_due(const Connection& connection, Clock::Wall now) {
  const auto time = first_integer(connection, queries::kNextLabelDue, microseconds(now));
  if (!time) return fail(time.error());
  return wall_at(*time);
}

Status note_labelled(const Connection& connection, forge::LabelId id) { return run(connection, queries::kForgetLabel, id.value); }

Status note_label_trouble(const Connection& connection, forge::LabelId id, std::optional<Clock::Wall> due, forge::Delay delay,
                          std::string_view why) {
  std::optional<std::int64_t> time;
  if (due) time = microseconds(*due);
  return run(connection, queries::kPostponeLabel, id.value, time, why.substr(0, kLongestReason),
             std::int64_t{delay == forge::Delay::failed});
}

Status owe_labels_again(const Connection& connection, forge::RepositoryId repository, Clock::Wall now) {
  return run(connection, queries::kOweLabelsAgain, repository.value, microseconds(now));
}

}  // namespace ekaci::db
