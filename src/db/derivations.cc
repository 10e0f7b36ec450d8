#include "db/derivations.h"

#include <algorithm>
#include <bit>
#include <unordered_set>
#include <utility>

#include "db/compression.h"
#include "db/id_list.h"

namespace ekaci::db {
namespace {

/// No derivation is stored that is larger, so that no chunk has to be believed that claims to be.
constexpr std::size_t kLargestDerivation = std::size_t{64} << 20U;
constexpr std::uint64_t kLargestChunk = kLargestDerivation + DerivationWriter::kChunkSize;

using HashBytes = std::array<char, std::tuple_size_v<StoreHash>>;

HashBytes bytes_of(const StoreHash& hash) { return std::bit_cast<HashBytes>(hash); }

std::string_view view(const HashBytes& bytes) { return {bytes.data(), bytes.size()}; }

Failure damaged(const Connection& connection, std::string_view what) {
  return fail(ErrorCode::corrupt, "{} is damaged: {}; remove it together with its -wal and -shm files, it can be computed again",
              connection.file().string(), what);
}

/// The given records by path, and how far in_order() is with each.
enum class Visit { open, done };

struct Pending {
  const DerivationRecord* record;
  std::size_t next_input = 0;
};

/// A stored derivation, without its bytes.
struct StoredRow {
  StorePath path;
  std::vector<DerivationId> inputs;
  std::int64_t chunk = 0;
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};

/// The part of the graph that one read_closure() is about.
class Closure {
 public:
  static Result<Closure> open(const Connection& connection) {
    Result<DerivationIndex> index = DerivationIndex::open(connection);
    if (!index) return fail(index.error());
    Result<Statement> row = connection.prepare("SELECT hash, name, inputs, chunk, start, length FROM derivation WHERE id = ?1");
    if (!row) return fail(row.error());
    Result<Statement> chunk = connection.prepare("SELECT content FROM chunk WHERE id = ?1");
    if (!chunk) return fail(chunk.error());
    return Closure(connection, std::move(*index), std::move(*row), std::move(*chunk));
  }

  /// Finds what is to be handed out.
  Status collect(std::span<const StorePath> roots, const engine::DerivationReader::Known& known) {
    std::vector<DerivationId> open;
    for (const StorePath& root : roots) {
      if (known(root)) continue;
      const Result<std::optional<DerivationId>> found = index_.find(root);
      if (!found) return fail(found.error());
      const std::optional<DerivationId>& id = *found;
      if (!id) return fail(ErrorCode::not_found, "{} is not stored in {}", root.to_string(), connection_->file().string());
      open.push_back(*id);
    }
    while (!open.empty()) {
      const DerivationId id = open.back();
      open.pop_back();
      if (rows_.contains(id)) continue;
      Result<StoredRow> row = load(id);
      if (!row) return fail(row.error());
      if (!known(row->path)) {
        wanted_.push_back(id);
        open.insert(open.end(), row->inputs.begin(), row->inputs.end());
      }
      rows_.emplace(id, std::move(*row));
    }
    std::ranges::sort(wanted_);
    return {};
  }

  /// Ascending ids put inputs before their users, and read each chunk once.
  Status hand_out(const engine::DerivationReader::Sink& sink) {
    std::string content;
    std::int64_t loaded = 0;
    for (const DerivationId id : wanted_) {
      const StoredRow& row = rows_.at(id);
      if (row.chunk != loaded) {
        Result<std::string> next = load_chunk(row.chunk);
        if (!next) return fail(next.error());
        content = std::move(*next);
        loaded = row.chunk;
      }
      if (row.start > content.size() || row.length > content.size() - row.start) {
        return damaged(*connection_, row.path.to_string() + " lies outside its chunk");
      }
      sink({.path = row.path, .input_derivations = input_paths(row), .aterm = content.substr(row.start, row.length)});
    }
    return {};
  }

 private:
  Closure(const Connection& connection, DerivationIndex index, Statement row, Statement chunk)
      : connection_(&connection), index_(std::move(index)), row_(std::move(row)), chunk_(std::move(chunk)) {}

