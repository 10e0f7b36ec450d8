#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace ekaci::graph {

/// An array that only grows and whose items never move, in chunks of 2^bits items. A copy is cheap, shares the items that were
/// there when it was made, and stays valid and unchanged while the original grows on another thread: the original writes only
/// behind what the copy may read.
///
/// Items appended together lie together, so a chunk's end may stay empty: positions are places, not counts.
template <class T>
class ChunkedArray {
 public:
  explicit ChunkedArray(unsigned bits) : bits_(bits) {}

  /// Where the next items would be looked for.
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] const T& operator[](std::uint32_t position) const { return chunks_[position >> bits_][position & mask()]; }
  [[nodiscard]] std::span<const T> span(std::uint32_t position, std::uint32_t count) const {
    return count == 0 ? std::span<const T>() : std::span<const T>(&(*this)[position], count);
  }

  /// Whether so many items, appended together, would end at or before `limit`, which is never above 2^32 - 1.
  [[nodiscard]] bool has_room(std::size_t count, std::uint32_t limit) const { return place_for(count) + count <= limit; }

  /// Appends at most 2^bits items, for which there must be room, and says where they lie.
  std::uint32_t append(std::span<const T> items) {
    const auto position = static_cast<std::uint32_t>(place_for(items.size()));
    if (items.empty()) return position;
    const std::size_t chunk = position >> bits_;
    if (chunk == chunks_.size()) chunks_.push_back(std::make_shared<Items>(chunk_size()));
    std::ranges::copy(items, &chunks_[chunk][position & mask()]);
    size_ = position + static_cast<std::uint32_t>(items.size());
    return position;
  }

  [[nodiscard]] std::size_t memory_bytes() const { return chunks_.size() * chunk_size() * sizeof(T); }

 private:
  using Items = T[];  // NOLINT(*-avoid-c-arrays): how shared_ptr is told that it owns an array

  [[nodiscard]] std::size_t chunk_size() const { return std::size_t{1} << bits_; }
  [[nodiscard]] std::uint32_t mask() const { return static_cast<std::uint32_t>(chunk_size() - 1); }
  [[nodiscard]] std::uint64_t place_for(std::size_t count) const {
    const std::uint64_t left = (chunk_size() - (size_ & mask())) & mask();
    return std::uint64_t{size_} + (count > left ? left : 0);
  }

  unsigned bits_;
  std::uint32_t size_ = 0;
  std::vector<std::shared_ptr<Items>> chunks_;
};

}  // namespace ekaci::graph
