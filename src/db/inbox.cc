#include "db/inbox.h"

#include <utility>

#include "db/compression.h"
#include "db/forge_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

/// Of a guid and of an event's name. GitHub's have 36 and less than 40 characters.
constexpr std::size_t kLongestName = 256;
/// Of an outcome; what is longer is cut.
constexpr std::size_t kLongestOutcome = 2'000;

Result<forge::StoredDelivery> delivery_of_row(const Statement& row) {
  const forge::DeliveryId id{row.integer(0)};
  Result<std::string> payload = decompress(row.bytes(4), kLargestPayload);
  if (!payload) return fail(payload.error(), fmt::format("reading webhook delivery {}", id.value));
  return forge::StoredDelivery{.id = id,
                               .delivery = {.guid = std::string(row.bytes(1)),
                                            .event = std::string(row.bytes(2)),
                                            .payload = std::move(*payload),
                                            .received = wall_at(row.integer(3))}};
}

Result<bool> is_known(Statement& find, std::string_view guid) {
  find.bind(1, guid);
  Result<bool> row = find.step();
  find.reset();
  return row;
}

}  // namespace

Result<Arrival> prepare_arrival(const forge::Delivery& delivery) {
  if (delivery.guid.empty() || delivery.guid.size() > kLongestName || delivery.event.size() > kLongestName) {
    return fail(ErrorCode::invalid_argument, "a webhook needs an id and an event of at most {} characters", kLongestName);
  }
  if (delivery.payload.size() > kLargestPayload) {
    return fail(ErrorCode::invalid_argument, "a webhook of {} bytes; at most {} are taken", delivery.payload.size(), kLargestPayload);
  }
  Result<std::string> payload = compress(delivery.payload);
  if (!payload) return fail(payload.error());
  return Arrival{.delivery = &delivery, .payload = std::move(*payload)};
}

Status add_arrivals(const Connection& connection, std::span<Arrival* const> arrivals) {
  Result<Statement> find = connection.prepare(queries::kFindDelivery);
  if (!find) return fail(find.error());
  Result<Statement> add = connection.prepare(queries::kAddDelivery);
  if (!add) return fail(add.error());
  for (Arrival* arrival : arrivals) {
    // Not left to the unique index: what conflicts would use up a number, and forgetting counts by numbers.
    const Result<bool> known = is_known(*find, arrival->delivery->guid);
    if (!known) return fail(known.error());
    arrival->is_new = !*known;
    if (*known) continue;
    const forge::Delivery& delivery = *arrival->delivery;
    Status added = run(*add, delivery.guid, delivery.event, microseconds(delivery.received), arrival->payload);
    if (!added) return added;
  }
  return {};
}

Result<std::vector<forge::StoredDelivery>> load_unhandled(const Connection& connection, forge::DeliveryId after, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kUnhandled);
  if (!statement) return fail(statement.error());
  bind_all(*statement, after.value, static_cast<std::int64_t>(limit));
  std::vector<forge::StoredDelivery> page;
  std::uint64_t bytes = 0;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    Result<forge::StoredDelivery> stored = delivery_of_row(*statement);
    if (!stored) return fail(stored.error());
    bytes += stored->delivery.payload.size();
    if (!page.empty() && bytes > kLargestPage) return page;
    page.push_back(std::move(*stored));
  }
  if (!row) return fail(row.error());
  return page;
}

Status mark_handled(const Connection& connection, std::span<const forge::HandledDelivery> handled, Clock::Wall now) {
  if (handled.empty()) return {};
  Result<Statement> mark = connection.prepare(queries::kHandle);
  if (!mark) return fail(mark.error());
  for (const forge::HandledDelivery& delivery : handled) {
    Status marked = run(*mark, delivery.id.value, microseconds(now), std::string_view(delivery.outcome).substr(0, kLongestOutcome));
    if (!marked) return marked;
  }
  return {};
}

Status forget_deliveries(const Connection& connection, std::size_t kept) {
  return run(connection, queries::kForgetDeliveries, static_cast<std::int64_t>(kept));
}

Result<std::vector<DeliveryOutcome>> load_handled(const Connection& connection, std::size_t limit) {
  Result<Statement> statement = connection.prepare(queries::kHandled);
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(limit));
  std::vector<DeliveryOutcome> outcomes;
  const Status read = each_row(*statement, [&](const Statement& row) -> Status {
    outcomes.push_back({.id = {row.integer(0)},
                        .guid = std::string(row.bytes(1)),
                        .event = std::string(row.bytes(2)),
                        .received = wall_at(row.integer(3)),
                        .handled = wall_at(row.integer(4)),
                        .outcome = std::string(row.bytes(5))});
    return {};
  });
  if (!read) return fail(read.error());
  return outcomes;
}

}  // namespace ekaci::db
