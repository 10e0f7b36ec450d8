#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci::config {

/// What a JSON value can be, as messages name it: `a string`.
enum class JsonKind { null, boolean, number, string, array, object };
std::string_view to_string(JsonKind kind);

/// A JSON value that knows where it stands in its text.
struct JsonValue {
  JsonKind kind = JsonKind::null;
  std::size_t offset = 0;             ///< of its first byte
  bool boolean = false;               ///< where kind is boolean
  double number = 0;                  ///< where kind is number: the nearest there is; always finite
  std::string text{};                 ///< where kind is string: unescaped UTF-8
  std::vector<JsonValue> children{};  ///< an array's elements or an object's members, in the text's order
  std::string key{};                  ///< of a member: its name, unique in the object
  std::size_t key_offset = 0;         ///< of a member: of its name's first byte

  /// An object's member; nullptr where it has none of that name.
  [[nodiscard]] const JsonValue* find(std::string_view name) const;
};

/// A text with its name, for messages that say where: `<file>:<line>:<column>: …`. Views; the owner outlives it.
class JsonSource {
 public:
  JsonSource(std::string_view text, std::string_view file) : text_(text), file_(file) {}
  [[nodiscard]] std::string_view text() const { return text_; }
  /// Lines and columns count from 1; a column is a Unicode character.
  [[nodiscard]] Failure error_at(std::size_t offset, std::string_view message) const;

 private:
  std::string_view text_;
  std::string_view file_;
};

/// Reads one JSON text (RFC 8259, no extensions). Refuses, beside what is no JSON: more than 1 MiB, more than 32 levels, a key
/// twice in an object, more than 2000 members or elements in one value, a number that is no finite double. All errors are invalid_argument
/// and say where.
Result<JsonValue> parse_json(const JsonSource& source);

}  // namespace ekaci::config
