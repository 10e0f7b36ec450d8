#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace ekaci {

/// A place in the reviewed tree, as the evaluator named it.
struct SourcePosition {
  std::string file;  ///< relative to the tree's root; hostile text
  std::uint32_t line = 0;
  std::uint32_t column = 0;  ///< 0 where only the line is known
  friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

}  // namespace ekaci
