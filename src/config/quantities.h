#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ekaci::config {

/// A number of bytes: `8GiB`, or `8G` for short, `512MiB`, `4KiB`, `1TiB`, or digits alone. Powers of 1024; no sign, blank or fraction.
/// nullopt for all else, and for more than 64 bits hold.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// A size as parse_size() reads it, in the largest unit that it is whole in: `8GiB`.
std::string size_text(std::uint64_t bytes);

/// A whole number and its unit: `90s`, `15m`, `2h`, `7d`; no sign, blank or fraction. nullopt for all else, and for more than a
/// thousand years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// A duration that is not negative, as parse_duration() reads it, in the largest unit that it is whole in: `15m`.
std::string duration_text(std::chrono::seconds duration);

}  // namespace ekaci::config
