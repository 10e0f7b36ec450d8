#include "db/retention.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "db/derivations.h"

namespace ekaci::db {
namespace {

Result<std::unordered_set<DerivationId>> evaluation_roots(const Connection& connection) {
  Result<Statement> statement = connection.prepare("SELECT roots FROM evaluation");
  if (!statement) return fail(statement.error());
  std::unordered_set<DerivationId> roots;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    const auto ids = decode_ids(statement->bytes(0));
    if (!ids) return fail(ids.error());
    roots.insert(ids->begin(), ids->end());
  }
  if (!row) return fail(row.error());
  return roots;
}

Status remove_unreachable(Connection& connection) {
  const Result<std::vector<DerivationId>> ids = unreachable_derivations(connection);
  if (!ids) return fail(ids.error());
  Result<Statement> statement = connection.prepare("DELETE FROM derivation WHERE id = ?1");
  if (!statement) return fail(statement.error());
  for (const DerivationId id : *ids) {
    statement->bind(1, id.value);
    Status removed = statement->run();
    if (!removed) return removed;
  }
  return connection.execute("DELETE FROM chunk WHERE NOT EXISTS (SELECT 1 FROM derivation WHERE derivation.chunk = chunk.id)");
}

Status forget_half(Connection& connection, std::size_t evaluations) {
  Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  Status forgotten = forget_evaluations_beyond(connection, evaluations / 2);
  if (!forgotten) return forgotten;
  Status removed = remove_unreachable(connection);
  if (!removed) return removed;
  return transaction->commit();
}

}  // namespace

Result<std::vector<DerivationId>> unreachable_derivations(const Connection& connection) {
  // Ids of users are larger than those of their inputs: going down, a derivation is met after all its users.
  Result<std::unordered_set<DerivationId>> reachable = evaluation_roots(connection);
  if (!reachable) return fail(reachable.error());
  Result<Statement> statement = connection.prepare("SELECT id, inputs FROM derivation ORDER BY id DESC");
  if (!statement) return fail(statement.error());
  std::vector<DerivationId> rest;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    const DerivationId id{statement->integer(0)};
    if (!reachable->contains(id)) {
      rest.push_back(id);
      continue;
    }
    const auto inputs = decode_ids(statement->bytes(1));
    if (!inputs) return fail(inputs.error());
    reachable->insert(inputs->begin(), inputs->end());
  }
  if (!row) return fail(row.error());
  return rest;
}

Status forget_evaluations_beyond(const Connection& connection, std::size_t most) {
  Result<Statement> statement =
      connection.prepare("DELETE FROM evaluation WHERE id NOT IN (SELECT id FROM evaluation ORDER BY used_us DESC, id DESC LIMIT ?1)");
  if (!statement) return fail(statement.error());
  statement->bind(1, static_cast<std::int64_t>(most));
  return statement->run();
}

Result<std::uint64_t> bytes_in_use(const Connection& connection) {
  std::array<std::uint64_t, 3> numbers{};
  std::size_t i = 0;
  for (const char* pragma : {"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"}) {
    const auto number = connection.query_integer(pragma);
    if (!number) return fail(number.error());
    numbers[i++] = static_cast<std::uint64_t>(number->value_or(0));
  }
  return (numbers[0] - std::min(numbers[0], numbers[1])) * numbers[2];
}

Status make_room(Connection& connection, std::uint64_t largest) {
  while (true) {
    const Result<std::uint64_t> used = bytes_in_use(connection);
    if (!used) return fail(used.error());
    if (*used <= largest) return {};
    const auto evaluations = connection.query_integer("SELECT count(*) FROM evaluation");
    if (!evaluations) return fail(evaluations.error());
    Status forgotten = forget_half(connection, static_cast<std::size_t>(evaluations->value_or(0)));
    if (!forgotten) return forgotten;
    if (evaluations->value_or(0) == 0) return {};
  }
}

}  // namespace ekaci::db
