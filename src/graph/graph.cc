#include "graph/graph.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace ekaci::graph {
namespace {

/// The longest name of a store path is 211 characters; its length is kept in a byte before it.
using NameBuffer = std::array<char, 1 + 255>;

}  // namespace

std::string_view Snapshot::name(NodeId node) const {
  const std::uint32_t at = nodes_[node.value].name;
  const auto length = static_cast<unsigned char>(names_[at]);
  const std::span<const char> stored = names_.span(at, 1U + length).subspan(1);
  return {stored.data(), stored.size()};
}

StorePath Snapshot::path(NodeId node) const { return StorePath::from_parts(hash(node), name(node)).value(); }

Result<NodeId> Graph::add(const StorePath& path, std::span<const NodeId> inputs) {
  row_.assign(inputs.begin(), inputs.end());
  std::ranges::sort(row_);
  const auto doubles = std::ranges::unique(row_);
  row_.erase(doubles.begin(), doubles.end());
  if (!row_.empty() && row_.back().value >= nodes_.size()) {
    return fail(ErrorCode::invalid_argument, "an input of {} is number {} of a graph of {}", path.to_string(), row_.back().value,
                nodes_.size());
  }
  if (const std::optional<NodeId> found = find(path)) {
    if (is_same(*found, path)) return *found;
    return fail(ErrorCode::conflict, "{} is known already as {} with {} inputs; this one has {}", path.to_string(), nodes_.name(*found),
                nodes_.inputs(*found).size(), row_.size());
  }
  if (const Status room = check_room(path); !room) return fail(room.error());
  return append(path);
}

Result<NodeId> Graph::add(const DerivationRecord& record) {
  std::vector<NodeId> inputs;
  inputs.reserve(record.input_derivations.size());
  for (const StorePath& input : record.input_derivations) {
    const std::optional<NodeId> found = find(input);
    if (!found) return fail(ErrorCode::not_found, "{} needs {}, which was not added before it", record.path.to_string(), input.to_string());
    inputs.push_back(*found);
  }
  return add(record.path, inputs);
}

std::optional<NodeId> Graph::find(const StoreHash& hash) const {
  const std::uint32_t entry = index_[slot_of(hash)];
  if (entry == 0) return std::nullopt;
  return NodeId{entry - 1};
}

std::size_t Graph::memory_bytes() const {
  return nodes_.nodes_.memory_bytes() + nodes_.edges_.memory_bytes() + nodes_.names_.memory_bytes() +
         index_.capacity() * sizeof(index_[0]) + row_.capacity() * sizeof(row_[0]);
}

bool Graph::is_same(NodeId node, const StorePath& path) const {
  return nodes_.name(node) == path.name() && std::ranges::equal(nodes_.inputs(node), row_);
}

Status Graph::check_room(const StorePath& path) const {
  const bool has_room = nodes_.nodes_.has_room(1, limits_.nodes) && nodes_.edges_.has_room(row_.size(), limits_.edges) &&
                        nodes_.names_.has_room(1 + path.name().size(), limits_.name_bytes);
  if (has_room && row_.size() <= kMaxInputs) return {};
  return fail(ErrorCode::resource_exhausted, "the graph cannot take {} with {} inputs: it has {} nodes and {} edges", path.to_string(),
              row_.size(), nodes_.size(), nodes_.edge_count());
}

/// Where the hash is in the index, or the free slot where it would be.
std::size_t Graph::slot_of(const StoreHash& hash) const {
  // Store hashes are folded SHA-256: any of their bits spread evenly.
  std::size_t start = 0;
  std::memcpy(&start, hash.data(), sizeof start);
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = start & mask;
  while (index_[slot] != 0 && nodes_.hash(NodeId{index_[slot] - 1}) != hash) slot = (slot + 1) & mask;
  return slot;
}

NodeId Graph::append(const StorePath& path) {
  NameBuffer name{};
  name[0] = static_cast<char>(path.name().size());
  std::ranges::copy(path.name(), name.begin() + 1);
  Snapshot::Node node;
  node.hash = path.hash();
  node.name = nodes_.names_.append(std::span(name).first(1 + path.name().size()));
  node.first_input = nodes_.edges_.append(row_);
  node.input_count = static_cast<std::uint32_t>(row_.size());
  const std::size_t slot = slot_of(node.hash);
  const NodeId id{nodes_.nodes_.append({&node, 1})};
  nodes_.edge_count_ += row_.size();
  index_[slot] = id.value + 1;
  if (nodes_.size() > index_.size() / 2) grow_index();
  return id;
}

void Graph::grow_index() {
  index_.assign(index_.size() * 2, 0);
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) index_[slot_of(nodes_.hash(NodeId{n}))] = n + 1;
}

}  // namespace ekaci::graph
