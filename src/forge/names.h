#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace ekaci::forge {

/// The names of an enumeration's values, in the order of their numbers from 0.
template <class Enum, std::size_t Count>
class Names {
 public:
  template <class... Texts>
  explicit constexpr Names(Texts... texts) : texts_{texts...} {}

  [[nodiscard]] constexpr std::string_view of(Enum value) const { return texts_.at(static_cast<std::size_t>(value)); }
  [[nodiscard]] constexpr std::optional<Enum> parse(std::string_view text) const {
    for (std::size_t i = 0; i < Count; ++i) {
      if (texts_.at(i) == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }

 private:
  std::array<std::string_view, Count> texts_;
};

}  // namespace ekaci::forge
