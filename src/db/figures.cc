#include "db/figures.h"

#include <string_view>
#include <utility>

#include "db/forge_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

struct Row {
  std::int64_t first = 0;
  std::optional<std::int64_t> second{};
};

/// The first row's integers; nullopt where there is no row.
template <class... Values>
Result<std::optional<Row>> first_row(const Connection& connection, std::string_view sql, int columns, const Values&... values) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  bind_all(*statement, values...);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Row>();
  return Row{.first = statement->integer(0), .second = columns > 1 ? statement->optional_integer(1) : std::nullopt};
}

}  // namespace

Result<std::unique_ptr<FigureReader>> FigureReader::open(const std::filesystem::path& file, std::chrono::milliseconds longest_wait) {
  Result<Connection> connection = Connection::open(file, Access::read, longest_wait);
  if (!connection) return fail(connection.error());
  return std::unique_ptr<FigureReader>(new FigureReader(std::move(*connection)));
}

Result<ForgeFigures> FigureReader::read() {
  const std::scoped_lock lock(using_);
  const Result<Transaction> snapshot = Transaction::begin(connection_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  const auto unhandled = first_row(connection_, queries::kCountUnhandled, 1, kMostUnhandled);
  if (!unhandled) return fail(unhandled.error());
  const auto oldest = first_row(connection_, queries::kOldestUnhandled, 1);
  if (!oldest) return fail(oldest.error());
  const auto owed = first_row(connection_, queries::kCountOwed, 2, kMostOwed);
  if (!owed) return fail(owed.error());
  const auto refused = first_row(connection_, queries::kCountRefused, 1, kMostOwed);
  if (!refused) return fail(refused.error());
  const auto labels = first_row(connection_, queries::kCountRefusedLabels, 1, kMostOwed);
  if (!labels) return fail(labels.error());
  const auto comments = first_row(connection_, queries::kCountRefusedComments, 1, kMostOwed);
  if (!comments) return fail(comments.error());
  const Row none{};
  const std::optional<Row>& first_in = *oldest;
  return ForgeFigures{.unhandled = static_cast<std::uint64_t>(unhandled->value_or(none).first),
                      .oldest_received = first_in ? std::optional(wall_at(first_in->first)) : std::nullopt,
                      .owed = static_cast<std::uint64_t>(owed->value_or(none).first),
                      .owed_since = wall_at(owed->value_or(none).second),
                      .refused = static_cast<std::uint64_t>(refused->value_or(none).first),
                      .refused_labels = static_cast<std::uint64_t>(labels->value_or(none).first),
                      .refused_comments = static_cast<std::uint64_t>(comments->value_or(none).first)};
}

}  // namespace ekaci::db
