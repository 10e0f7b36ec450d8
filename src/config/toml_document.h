#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci::config {

/// What a TOML value can be, as messages name it: `a string`. The kind `time` is any of TOML's dates and times.
enum class TomlKind { boolean, integer, number, string, time, array, table };
std::string_view to_string(TomlKind kind);

/// Where something begins in a text: from 1; a column is a Unicode character.
struct TomlPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const TomlPlace&, const TomlPlace&) = default;
};

/// A TOML value that knows where it stands in its text.
struct TomlValue {
  TomlKind kind = TomlKind::table;
  TomlPlace place{};
  bool boolean = false;               ///< where kind is boolean
  std::int64_t integer = 0;           ///< where kind is integer
  std::string text{};                 ///< where kind is string: UTF-8
  std::vector<TomlValue> children{};  ///< an array's elements or a table's members, in the text's order
  std::string key{};                  ///< of a member: its name, unique in the table
  TomlPlace key_place{};              ///< of a member: of its name

  /// A table's member; nullptr where it has none of that name.
  [[nodiscard]] const TomlValue* find(std::string_view name) const;
};

/// `<file>:<line>:<column>: <message>`, invalid_argument.
Failure error_at(std::string_view file, TomlPlace place, std::string_view message);

/// Reads one TOML 1.0 document. Refuses, beside what is no TOML: more than 1 MiB, and more than 2000 dots, for each could be a table in
/// a table. All errors are invalid_argument and say where; they repeat keys, but no value.
Result<TomlValue> parse_toml(std::string_view text, std::string_view file);

}  // namespace ekaci::config