  Result<StoredRow> load(DerivationId id) {
    row_.reset();
    row_.bind(1, id.value);
    const Result<bool> found = row_.step();
    if (!found) return fail(found.error());
    const std::string_view hash_bytes = row_.bytes(0);
    StoreHash hash{};
    if (!*found || hash_bytes.size() != hash.size()) return damaged(*connection_, fmt::format("derivation {} is missing", id.value));
    std::ranges::copy(hash_bytes, hash.begin());
    Result<StorePath> path = StorePath::from_parts(hash, row_.bytes(1));
    Result<std::vector<DerivationId>> inputs = decode_ids(row_.bytes(2));
    const bool ordered = inputs && (inputs->empty() || inputs->back() < id);
    const bool sane = row_.integer(3) > 0 && row_.integer(4) >= 0 && row_.integer(5) >= 0;
    if (!path || !ordered || !sane) return damaged(*connection_, fmt::format("derivation {}", id.value));
    return StoredRow{.path = std::move(*path),
                     .inputs = std::move(*inputs),
                     .chunk = row_.integer(3),
                     .start = static_cast<std::uint64_t>(row_.integer(4)),
                     .length = static_cast<std::uint64_t>(row_.integer(5))};
  }

  Result<std::string> load_chunk(std::int64_t id) {
    chunk_.reset();
    chunk_.bind(1, id);
    const Result<bool> found = chunk_.step();
    if (!found) return fail(found.error());
    if (!*found) return damaged(*connection_, fmt::format("chunk {} is missing", id));
    Result<std::string> content = decompress(chunk_.bytes(0), kLargestChunk);
    if (!content) return damaged(*connection_, fmt::format("chunk {}", id));
    return content;
  }

  std::vector<StorePath> input_paths(const StoredRow& row) const {
    std::vector<StorePath> paths;
    paths.reserve(row.inputs.size());
    for (const DerivationId input : row.inputs) paths.push_back(rows_.at(input).path);
    std::ranges::sort(paths);
    return paths;
  }

  const Connection* connection_;
  DerivationIndex index_;
  Statement row_;
  Statement chunk_;
  std::unordered_map<DerivationId, StoredRow> rows_;
  std::vector<DerivationId> wanted_;
};

}  // namespace

std::string encode_ids(const std::vector<DerivationId>& ids) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(ids.size());
  for (const DerivationId id : ids) numbers.push_back(id.value);
  return encode_id_list(std::move(numbers));
}

Result<std::vector<DerivationId>> decode_ids(std::string_view bytes) {
  const Result<std::vector<std::int64_t>> numbers = decode_id_list(bytes);
  if (!numbers) return fail(numbers.error(), "reading derivations");
  std::vector<DerivationId> ids;
  ids.reserve(numbers->size());
  for (const std::int64_t number : *numbers) ids.push_back({number});
  return ids;
}

Result<DerivationIndex> DerivationIndex::open(const Connection& connection) {
  Result<Statement> by_hash = connection.prepare("SELECT id, name FROM derivation WHERE hash = ?1");
  if (!by_hash) return fail(by_hash.error());
  return DerivationIndex(std::move(*by_hash));
}

Result<std::optional<DerivationId>> DerivationIndex::find(const StorePath& path) {
  const HashBytes hash = bytes_of(path.hash());
  by_hash_.reset();
  by_hash_.bind(1, view(hash));
  const Result<bool> row = by_hash_.step();
  std::optional<DerivationId> id;
  // A path's name is hashed into its hash; another name under it is another path, and a forged one.
  if (row && *row && by_hash_.bytes(1) == path.name()) id = DerivationId{by_hash_.integer(0)};
  by_hash_.reset();
  if (!row) return fail(row.error());
  return id;
}

