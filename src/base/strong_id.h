#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace ekaci {

/// An integer that cannot be mixed up with another: `using NodeId = StrongId<struct NodeIdTag, std::uint32_t>;`.
template <class Tag, class Integer>
struct StrongId {
  Integer value{};

  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace ekaci

template <class Tag, class Integer>
struct std::hash<ekaci::StrongId<Tag, Integer>> {  // NOLINT(cert-dcl58-cpp): a specialisation for a type of ours is allowed
  std::size_t operator()(ekaci::StrongId<Tag, Integer> id) const noexcept { return std::hash<Integer>{}(id.value); }
};
