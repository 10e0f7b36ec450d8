#pragma once

#include <compare>
#include <cstdint>
#include <limits>

#include "engine/build_events.h"
#include "model/store_path.h"

namespace ekaci::engine {

/// About how many different things are in a set, in eight bytes that can be united: sixteen registers of four bits, each the
/// longest run of leading zeros that one sixteenth of the members' hashes began with (Flajolet et al., HyperLogLog, 2007). Good to
/// a quarter up to half a million members, which is enough to build first what much depends on.
class Reach {
 public:
  Reach() = default;
  /// One member, known by its hash, whose bits are evenly distributed.
  explicit Reach(const StoreHash& hash);

  void unite(Reach other);
  /// Grows with the estimate; for comparing alone.
  [[nodiscard]] std::uint32_t width() const;
  friend bool operator==(Reach, Reach) = default;

 private:
  std::uint64_t registers_ = 0;
};

/// Why a node should be built soon, gathered from everything above that waits for it. It only ever becomes more urgent.
struct Urgency {
  Reach reach{};            ///< the wanted nodes above
  std::uint32_t above = 0;  ///< milliseconds of the longest chain that can begin when the node is done
  std::uint32_t order = std::numeric_limits<std::uint32_t>::max();  ///< of the first want above
  Priority priority = Priority::base_sizes;

  /// Takes over what a user says that needs `time` milliseconds itself; says whether anything changed. Chains of a later priority
  /// do not count.
  bool absorb(const Urgency& user, std::uint32_t time);
  friend bool operator==(const Urgency&, const Urgency&) = default;
};

/// Where a ready node stands in the queue: the greater is built first.
struct BuildRank {
  Priority priority = Priority::base_sizes;
  std::uint32_t seconds = 0;  ///< of the longest chain that begins with it
  std::uint32_t width = 0;    ///< Reach::width()
  std::uint32_t order = 0;    ///< of being wanted

  friend std::strong_ordering operator<=>(const BuildRank& left, const BuildRank& right);
  friend bool operator==(const BuildRank&, const BuildRank&) = default;
};

}  // namespace ekaci::engine
