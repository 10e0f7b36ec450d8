#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::review {

/// A number with its thousands set apart: `12,345`.
std::string grouped(std::uint64_t number);

/// A number and what is counted: `1 attribute`, `12,345 attributes`. For nouns whose plural ends in s.
std::string counted(std::uint64_t number, std::string_view noun);

/// A count and a verb that agrees: `1 attribute is`, `2 attributes are`. `verbs` holds the singular and the plural, with a slash.
std::string counted(std::uint64_t number, std::string_view noun, std::string_view verbs);

/// What something takes on disk, to compare with another: `512 B`, `34.4 MiB`, always with one decimal from KiB on.
std::string size_text(std::uint64_t bytes);

/// The first `limit` of the texts and how many follow: `a, b and 3 more`. Strangers' text is made printable.
std::string enumerated(const std::vector<std::string>& texts, std::size_t limit);

}  // namespace ekaci::review
