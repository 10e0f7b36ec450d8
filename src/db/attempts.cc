#include "db/attempts.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "db/encoding.h"
#include "db/wall_time.h"
#include "review/derivation_name.h"

namespace ekaci::db {
namespace {

using HashBytes = std::array<char, std::tuple_size_v<StoreHash>>;

/// A package's name without its version: what its next version is likely to take as long as.
std::string package_of(const StorePath& derivation) { return review::split_derivation_name(without_drv(derivation.name())).name; }

/// Whether an attempt's word is the derivation's own, to be remembered.
bool is_decisive(AttemptResult result) {
  const OutcomeKind kind = outcome_of(result);
  return kind == OutcomeKind::succeeded || kind == OutcomeKind::failed || kind == OutcomeKind::timed_out;
}

std::int64_t number_of(BuildSandbox sandbox) { return static_cast<std::int64_t>(sandbox); }
std::int64_t number_of(BuildTrust trust) { return static_cast<std::int64_t>(trust); }

/// What cannot be read is the weakest there is.
Assurance assurance_of(std::int64_t sandbox, std::int64_t trust) {
  Assurance assurance;
  if (sandbox == number_of(BuildSandbox::relaxed)) assurance.sandbox = BuildSandbox::relaxed;
  if (sandbox == number_of(BuildSandbox::full)) assurance.sandbox = BuildSandbox::full;
  if (trust == number_of(BuildTrust::trusted)) assurance.trust = BuildTrust::trusted;
  return assurance;
}

std::string encode_lines(const std::vector<std::string>& lines) {
  Encoder encoder;
  encoder.integer(lines.size());
  for (const std::string& line : lines) encoder.text(line);
  return encoder.bytes();
}

std::optional<std::vector<std::string>> decode_lines(std::string_view bytes) {
  Decoder decoder(bytes);
  std::vector<std::string> lines;
  // Each line takes a byte at least.
  for (std::uint64_t left = decoder.integer_up_to(bytes.size()); left > 0 && !decoder.failed(); --left) lines.emplace_back(decoder.text());
  return decoder.finished() ? std::optional(std::move(lines)) : std::nullopt;
}

Failure damaged(const StorePath& derivation) {
  return fail(ErrorCode::corrupt, "what is remembered of building {} cannot be read", derivation.to_string());
}

/// What is looked at when deciding which attempts to forget.
struct Mark {
  std::int64_t id = 0;
  bool decisive = false;
  std::pair<std::int64_t, std::int64_t> assurance{};
};

Result<std::vector<Mark>> marks_of(const Connection& connection, std::string_view hash) {
  Result<Statement> statement =
      connection.prepare("SELECT id, result, sandbox, trust FROM attempt WHERE derivation = ?1 ORDER BY number DESC");
  if (!statement) return fail(statement.error());
  statement->bind(1, hash);
  std::vector<Mark> marks;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    const auto result = parse_attempt_result(statement->bytes(1));
    marks.push_back({statement->integer(0), result && is_decisive(*result), {statement->integer(2), statement->integer(3)}});
  }
  if (!row) return fail(row.error());
  return marks;
}

/// Forgets what lies beyond the bound and is not the newest word under its assurance.
Status forget_beyond(const Connection& connection, std::string_view hash, std::size_t kept) {
  const Result<std::vector<Mark>> marks = marks_of(connection, hash);
  if (!marks) return fail(marks.error());
  if (marks->size() <= kept) return {};
  Result<Statement> forget = connection.prepare("DELETE FROM attempt WHERE id = ?1");
  if (!forget) return fail(forget.error());
  std::set<std::pair<std::int64_t, std::int64_t>> told;
  for (std::size_t i = 0; i < marks->size(); ++i) {
    const Mark& mark = (*marks)[i];
    const bool is_word = mark.decisive && told.insert(mark.assurance).second;
    if (i < kept || is_word) continue;
    forget->bind(1, mark.id);
    if (const Status gone = forget->run(); !gone) return gone;
  }
  return {};
}

Result<std::int64_t> next_number(const Connection& connection, std::string_view hash) {
  Result<Statement> statement = connection.prepare("SELECT max(number) FROM attempt WHERE derivation = ?1");
  if (!statement) return fail(statement.error());
  statement->bind(1, hash);
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  return statement->optional_integer(0).value_or(0) + 1;
}

constexpr std::string_view kColumns =
    "number, result, sandbox, trust, start_us, end_us, exit_status, builder, message, log, log_bytes, log_lines, log_left_out, phase, "
    "last_lines";

Result<engine::KeptAttempt> attempt_of(const Statement& row, const StorePath& derivation) {
  const auto result = parse_attempt_result(row.bytes(1));
  auto last_lines = decode_lines(row.bytes(14));
  if (!result || !last_lines) return damaged(derivation);
  const auto exit_status = row.optional_integer(6);
  return engine::KeptAttempt{.attempt = {.derivation = derivation,
                                         .number = static_cast<std::uint32_t>(row.integer(0)),
                                         .result = *result,
                                         .builder = std::string(row.bytes(7)),
                                         .assurance = assurance_of(row.integer(2), row.integer(3)),
                                         .start = wall_at(row.integer(4)),
                                         .end = wall_at(row.integer(5)),
                                         .exit_status = exit_status ? std::optional(static_cast<int>(*exit_status)) : std::nullopt,
                                         .message = std::string(row.bytes(8))},
                             .log = {.name = std::string(row.bytes(9)),
                                     .bytes = static_cast<std::uint64_t>(row.integer(10)),
                                     .lines = static_cast<std::uint64_t>(row.integer(11)),
                                     .bytes_left_out = static_cast<std::uint64_t>(row.integer(12)),
                                     .phase = std::string(row.bytes(13)),
                                     .last_lines = std::move(*last_lines)}};
}

/// Of the builds that succeeded.
Result<std::optional<std::chrono::microseconds>> newest_time(Statement& query, std::string_view key) {
  query.bind(1, key);
  query.bind(2, to_string(AttemptResult::built));
  const Result<bool> row = query.step();
  if (!row) return fail(row.error());
  std::optional<std::chrono::microseconds> time;
  if (*row) time = std::chrono::microseconds(std::max<std::int64_t>(query.integer(0), 0));
  query.reset();
  return time;
}

}  // namespace

