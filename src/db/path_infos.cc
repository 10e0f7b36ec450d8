#include "db/path_infos.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "db/id_list.h"
#include "db/retention_queries.h"
#include "db/run.h"

namespace ekaci::db {
namespace {

using HashBytes = std::array<char, std::tuple_size_v<StoreHash>>;

constexpr std::string_view kHashPrefix = "sha256:";

HashBytes bytes_of(const StoreHash& hash) { return std::bit_cast<HashBytes>(hash); }

std::string_view view(const HashBytes& bytes) { return {bytes.data(), bytes.size()}; }

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  return std::nullopt;
}

/// The bytes of `sha256:<hexadecimal>`; none of an empty text, which says that the hash is not known.
std::optional<std::string> bytes_of_hash(std::string_view text) {
  if (text.empty()) return std::string();
  if (!text.starts_with(kHashPrefix)) return std::nullopt;
  text.remove_prefix(kHashPrefix.size());
  if (text.size() != 2 * std::tuple_size_v<Sha256>) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_of(text[i]);
    const auto low = digit_of(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high << 4U | *low);
  }
  return bytes;
}

std::optional<std::string> hash_of_bytes(std::string_view bytes) {
  if (bytes.empty()) return std::string();
  Sha256 digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::ranges::transform(bytes, digest.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return std::string(kHashPrefix) + to_hex(digest);
}

}  // namespace

Result<PathQuery> PathQuery::open(const Connection& connection, std::int64_t today) {
  Result<Statement> by_hash = connection.prepare("SELECT id, used_day, name, nar_size, nar_hash, refs FROM path WHERE hash = ?1");
  if (!by_hash) return fail(by_hash.error());
  Result<Statement> by_id = connection.prepare("SELECT used_day, hash, name FROM path WHERE id = ?1");
  if (!by_id) return fail(by_id.error());
  return PathQuery(connection, std::move(*by_hash), std::move(*by_id), today);
}

Result<std::optional<PathInfo>> PathQuery::find(const StorePath& path) {
  const HashBytes hash = bytes_of(path.hash());
  by_hash_.bind(1, view(hash));
  Result<std::optional<PathInfo>> info = std::nullopt;
  const Result<bool> row = by_hash_.step();
  // A path's name is hashed into its hash; another name under it is another path, and a forged one.
  if (row && *row && by_hash_.bytes(2) == path.name() && by_hash_.optional_integer(3)) info = info_of_row(path);
  by_hash_.reset();
  if (!row) return fail(row.error());
  return info;
}

Result<std::optional<PathInfo>> PathQuery::info_of_row(const StorePath& path) {
  std::optional<std::string> hash = hash_of_bytes(by_hash_.bytes(4));
  const Result<std::vector<std::int64_t>> references = decode_id_list(by_hash_.bytes(5));
  if (!hash || !references) return damaged(path.to_string());
  PathInfo info{.path = path, .nar_size = static_cast<std::uint64_t>(by_hash_.integer(3)), .nar_hash = std::move(*hash), .references = {}};
  info.references.reserve(references->size());
  for (const std::int64_t id : *references) {
    Result<std::optional<StorePath>> found = path_of(id);
    if (!found) return fail(found.error());
    std::optional<StorePath>& reference = *found;
    if (!reference) return std::nullopt;
    info.references.push_back(std::move(*reference));
  }
  std::ranges::sort(info.references);
  note_use(by_hash_.integer(0), by_hash_.integer(1));
  return info;
}

Result<std::optional<StorePath>> PathQuery::path_of(std::int64_t id) {
  if (const auto met = paths_.find(id); met != paths_.end()) return met->second;
  by_id_.bind(1, id);
  const Result<bool> row = by_id_.step();
  Result<std::optional<StorePath>> path = row && *row ? path_of_row(id) : path_without_row(id);
  by_id_.reset();
  if (!row) return fail(row.error());
  return path;
}

