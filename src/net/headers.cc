#include "net/headers.h"

#include <algorithm>
#include <utility>

namespace ekaci::net {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z'); }

bool is_token_character(char c) { return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; }

bool is_value_character(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'); }

}  // namespace

void Headers::add(std::string name, std::string value) { fields_.push_back({.name = std::move(name), .value = std::move(value)}); }

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return is_equal_ignoring_case(field.name, name); });
  add(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const auto field = std::ranges::find_if(fields_, [&](const Field& each) { return is_equal_ignoring_case(each.name, name); });
  if (field == fields_.end()) return std::nullopt;
  return field->value;
}

std::vector<std::string_view> Headers::find_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field& field : fields_) {
    if (is_equal_ignoring_case(field.name, name)) values.emplace_back(field.value);
  }
  return values;
}

std::optional<std::string> Headers::joined(std::string_view name) const {
  std::optional<std::string> list;
  for (const std::string_view value : find_all(name)) {
    if (list) list->append(", ");
    list = list.value_or(std::string()).append(value);
  }
  return list;
}

bool is_equal_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, to_lower, to_lower); }

bool is_sendable(const Field& field) {
  return !field.name.empty() && std::ranges::all_of(field.name, is_token_character) && std::ranges::all_of(field.value, is_value_character);
}

}  // namespace ekaci::net