Result<OutcomeQuery> OutcomeQuery::open(const Connection& connection) {
  Result<Statement> statement =
      connection.prepare("SELECT number, result, sandbox, trust, id, used_us FROM attempt WHERE derivation = ?1 ORDER BY number DESC");
  if (!statement) return fail(statement.error());
  return OutcomeQuery(std::move(*statement));
}

Result<FoundOutcome> OutcomeQuery::find(const StorePath& derivation, const Assurance& wanted) {
  const auto hash = std::bit_cast<HashBytes>(derivation.hash());
  newest_first_.bind(1, std::string_view(hash.data(), hash.size()));
  FoundOutcome found;
  Outcome& outcome = found.outcome;
  Result<bool> row = newest_first_.step();
  for (; row && *row; row = newest_first_.step()) {
    outcome.attempts = std::max(outcome.attempts, static_cast<std::uint32_t>(newest_first_.integer(0)));
    const auto result = parse_attempt_result(newest_first_.bytes(1));
    const Assurance assurance = assurance_of(newest_first_.integer(2), newest_first_.integer(3));
    if (!result || !is_decisive(*result) || !assurance.covers(wanted)) continue;
    outcome.kind = outcome_of(*result);
    outcome.assurance = assurance;
    found.attempt = newest_first_.integer(4);
    found.used_us = newest_first_.integer(5);
    break;
  }
  newest_first_.reset();
  if (!row) return fail(row.error());
  return found;
}

