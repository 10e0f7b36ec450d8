#include "drv/equal_paths.h"

#include <algorithm>
#include <utility>

#include "model/rebuild.h"

namespace ekaci::drv {
namespace {

constexpr std::string_view kPrefix = "/nix/store/";
constexpr std::size_t kHashCharacters = 32;
/// How much of a long text is shown before its first difference.
constexpr std::size_t kContext = 400;
constexpr std::string_view kEllipsis = "…";

bool is_name_character(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("+-._?=").find(c) != std::string_view::npos;
}

std::string_view leading_name(std::string_view text) {
  const auto* const end = std::ranges::find_if_not(text, is_name_character);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

/// The nearest beginning of a character at or before `at`; `at` itself where there is no UTF-8.
std::size_t character_start(std::string_view text, std::size_t at) {
  std::size_t start = at;
  while (start > 0 && at - start < 3 && start < text.size() && is_continuation(text[start])) --start;
  return start < text.size() && is_continuation(text[start]) ? at : start;
}

}  // namespace

std::uint32_t EqualPaths::root(std::uint32_t group) const {
  while (groups_[group].whole != group) group = groups_[group].whole;
  return group;
}

std::uint32_t EqualPaths::new_group() {
  const auto group = static_cast<std::uint32_t>(groups_.size());
  groups_.push_back({.whole = group});
  return group;
}

void EqualPaths::join(std::uint32_t one, std::uint32_t other) {
  std::uint32_t small = root(one);
  std::uint32_t large = root(other);
  if (small == large) return;
  // The smaller below the larger: however they come, no chain gets long.
  if (groups_[small].size > groups_[large].size) std::swap(small, large);
  groups_[small].whole = large;
  groups_[large].size += groups_[small].size;
}

void EqualPaths::add(const StorePath& base, const StorePath& head) {
  const std::uint32_t group = new_group();
  join(group, base_.by_hash.try_emplace(to_nix_base32(base.hash()), Exact{base.name(), group}).first->second.group);
  join(group, head_.by_hash.try_emplace(to_nix_base32(head.hash()), Exact{head.name(), group}).first->second.group);
}

void EqualPaths::add_named(const std::string& base, const std::string& head) {
  const std::uint32_t group = new_group();
  join(group, base_.by_name.try_emplace(base, group).first->second);
  join(group, head_.by_name.try_emplace(head, group).first->second);
}

std::optional<RecognisedPath> EqualPaths::recognise(Side side, std::string_view text) const {
  if (groups_.empty() || !text.starts_with(kPrefix)) return std::nullopt;
  const std::string_view base_name = text.substr(kPrefix.size());
  if (base_name.size() <= kHashCharacters || base_name[kHashCharacters] != '-') return std::nullopt;
  const std::string_view behind_hash = base_name.substr(kHashCharacters + 1);
  const std::size_t before_name = kPrefix.size() + kHashCharacters + 1;
  const Known& paths = known(side);
  const auto exact = paths.by_hash.find(std::string(base_name.substr(0, kHashCharacters)));
  if (exact != paths.by_hash.end() && behind_hash.starts_with(exact->second.name)) {
    return RecognisedPath{.group = root(exact->second.group), .length = before_name + exact->second.name.size()};
  }
  const std::string_view name = leading_name(behind_hash);
  const auto named = paths.by_name.find(std::string(name));
  if (named == paths.by_name.end() || !StorePathView::parse_base_name(base_name.substr(0, kHashCharacters + 1 + name.size()))) {
    return std::nullopt;
  }
  return RecognisedPath{.group = root(named->second), .length = before_name + name.size()};
}

std::optional<FirstDifference> first_difference(std::string_view base, std::string_view head, const EqualPaths& paths) {
  if (base == head) return std::nullopt;
  FirstDifference at;
  while (at.base < base.size() && at.head < head.size()) {
    if (base[at.base] != head[at.head]) return at;
    if (base[at.base] == '/') {
      const auto left = paths.recognise(EqualPaths::Side::base, base.substr(at.base));
      const auto right = paths.recognise(EqualPaths::Side::head, head.substr(at.head));
      if (left && right && left->group == right->group) {
        at.base += left->length;
        at.head += right->length;
        continue;
      }
    }
    ++at.base;
    ++at.head;
  }
  if (at.base == base.size() && at.head == head.size()) return std::nullopt;
  return at;
}

std::string excerpt(std::string_view text, std::size_t at) {
  constexpr std::size_t kMost = TextDifference::kMaxText;
  if (text.size() <= kMost) return std::string(text);
  constexpr std::size_t kShown = kMost - 2 * kEllipsis.size();
  std::size_t begin = std::min(at > kContext ? at - kContext : 0, text.size() - kShown);
  begin = character_start(text, begin);
  const std::size_t end = begin + kShown >= text.size() ? text.size() : character_start(text, begin + kShown);
  std::string shown(begin > 0 ? kEllipsis : "");
  shown += text.substr(begin, end - begin);
  if (end < text.size()) shown += kEllipsis;
  return shown;
}

}  // namespace ekaci::drv
