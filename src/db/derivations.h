#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"
#include "db/connection.h"
#include "engine/ports.h"
#include "model/evaluation.h"

namespace ekaci::db {

/// A stored derivation's number; larger than those of all its inputs.
using DerivationId = StrongId<struct DerivationIdTag, std::int64_t>;

/// encode_id_list() of derivations: the bytes of `derivation.inputs` and `evaluation.roots`, see migrations.cc.
std::string encode_ids(const std::vector<DerivationId>& ids);
/// Fails with corrupt on what encode_ids() cannot have written.
Result<std::vector<DerivationId>> decode_ids(std::string_view bytes);

/// Looks derivations up by path. Used within the life of its connection, by its thread.
class DerivationIndex {
 public:
  static Result<DerivationIndex> open(const Connection& connection);
  Result<std::optional<DerivationId>> find(const StorePath& path);

 private:
  explicit DerivationIndex(Statement by_hash) : by_hash_(std::move(by_hash)) {}
  Statement by_hash_;
};

/// Stores derivations that are not stored yet, in an order in which inputs come before their users, in chunks of about
/// `chunk_size` bytes before compression. To be used within a writing transaction.
class DerivationWriter {
 public:
  static constexpr std::size_t kChunkSize = std::size_t{1} << 20U;

  static Result<DerivationWriter> begin(const Connection& connection);
  /// Given or stored: every input. Otherwise, and for a cycle, fails with invalid_argument.
  Status add(std::span<const DerivationRecord> records);
  /// Of a derivation that add() was given or that was stored before.
  Result<std::optional<DerivationId>> find(const StorePath& path);

 private:
  struct Row {
    const DerivationRecord* record;
    DerivationId id;
    std::string inputs;
    std::size_t start;
  };
  DerivationWriter(DerivationIndex index, Statement add_chunk, Statement add_row, std::int64_t last_id)
      : index_(std::move(index)), add_chunk_(std::move(add_chunk)), add_row_(std::move(add_row)), last_id_(last_id) {}
  Result<std::vector<const DerivationRecord*>> in_order(std::span<const DerivationRecord> records);
  Status append(const DerivationRecord& record);
  Status flush();

  DerivationIndex index_;
  Statement add_chunk_;
  Statement add_row_;
  std::int64_t last_id_;
  std::unordered_map<StorePath, DerivationId> found_;
  std::string chunk_;
  std::vector<Row> rows_;  ///< of chunk_
};

/// What engine::DerivationReader::read_closure() says, from a snapshot that the caller has begun.
Status read_closure(const Connection& connection, std::span<const StorePath> roots, const engine::DerivationReader::Known& known,
                    const engine::DerivationReader::Sink& sink);

}  // namespace ekaci::db
