#include "retention/plan.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace ekaci::retention {
namespace {

struct Candidate {
  Kind kind;
  const Item* item;
  auto operator<=>(const Candidate& other) const {
    return std::tie(item->used, kind, item->name) <=> std::tie(other.item->used, other.kind, other.item->name);
  }
};

/// The time up to which all stocks show what they have; nullopt where they show all of it.
std::optional<Clock::Wall> horizon_of(const std::vector<Stock>& stocks) {
  std::optional<Clock::Wall> horizon;
  for (const Stock& stock : stocks) {
    if (stock.is_complete) continue;
    Clock::Wall last = Clock::Wall::min();
    for (const Item& item : stock.items) last = std::max(last, item.used);
    horizon = std::min(horizon.value_or(last), last);
  }
  return horizon;
}

bool is_too_old(const Candidate& candidate, const Ages& ages, Clock::Wall now) {
  const auto age = ages.find(candidate.kind);
  return age != ages.end() && now - candidate.item->used > age->second;
}

std::vector<Candidate> droppable(const std::vector<Stock>& stocks) {
  std::vector<Candidate> found;
  for (const Stock& stock : stocks) {
    for (const Item& item : stock.items) {
      if (!item.in_use) found.push_back({stock.kind, &item});
    }
  }
  std::ranges::sort(found, [](const Candidate& a, const Candidate& b) { return a < b; });
  return found;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::trees:
      return "trees";
    case Kind::inputs:
      return "inputs";
    case Kind::mirrors:
      return "mirrors";
    case Kind::logs:
      return "logs";
    case Kind::attempts:
      return "attempts";
    case Kind::evaluations:
      return "evaluations";
    case Kind::sizes:
      return "sizes";
    case Kind::reviews:
      break;
  }
  return "reviews";
}

std::string_view to_string(Reason reason) { return reason == Reason::age ? "age" : "budget"; }

std::vector<Drop> plan(const std::vector<Stock>& stocks, const Ages& ages, std::uint64_t excess, Clock::Wall now) {
  const std::vector<Candidate> candidates = droppable(stocks);
  std::vector<Drop> drops;
  std::uint64_t freed = 0;
  for (const Candidate& candidate : candidates) {
    if (!is_too_old(candidate, ages, now)) continue;
    drops.push_back({candidate.kind, *candidate.item, Reason::age});
    freed += candidate.item->bytes;
  }
  const std::optional<Clock::Wall> horizon = horizon_of(stocks);
  // What is too old and not in sight yet will count for the budget, too.
  if (horizon && !drops.empty()) return drops;
  for (const Candidate& candidate : candidates) {
    if (freed >= excess || (horizon && candidate.item->used > *horizon)) break;
    if (is_too_old(candidate, ages, now)) continue;
    drops.push_back({candidate.kind, *candidate.item, Reason::budget});
    freed += candidate.item->bytes;
  }
  return drops;
}

}  // namespace ekaci::retention
