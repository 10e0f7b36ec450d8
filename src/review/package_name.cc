#include "review/package_name.h"

#include <algorithm>
#include <array>

namespace ekaci::review {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOutputNames{"bin"sv,   "debug"sv,   "dev"sv,  "devdoc"sv, "devman"sv,         "dist"sv,
                                  "doc"sv,   "include"sv, "info"sv, "lib"sv,    "installedTests"sv, "lib32"sv,
                                  "lib64"sv, "man"sv,     "out"sv,  "static"sv};

std::string_view without_output(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return name;
  const bool is_output = std::ranges::find(kOutputNames, name.substr(dash + 1)) != kOutputNames.end();
  return is_output ? name.substr(0, dash) : name;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == '.' || c == '-'; }

/// Takes the first component off: a number, or what is neither number nor separator. Empty at the end.
std::string_view take_component(std::string_view& version) {
  version.remove_prefix(static_cast<std::size_t>(std::ranges::find_if_not(version, is_separator) - version.begin()));
  if (version.empty()) return version;
  const bool is_number = is_digit(version.front());
  const auto* const end = std::ranges::find_if(version, [is_number](char c) { return is_separator(c) || is_digit(c) != is_number; });
  const std::string_view component = version.substr(0, static_cast<std::size_t>(end - version.begin()));
  version.remove_prefix(component.size());
  return component;
}

/// What sorts first: `pre`, the end, other words, numbers.
int rank(std::string_view component) {
  if (component == "pre") return 0;
  if (component.empty()) return 1;
  return is_digit(component.front()) ? 3 : 2;
}

std::strong_ordering compare_numbers(std::string_view left, std::string_view right) {
  const auto significant = [](std::string_view number) { return number.substr(std::min(number.find_first_not_of('0'), number.size())); };
  const std::string_view one = significant(left);
  const std::string_view other = significant(right);
  if (one.size() != other.size()) return one.size() <=> other.size();
  return one.compare(other) <=> 0;
}

std::strong_ordering compare_components(std::string_view left, std::string_view right) {
  if (rank(left) != rank(right)) return rank(left) <=> rank(right);
  if (rank(left) == 3) return compare_numbers(left, right);
  return left.compare(right) <=> 0;
}

}  // namespace

DerivationName package_of(std::string_view store_path_name) { return split_derivation_name(without_output(store_path_name)); }

std::strong_ordering compare_versions(std::string_view left, std::string_view right) {
  std::string_view one = left;
  std::string_view other = right;
  while (!one.empty() || !other.empty()) {
    const std::string_view component = take_component(one);
    const auto order = compare_components(component, take_component(other));
    if (order != std::strong_ordering::equal) return order;
  }
  return left.compare(right) <=> 0;
}

}  // namespace ekaci::review
