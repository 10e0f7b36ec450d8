#include "review/reach.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace ekaci::review {
namespace {

using Number = NewNodes::Number;

constexpr std::size_t kWordBits = 64;

template <std::size_t Words>
using Bits = std::array<std::uint64_t, Words>;

/// Counts for each bit in how many of the sets given it was. Holds the low eight digits of all counts crosswise: a plane has one
/// digit of each, so that adding a set is a few operations for all its bits together.
template <std::size_t Words>
class BitCounts {
 public:
  void add(Bits<Words> carry) {
    for (Bits<Words>& plane : planes_) {
      std::uint64_t left = 0;
      for (std::size_t word = 0; word < Words; ++word) {
        const std::uint64_t both = plane[word] & carry[word];
        plane[word] ^= carry[word];
        carry[word] = both;
        left |= both;
      }
      if (left == 0) break;
    }
    if (++pending_ == kMostPending) flush();
  }

  std::uint64_t total(std::size_t bit) {
    flush();
    return totals_[bit];
  }

 private:
  static constexpr std::size_t kPlanes = 8;
  static constexpr std::uint32_t kMostPending = (1U << kPlanes) - 1;

  void flush() {
    if (pending_ == 0) return;
    for (std::size_t bit = 0; bit < totals_.size(); ++bit) {
      for (std::size_t plane = 0; plane < kPlanes; ++plane) {
        totals_[bit] += ((planes_[plane][bit / kWordBits] >> (bit % kWordBits)) & 1U) << plane;
      }
    }
    planes_ = {};
    pending_ = 0;
  }

  std::array<Bits<Words>, kPlanes> planes_{};
  std::uint32_t pending_ = 0;
  std::array<std::uint64_t, Words * kWordBits> totals_{};
};

/// Sends a batch of sources up the graph.
template <std::size_t Words>
class Pass {
 public:
  static constexpr std::size_t kSources = Words * kWordBits;

  Pass(const NewNodes& nodes, std::span<const std::uint32_t> attributes)
      : nodes_(nodes), attributes_(attributes), below_(nodes.size()), is_reached_(nodes.size()) {}

  /// `batch` holds positions in `sources`, at least one and at most kSources.
  void run(std::span<const std::size_t> batch, std::span<const Number> sources, std::vector<Reach>& reaches) {
    std::ranges::fill(is_reached_, std::uint8_t{0});
    Number lowest = nodes_.size();
    for (std::size_t bit = 0; bit < batch.size(); ++bit) {
      const Number source = sources[batch[bit]];
      Bits<Words>& bits = reach(source);
      bits[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
      lowest = std::min(lowest, source);
    }
    BitCounts<Words> derivations;
    BitCounts<Words> attributes;
    for (Number n = lowest; n < nodes_.size(); ++n) {
      gather(n);
      if (is_reached_[n] == 0) continue;
      derivations.add(below_[n]);
      for (std::uint32_t times = attributes_[n]; times > 0; --times) attributes.add(below_[n]);
    }
    for (std::size_t bit = 0; bit < batch.size(); ++bit) {
      reaches[batch[bit]] = {.attributes = attributes.total(bit), .derivations = derivations.total(bit)};
    }
  }

 private:
  Bits<Words>& reach(Number n) {
    if (is_reached_[n] == 0) below_[n] = {};
    is_reached_[n] = 1;
    return below_[n];
  }

  void gather(Number n) {
    for (const Number input : nodes_.inputs(n)) {
      if (is_reached_[input] == 0) continue;
      Bits<Words>& bits = reach(n);
      for (std::size_t word = 0; word < Words; ++word) bits[word] |= below_[input][word];
    }
  }

  const NewNodes& nodes_;
  std::span<const std::uint32_t> attributes_;
  std::vector<Bits<Words>> below_;  ///< which sources a node is built from; meaningless where it is not reached
  std::vector<std::uint8_t> is_reached_;
};

template <std::size_t Words>
std::vector<Reach> reach_in_passes(const NewNodes& nodes, std::span<const Number> sources, std::span<const std::uint32_t> attributes) {
  std::vector<Reach> reaches(sources.size());
  std::vector<std::size_t> order(sources.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Neighbours together: the higher the lowest of a batch, the shorter its pass.
  std::ranges::sort(order, {}, [&](std::size_t position) { return sources[position]; });
  Pass<Words> pass(nodes, attributes);
  for (std::size_t first = 0; first < order.size(); first += pass.kSources) {
    pass.run(std::span(order).subspan(first, std::min(pass.kSources, order.size() - first)), sources, reaches);
  }
  return reaches;
}

}  // namespace

std::vector<Reach> reach_of(const NewNodes& nodes, std::span<const Number> sources, std::span<const std::uint32_t> attributes) {
  return sources.size() <= kWordBits ? reach_in_passes<1>(nodes, sources, attributes) : reach_in_passes<8>(nodes, sources, attributes);
}

}  // namespace ekaci::review
