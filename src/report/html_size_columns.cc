#include "report/html_size_columns.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/facts_sizes.h"

namespace ekaci::report {
namespace {

/// `30.1 MiB → 34.4 MiB, +4.2 MiB (+14.2 %)`; empty where neither side is known.
std::string closure_in_words(const Change& change) {
  if (!change.size || (!change.size->closure.base && !change.size->closure.head)) return {};
  const SizePair& closure = change.size->closure;
  const std::optional<std::int64_t> grown_by = closure_growth(closure);
  return sides_in_words(closure) + (grown_by ? ", " + growth_in_words(*grown_by, closure.base) : "");
}

/// How much a closure grows, and from what.
struct Growth {
  std::int64_t bytes = 0;
  std::optional<std::uint64_t> base{};
};

/// Of the place where the closure differs most; nullopt where it is known nowhere.
std::optional<Growth> largest_growth(const std::vector<const Located*>& found) {
  std::optional<Growth> most;
  for (const Located* one : found) {
    if (!one->change->size) continue;
    const SizePair& closure = one->change->size->closure;
    const std::optional<std::int64_t> grown_by = closure_growth(closure);
    if (!grown_by || (most && magnitude(*grown_by) <= magnitude(most->bytes))) continue;
    most = Growth{*grown_by, closure.base};
  }
  return most;
}

}  // namespace

void SizeColumns::add(const std::vector<const Located*>& found, Numbered<std::string>& texts) {
  const std::optional<Growth> most = largest_growth(found);
  grown_.push_back(most ? std::optional(most->bytes) : std::nullopt);
  growth_.push_back(most ? texts(growth_in_words(most->bytes, most->base)) : kNone);
  std::string words;
  const bool is_alike = std::ranges::all_of(
      found, [&found](const Located* one) { return closure_in_words(*one->change) == closure_in_words(*found.front()->change); });
  for (const Located* one : found) {
    const std::string closure = closure_in_words(*one->change);
    if (closure.empty() || (is_alike && !words.empty())) continue;
    words += fmt::format("{}{}{}", words.empty() ? "" : "; ", closure, is_alike ? "" : " on " + places_.at(one->place));
  }
  closure_.push_back(words.empty() ? kNone : texts(words));
}

std::vector<std::string> SizeColumns::members() const {
  if (std::ranges::all_of(closure_, [](std::int64_t text) { return text == kNone; })) return {};
  std::vector<std::string> grown;
  grown.reserve(grown_.size());
  for (const std::optional<std::int64_t>& one : grown_) grown.push_back(one ? std::to_string(*one) : "null");
  return {member("grown", joined(grown, '[', ']')), member("growth", array_of(growth_)), member("closure", array_of(closure_))};
}

}  // namespace ekaci::report
