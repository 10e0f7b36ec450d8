#include "db/forge_memory.h"

#include <algorithm>
#include <utility>

#include "db/backup.h"
#include "db/comments.h"
#include "db/labels.h"
#include "db/ledger.h"
#include "db/migrations.h"
#include "db/retirement.h"

namespace ekaci::db {
namespace {

/// Received in one transaction: enough that waiting for the disk is shared, few enough that none waits long for the others' bytes.
constexpr std::size_t kLargestGroup = 256;

/// A version that was never wanted is a defect of the caller's, and keeping it would hide what is owed.
Status check_version(const CheckProgress& progress, forge::CheckId id, std::uint64_t version) {
  if (version > 0 && version <= progress.version) return {};
  return fail(ErrorCode::invalid_argument, "check {} has no version {}; the newest is {}", id.value, version, progress.version);
}

std::optional<Clock::Wall> earlier(const std::optional<Clock::Wall>& one, const std::optional<Clock::Wall>& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

Result<std::unique_ptr<SqliteForgeMemory>> SqliteForgeMemory::open(const ForgeMemoryOptions& options, const Clock& clock) {
  Result<Connection> connection = Connection::open(options.file, Access::write, options.longest_wait);
  if (!connection) return fail(connection.error());
  if (const Status migrated = migrate(*connection, migrations()); !migrated) return fail(migrated.error());
  if (const Status set = connection->execute("PRAGMA synchronous = FULL"); !set) return fail(set.error());
  if (const Status noted = note_restoration(*connection, clock.wall()); !noted) return fail(noted.error());
  return std::unique_ptr<SqliteForgeMemory>(new SqliteForgeMemory(options, clock, std::move(*connection)));
}

Status SqliteForgeMemory::in_transaction(const Change& change) {
  const std::scoped_lock lock(using_);
  Result<Transaction> transaction = Transaction::begin(connection_, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  if (Status changed = change(); !changed) return changed;
  return transaction->commit();
}

// ---- inbox

Result<bool> SqliteForgeMemory::receive(const forge::Delivery& delivery) {
  Result<Arrival> arrival = prepare_arrival(delivery);
  if (!arrival) return fail(arrival.error());
  receiving_.submit(*arrival, kLargestGroup, [this](std::span<Arrival* const> arrivals) { add_all(arrivals); });
  return std::move(arrival->is_new);
}

void SqliteForgeMemory::add_all(std::span<Arrival* const> arrivals) {
  const Status added = in_transaction([&] { return add_arrivals(connection_, arrivals); });
  if (added) return;
  for (Arrival* arrival : arrivals) arrival->is_new = fail(added.error(), "keeping a webhook");
}

Status SqliteForgeMemory::try_writing() {
  return in_transaction([this]() -> Status {
    const Result<std::optional<std::int64_t>> version = connection_.query_integer("PRAGMA user_version");
    if (!version) return fail(version.error());
    // What it is already: SQLite writes its page all the same.
    return connection_.execute(fmt::format("PRAGMA user_version = {}", version->value_or(0)));
  });
}

Result<std::vector<forge::StoredDelivery>> SqliteForgeMemory::unhandled(forge::DeliveryId after, std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_unhandled(connection_, after, limit);
}

Result<std::vector<DeliveryOutcome>> SqliteForgeMemory::handled(std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_handled(connection_, limit);
}

// ---- ledger

Result<forge::LedgerState> SqliteForgeMemory::load() {
  const std::scoped_lock lock(using_);
  const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return load_state(connection_);
}

Status SqliteForgeMemory::keep(const forge::LedgerEntry& entry) {
  if (entry.is_empty()) return {};
  return in_transaction([&]() -> Status {
    if (Status written = write_entry(connection_, entry, clock_.wall()); !written) return written;
    if (Status forgotten = forget_deliveries(connection_, options_.handled_deliveries); !forgotten) return forgotten;
    return forget_checks(connection_, options_.retired_checks);
  });
}

Result<std::vector<forge::Check>> SqliteForgeMemory::open_checks(forge::RepositoryId repository, const CommitId& head) {
  const std::scoped_lock lock(using_);
  return load_open_checks(connection_, repository, head);
}

// ---- outbox

Result<std::vector<forge::OwedCheck>> SqliteForgeMemory::owed(Clock::Wall now, std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_owed(connection_, now, limit);
}

Result<std::optional<Clock::Wall>> SqliteForgeMemory::next_due(Clock::Wall now) {
  const std::scoped_lock lock(using_);
  const Result<std::optional<Clock::Wall>> check = load_next_due(connection_, now);
  if (!check) return fail(check.error());
  const Result<std::optional<Clock::Wall>> label = load_next_label_due(connection_, now);
  if (!label) return fail(label.error());
  const Result<std::optional<Clock::Wall>> comment = load_next_comment_due(connection_, now);
  if (!comment) return fail(comment.error());
  return earlier(earlier(*check, *label), *comment);
}

Status SqliteForgeMemory::trying_to_create(forge::CheckId id) {
  return in_transaction([&] { return note_try_to_create(connection_, id); });
}

Status SqliteForgeMemory::sent(forge::CheckId id, forge::ForgeCheckId forge_id, std::uint64_t version, Clock::Wall next) {
  return in_transaction([&]() -> Status {
    Result<CheckProgress> progress = load_progress(connection_, id);
    if (!progress) return fail(progress.error());
    if (Status known = check_version(*progress, id, version); !known) return known;
    note_sent(*progress, version, next);
    return note({.id = id, .progress = *progress, .forge_id = forge_id, .trouble = {}});
  });
}

Status SqliteForgeMemory::postponed(forge::CheckId id, Clock::Wall due, forge::Delay delay, std::string_view why) {
  return in_transaction([&]() -> Status {
    Result<CheckProgress> progress = load_progress(connection_, id);
    if (!progress) return fail(progress.error());
    if (!is_owed(*progress)) return {};
    note_postponed(*progress, due, delay);
    return note({.id = id, .progress = *progress, .forge_id = {}, .trouble = why});
  });
}

Status SqliteForgeMemory::refused(forge::CheckId id, std::uint64_t version, std::string_view why) {
  return in_transaction([&]() -> Status {
    Result<CheckProgress> progress = load_progress(connection_, id);
    if (!progress) return fail(progress.error());
    if (Status known = check_version(*progress, id, version); !known) return known;
    note_refused(*progress, version);
    return note({.id = id, .progress = *progress, .forge_id = {}, .trouble = why});
  });
}

Result<std::vector<forge::OwedLabel>> SqliteForgeMemory::owed_labels(Clock::Wall now, std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_owed_labels(connection_, now, limit);
}

Status SqliteForgeMemory::labelled(forge::LabelId id) {
  return in_transaction([&] { return note_labelled(connection_, id); });
}

Status SqliteForgeMemory::label_postponed(forge::LabelId id, Clock::Wall due, forge::Delay delay, std::string_view why) {
  return in_transaction([&] { return note_label_trouble(connection_, id, due, delay, why); });
}

Status SqliteForgeMemory::label_refused(forge::LabelId id, std::string_view why) {
  return in_transaction([&] { return note_label_trouble(connection_, id, std::nullopt, forge::Delay::failed, why); });
}

Result<std::vector<forge::OwedComment>> SqliteForgeMemory::owed_comments(Clock::Wall now, std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_owed_comments(connection_, now, limit);
}

Status SqliteForgeMemory::commented(forge::CommentId id, forge::ForgeCommentId forge_id, std::uint64_t version) {
  return in_transaction([&] { return note_commented(connection_, id, forge_id, version); });
}

Status SqliteForgeMemory::uncommented(forge::CommentId id, std::uint64_t version) {
  return in_transaction([&] { return note_uncommented(connection_, id, version); });
}

Status SqliteForgeMemory::comment_postponed(forge::CommentId id, Clock::Wall due, forge::Delay delay, std::string_view why) {
  return in_transaction([&] { return note_comment_postponed(connection_, id, due, delay, why); });
}

Status SqliteForgeMemory::comment_refused(forge::CommentId id, std::uint64_t version, std::string_view why) {
  return in_transaction([&] { return note_comment_refused(connection_, id, version, why); });
}

Status SqliteForgeMemory::note(CheckNews news) {
  if (Status noted = note_progress(connection_, news); !noted) return noted;
  if (is_owed(news.progress)) return {};
  if (Status reviewed = review_check(connection_, news.id); !reviewed) return reviewed;
  return forget_checks(connection_, options_.retired_checks);
}

Result<std::vector<CheckTrouble>> SqliteForgeMemory::troubles(std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_troubles(connection_, limit);
}

Result<Backlog> SqliteForgeMemory::backlog(std::size_t limit) {
  const std::scoped_lock lock(using_);
  return load_backlog(connection_, limit);
}

}  // namespace ekaci::db
