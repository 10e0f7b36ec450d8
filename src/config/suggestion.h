#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace ekaci::config {

/// The known word that a misspelt one is nearest to; nullopt where none is near enough to be meant.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace ekaci::config
