#include "config/toml_document.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

// The library asserts of a header's key what it only checks afterwards (parse_key, of `[=`): that would end us, or, with NDEBUG, be taken
// by the compiler for true. Without either its checks do what they are for.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)  // NOLINT(cppcoreguidelines-macro-usage): how the library is told
#define TOML_EXCEPTIONS 0                            // NOLINT(cppcoreguidelines-macro-usage): how the library is told
#define TOML_ENABLE_FORMATTERS 0                     // NOLINT(cppcoreguidelines-macro-usage): as above
#include <toml++/toml.h>

namespace ekaci::config {
namespace {

constexpr std::size_t kLargestText = std::size_t{1} << 20U;
/// The library bounds how deep values stand in each other, but not the tables of dotted keys; it frees them by recursion.
constexpr std::ptrdiff_t kMostDots = 2000;
constexpr std::size_t kLongestReason = 200;
/// Longer quotations in the library's messages are of values.
constexpr std::size_t kLongestQuotation = 12;

TomlPlace place_of(const toml::source_position& position) {
  return {.line = std::max<std::uint32_t>(position.line, 1), .column = std::max<std::uint32_t>(position.column, 1)};
}

TomlKind kind_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::boolean:
      return TomlKind::boolean;
    case toml::node_type::integer:
      return TomlKind::integer;
    case toml::node_type::floating_point:
      return TomlKind::number;
    case toml::node_type::string:
      return TomlKind::string;
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return TomlKind::time;
    case toml::node_type::array:
      return TomlKind::array;
    case toml::node_type::none:
    case toml::node_type::table:
      return TomlKind::table;
  }
  return TomlKind::table;
}

TomlValue converted(const toml::node& node);

std::vector<TomlValue> members_of(const toml::table& table) {
  std::vector<TomlValue> members;
  for (const auto& [key, node] : table) {
    TomlValue& member = members.emplace_back(converted(node));
    member.key = key.str();
    member.key_place = place_of(key.source().begin);
  }
  // The library sorts by name.
  std::ranges::sort(members, {}, [](const TomlValue& member) { return std::pair(member.key_place, std::string_view(member.key)); });
  return members;
}

TomlValue converted(const toml::node& node) {
  TomlValue value{.kind = kind_of(node.type()), .place = place_of(node.source().begin)};
  if (const auto* const boolean = node.as_boolean()) value.boolean = boolean->get();
  if (const auto* const integer = node.as_integer()) value.integer = integer->get();
  if (const auto* const string = node.as_string()) value.text = string->get();
  if (const auto* const table = node.as_table()) value.children = members_of(*table);
  if (const auto* const array = node.as_array()) {
    for (const toml::node& element : *array) value.children.push_back(converted(element));
  }
  return value;
}

/// The library's reason without what it may quote of a value: what was to be a reference to a secret may be the secret.
std::string reason_of(std::string_view description) {
  const std::string line = printable_line(description);
  const std::size_t first = line.find('\'');
  const std::size_t last = line.rfind('\'');
  const bool is_of_key = line.find("redefine") != std::string::npos;
  if (is_of_key || first == last || last - first <= kLongestQuotation) return clip(line, kLongestReason);
  return clip(line.substr(0, first + 1) + "…" + line.substr(last), kLongestReason);
}

}  // namespace

std::string_view to_string(TomlKind kind) {
  switch (kind) {
    case TomlKind::boolean:
      return "true or false";
    case TomlKind::integer:
      return "an integer";
    case TomlKind::number:
      return "a number with a fraction";
    case TomlKind::string:
      return "a string";
    case TomlKind::time:
      return "a date or time";
    case TomlKind::array:
      return "an array";
    case TomlKind::table:
      return "a table";
  }
  return "a value";
}

const TomlValue* TomlValue::find(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &TomlValue::key);
  return found == children.end() ? nullptr : &*found;
}

Failure error_at(std::string_view file, TomlPlace place, std::string_view message) {
  return fail(ErrorCode::invalid_argument, "{}:{}:{}: {}", printable_line(file), place.line, place.column, message);
}

Result<TomlValue> parse_toml(std::string_view text, std::string_view file) {
  if (text.size() > kLargestText) {
    return error_at(file, {}, fmt::format("the file has {} bytes; at most {} are read", text.size(), kLargestText));
  }
  if (std::ranges::count(text, '.') > kMostDots) {
    return error_at(file, {}, fmt::format("the file has more than {} dots: tables could be too deep", kMostDots));
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return error_at(file, place_of(error.source().begin), fmt::format("not TOML: {}", reason_of(error.description())));
  }
  return converted(parsed.table());
}

}  // namespace ekaci::config