Result<DerivationWriter> DerivationWriter::begin(const Connection& connection) {
  Result<DerivationIndex> index = DerivationIndex::open(connection);
  if (!index) return fail(index.error());
  Result<Statement> add_chunk = connection.prepare("INSERT INTO chunk (content) VALUES (?1) RETURNING id");
  if (!add_chunk) return fail(add_chunk.error());
  Result<Statement> add_row =
      connection.prepare("INSERT INTO derivation (id, hash, name, inputs, chunk, start, length) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!add_row) return fail(add_row.error());
  const auto last_id = connection.query_integer("SELECT max(id) FROM derivation");
  if (!last_id) return fail(last_id.error());
  return DerivationWriter(std::move(*index), std::move(*add_chunk), std::move(*add_row), last_id->value_or(0));
}

Result<std::optional<DerivationId>> DerivationWriter::find(const StorePath& path) {
  const auto found = found_.find(path);
  if (found != found_.end()) return found->second;
  Result<std::optional<DerivationId>> stored = index_.find(path);
  if (!stored) return stored;
  const std::optional<DerivationId>& id = *stored;
  if (id) found_.emplace(path, *id);
  return stored;
}

Result<std::vector<const DerivationRecord*>> DerivationWriter::in_order(std::span<const DerivationRecord> records) {
  std::unordered_map<StorePath, const DerivationRecord*> missing;
  for (const DerivationRecord& record : records) {
    const auto id = find(record.path);
    if (!id) return fail(id.error());
    if (!*id) missing.emplace(record.path, &record);
  }
  std::vector<const DerivationRecord*> order;
  std::unordered_map<StorePath, Visit> visits;
  std::vector<Pending> stack;
  for (const DerivationRecord& root : records) {
    if (!missing.contains(root.path) || visits.contains(root.path)) continue;
    stack.push_back({missing.at(root.path)});
    visits.emplace(root.path, Visit::open);
    while (!stack.empty()) {
      Pending& top = stack.back();
      if (top.next_input == top.record->input_derivations.size()) {
        visits.at(top.record->path) = Visit::done;
        order.push_back(top.record);
        stack.pop_back();
        continue;
      }
      const StorePath& input = top.record->input_derivations[top.next_input++];
      const auto given = missing.find(input);
      if (given == missing.end()) continue;
      const auto [visit, first] = visits.emplace(input, Visit::open);
      if (first) {
        stack.push_back({given->second});
      } else if (visit->second == Visit::open) {
        return fail(ErrorCode::invalid_argument, "the derivation {} is an input of itself", input.to_string());
      }
    }
  }
  return order;
}

Status DerivationWriter::append(const DerivationRecord& record) {
  if (record.aterm.size() > kLargestDerivation) {
    return fail(ErrorCode::resource_exhausted, "{} has {} bytes; at most {} are stored", record.path.to_string(), record.aterm.size(),
                kLargestDerivation);
  }
  std::vector<DerivationId> inputs;
  for (const StorePath& input : record.input_derivations) {
    const Result<std::optional<DerivationId>> found = find(input);
    if (!found) return fail(found.error());
    const std::optional<DerivationId>& id = *found;
    if (!id) return fail(ErrorCode::invalid_argument, "{} needs {}, which is not stored", record.path.to_string(), input.to_string());
    inputs.push_back(*id);
  }
  const DerivationId id{++last_id_};
  found_.emplace(record.path, id);
  rows_.push_back({.record = &record, .id = id, .inputs = encode_ids(inputs), .start = chunk_.size()});
  chunk_ += record.aterm;
  return chunk_.size() >= kChunkSize ? flush() : Status{};
}

Status DerivationWriter::flush() {
  if (rows_.empty()) return {};
  const Result<std::string> content = compress(chunk_);
  if (!content) return fail(content.error());
  add_chunk_.bind(1, *content);
  const Result<bool> added = add_chunk_.step();
  if (!added) return fail(added.error());
  const std::int64_t chunk = add_chunk_.integer(0);
  Status done = add_chunk_.run();
  if (!done) return done;
  for (const Row& row : rows_) {
    const HashBytes hash = bytes_of(row.record->path.hash());
    add_row_.bind(1, row.id.value);
    add_row_.bind(2, view(hash));
    add_row_.bind(3, row.record->path.name());
    add_row_.bind(4, row.inputs);
    add_row_.bind(5, chunk);
    add_row_.bind(6, static_cast<std::int64_t>(row.start));
    add_row_.bind(7, static_cast<std::int64_t>(row.record->aterm.size()));
    Status stored = add_row_.run();
    if (!stored) return stored;
  }
  rows_.clear();
  chunk_.clear();
  return {};
}

Status DerivationWriter::add(std::span<const DerivationRecord> records) {
  const Result<std::vector<const DerivationRecord*>> order = in_order(records);
  if (!order) return fail(order.error());
  for (const DerivationRecord* record : *order) {
    Status appended = append(*record);
    if (!appended) return appended;
  }
  return flush();
}

Status read_closure(const Connection& connection, std::span<const StorePath> roots, const engine::DerivationReader::Known& known,
                    const engine::DerivationReader::Sink& sink) {
  Result<Closure> closure = Closure::open(connection);
  if (!closure) return fail(closure.error());
  Status collected = closure->collect(roots, known);
  if (!collected) return collected;
  return closure->hand_out(sink);
}

}  // namespace ekaci::db