Result<std::optional<StorePath>> PathQuery::path_of_row(std::int64_t id) {
  StoreHash hash{};
  const std::string_view bytes = by_id_.bytes(1);
  if (bytes.size() != hash.size()) return damaged(fmt::format("path {}", id));
  std::ranges::transform(bytes, hash.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  Result<StorePath> path = StorePath::from_parts(hash, by_id_.bytes(2));
  if (!path) return damaged(fmt::format("path {}", id));
  note_use(id, by_id_.integer(0));
  paths_.emplace(id, *path);
  return std::optional(std::move(*path));
}

Result<std::optional<StorePath>> PathQuery::path_without_row(std::int64_t id) const {
  const auto newest = connection_->query_integer("SELECT max(id) FROM path");
  if (!newest) return fail(newest.error());
  // The newest row is never forgotten: a larger id was given to none.
  if (id > newest->value_or(0)) return damaged(fmt::format("path {}", id));
  return std::nullopt;
}

void PathQuery::note_use(std::int64_t id, std::int64_t used_day) {
  if (used_day < today_) stale_.push_back(id);
}

Failure PathQuery::damaged(std::string_view what) const {
  return fail(ErrorCode::corrupt, "{} is damaged: {}; remove it together with its -wal and -shm files, it can be computed again",
              connection_->file().string(), what);
}

Status touch_paths(const Connection& connection, std::span<const std::int64_t> ids, std::int64_t today) {
  Result<Statement> touch = connection.prepare(queries::kTouchPath);
  if (!touch) return fail(touch.error());
  for (const std::int64_t id : ids) {
    if (Status touched = run(*touch, id, today); !touched) return touched;
  }
  return {};
}

Result<PathWriter> PathWriter::open(const Connection& connection, std::int64_t today) {
  Result<Statement> find = connection.prepare("SELECT id, name FROM path WHERE hash = ?1");
  if (!find) return fail(find.error());
  Result<Statement> touch = connection.prepare(queries::kTouchPath);
  if (!touch) return fail(touch.error());
  Result<Statement> add = connection.prepare("INSERT INTO path (hash, name, used_day) VALUES (?1, ?2, ?3) RETURNING id");
  if (!add) return fail(add.error());
  Result<Statement> set = connection.prepare("UPDATE path SET nar_size = ?2, nar_hash = ?3, refs = ?4 WHERE id = ?1");
  if (!set) return fail(set.error());
  return PathWriter(std::move(*find), std::move(*touch), std::move(*add), std::move(*set), today);
}

Status PathWriter::write(const PathInfo& info) {
  const std::optional<std::string> hash = bytes_of_hash(info.nar_hash);
  if (!hash) return fail(ErrorCode::invalid_argument, "{} has a hash that is no SHA-256 in hexadecimal", info.path.to_string());
  const Result<std::int64_t> id = id_of(info.path);
  if (!id) return fail(id.error());
  std::vector<std::int64_t> references;
  references.reserve(info.references.size());
  for (const StorePath& reference : info.references) {
    const Result<std::int64_t> referred = id_of(reference);
    if (!referred) return fail(referred.error());
    references.push_back(*referred);
  }
  const std::string encoded = encode_id_list(std::move(references));
  set_.bind(1, *id);
  set_.bind(2, static_cast<std::int64_t>(info.nar_size));
  set_.bind(3, std::string_view(*hash));
  set_.bind(4, std::string_view(encoded));
  return set_.run();
}

Result<std::int64_t> PathWriter::id_of(const StorePath& path) {
  if (const auto met = ids_.find(path); met != ids_.end()) return met->second;
  const HashBytes hash = bytes_of(path.hash());
  const Result<std::optional<std::int64_t>> stored = stored_id_of(path, view(hash));
  if (!stored) return fail(stored.error());
  const std::optional<std::int64_t>& known = *stored;
  Result<std::int64_t> id = known ? touched(*known) : added_id_of(path, view(hash));
  if (id) ids_.emplace(path, *id);
  return id;
}

Result<std::optional<std::int64_t>> PathWriter::stored_id_of(const StorePath& path, std::string_view hash) {
  find_.bind(1, hash);
  const Result<bool> row = find_.step();
  std::optional<std::int64_t> id;
  if (row && *row) id = find_.integer(0);
  const bool is_another = id && find_.bytes(1) != path.name();
  find_.reset();
  if (!row) return fail(row.error());
  if (is_another) return fail(ErrorCode::invalid_argument, "the hash of {} is remembered under another name", path.to_string());
  return id;
}

Result<std::int64_t> PathWriter::touched(std::int64_t id) {
  if (const Status noted = run(touch_, id, today_); !noted) return fail(noted.error());
  return id;
}

Result<std::int64_t> PathWriter::added_id_of(const StorePath& path, std::string_view hash) {
  add_.bind(1, hash);
  add_.bind(2, std::string_view(path.name()));
  add_.bind(3, today_);
  const Result<bool> row = add_.step();
  if (!row) return fail(row.error());
  const std::int64_t id = add_.integer(0);
  if (const Status added = add_.run(); !added) return fail(added.error());
  return id;
}

}  // namespace ekaci::db