Result<BuildTimeQuery> BuildTimeQuery::open(const Connection& connection) {
  constexpr std::string_view kNewest = "SELECT end_us - start_us FROM attempt WHERE {} = ?1 AND result = ?2 ORDER BY {} DESC LIMIT 1";
  Result<Statement> by_derivation = connection.prepare(fmt::format(kNewest, "derivation", "number"));
  if (!by_derivation) return fail(by_derivation.error());
  Result<Statement> by_package = connection.prepare(fmt::format(kNewest, "package", "id"));
  if (!by_package) return fail(by_package.error());
  return BuildTimeQuery(std::move(*by_derivation), std::move(*by_package));
}

Result<std::optional<engine::BuildTime>> BuildTimeQuery::find(const StorePath& derivation) {
  const auto hash = std::bit_cast<HashBytes>(derivation.hash());
  const auto own = newest_time(by_derivation_, std::string_view(hash.data(), hash.size()));
  if (!own) return fail(own.error());
  if (const auto& time = *own) return engine::BuildTime{.duration = *time, .is_its_own = true};
  const auto alike = newest_time(by_package_, package_of(derivation));
  if (!alike) return fail(alike.error());
  if (const auto& time = *alike) return engine::BuildTime{.duration = *time};
  return std::nullopt;
}

Status insert_attempt(const Connection& connection, const engine::KeptAttempt& kept_attempt, std::size_t kept) {
  const auto& [attempt, log] = kept_attempt;
  const auto hash_bytes = std::bit_cast<HashBytes>(attempt.derivation.hash());
  const std::string_view hash(hash_bytes.data(), hash_bytes.size());
  const Result<std::int64_t> number = next_number(connection, hash);
  if (!number) return fail(number.error());
  Result<Statement> statement = connection.prepare(fmt::format(
      "INSERT INTO attempt (derivation, package, {}, used_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "?16, ?17, ?8)",
      kColumns));
  if (!statement) return fail(statement.error());
  const std::string package = package_of(attempt.derivation);
  // The log of what went well is there to be read; what its last lines were matters to nobody later.
  const bool succeeded = outcome_of(attempt.result) == OutcomeKind::succeeded;
  const std::string last_lines = encode_lines(succeeded ? std::vector<std::string>() : log.last_lines);
  statement->bind(1, hash);
  statement->bind(2, std::string_view(package));
  statement->bind(3, *number);
  statement->bind(4, to_string(attempt.result));
  statement->bind(5, number_of(attempt.assurance.sandbox));
  statement->bind(6, number_of(attempt.assurance.trust));
  statement->bind(7, microseconds(attempt.start));
  statement->bind(8, microseconds(attempt.end));
  statement->bind(9, attempt.exit_status ? std::optional<std::int64_t>(*attempt.exit_status) : std::nullopt);
  statement->bind(10, std::string_view(attempt.builder));
  statement->bind(11, std::string_view(attempt.message));
  statement->bind(12, std::string_view(log.name));
  statement->bind(13, static_cast<std::int64_t>(log.bytes));
  statement->bind(14, static_cast<std::int64_t>(log.lines));
  statement->bind(15, static_cast<std::int64_t>(log.bytes_left_out));
  statement->bind(16, std::string_view(log.phase));
  statement->bind(17, std::string_view(last_lines));
  if (const Status inserted = statement->run(); !inserted) return inserted;
  return forget_beyond(connection, hash, kept);
}

Result<std::vector<engine::KeptAttempt>> load_attempts(const Connection& connection, const StorePath& derivation) {
  Result<Statement> statement =
      connection.prepare(fmt::format("SELECT {} FROM attempt WHERE derivation = ?1 ORDER BY number DESC", kColumns));
  if (!statement) return fail(statement.error());
  const auto hash = std::bit_cast<HashBytes>(derivation.hash());
  statement->bind(1, std::string_view(hash.data(), hash.size()));
  std::vector<engine::KeptAttempt> attempts;
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) {
    Result<engine::KeptAttempt> attempt = attempt_of(*statement, derivation);
    if (!attempt) return fail(attempt.error());
    attempts.push_back(std::move(*attempt));
  }
  if (!row) return fail(row.error());
  return attempts;
}

}  // namespace ekaci::db
