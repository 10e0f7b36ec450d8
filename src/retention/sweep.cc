#include "retention/sweep.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

namespace ekaci::retention {
namespace {

/// Listed at once, of one kind: about 10 MB.
constexpr std::size_t kListed = 100'000;
/// Dropped at once: a transaction of some milliseconds.
constexpr std::size_t kBatch = 200;
/// More of them follow only where things come as fast as they go.
constexpr int kMostRounds = 1000;

Result<std::vector<Stock>> list_all(const SweepWorld& world, std::size_t most) {
  std::vector<Stock> stocks;
  for (Shelf* shelf : world.shelves) {
    Result<Stock> stock = shelf->list(most);
    if (!stock) return fail(stock.error(), fmt::format("looking through {}", to_string(shelf->kind())));
    stocks.push_back(std::move(*stock));
  }
  return stocks;
}

void count(std::vector<SweptLine>& lines, Kind kind, Reason why, const Item& item) {
  const auto is_its = [&](const SweptLine& line) { return line.kind == kind && line.why == why; };
  auto line = std::ranges::find_if(lines, is_its);
  if (line == lines.end()) line = lines.insert(line, {.kind = kind, .why = why});
  line->count += item.count;
  line->bytes += item.bytes;
}

void sort(std::vector<SweptLine>& lines) {
  std::ranges::sort(lines, {}, [](const SweptLine& line) { return std::pair(line.kind, line.why); });
}

std::uint64_t total(const std::vector<SweptLine>& lines) {
  std::uint64_t bytes = 0;
  for (const SweptLine& line : lines) bytes += line.bytes;
  return bytes;
}

/// Of one shelf and reason, in the plan's order.
struct Batch {
  Kind kind = Kind::trees;
  Reason why = Reason::age;
  std::vector<Item> items{};
};

/// What goes by age, of each kind together; then what the budget takes, in its order across kinds, so that an interruption leaves the
/// younger.
std::vector<Batch> batches_of(const std::vector<Drop>& drops) {
  std::vector<std::size_t> order(drops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t place) {
    const Drop& drop = drops[place];
    return std::tuple(drop.why, drop.why == Reason::age ? drop.kind : Kind{}, place);
  });
  std::vector<Batch> batches;
  for (const std::size_t place : order) {
    const Drop& drop = drops[place];
    const bool fits =
        !batches.empty() && batches.back().kind == drop.kind && batches.back().why == drop.why && batches.back().items.size() < kBatch;
    if (!fits) batches.push_back({.kind = drop.kind, .why = drop.why});
    batches.back().items.push_back(drop.item);
  }
  return batches;
}

Shelf& shelf_of(const SweepWorld& world, Kind kind) { return **std::ranges::find(world.shelves, kind, &Shelf::kind); }

/// How many of them are gone.
Result<std::size_t> drop(const SweepWorld& world, const Batch& batch, Swept& swept) {
  const Result<std::vector<bool>> gone = shelf_of(world, batch.kind).drop(batch.items);
  if (!gone) return fail(gone.error(), fmt::format("dropping {}", to_string(batch.kind)));
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < std::min(gone->size(), batch.items.size()); ++i) {
    if (!(*gone)[i]) continue;
    count(swept.lines, batch.kind, batch.why, batch.items[i]);
    ++dropped;
  }
  return dropped;
}

Status finish(const SweepWorld& world, const CancelToken& cancel) {
  for (Shelf* shelf : world.shelves) {
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
    const Status finished = shelf->finish(cancel);
    if (!finished) return fail(finished.error(), fmt::format("dropping {}", to_string(shelf->kind())));
  }
  return {};
}

}  // namespace

std::uint64_t excess_of(const Room& room, const Rules& rules) {
  const std::uint64_t beyond = room.taken - std::min(room.taken, rules.disk);
  const std::uint64_t lacking = rules.keep_free - std::min(rules.keep_free, room.free);
  return std::max(beyond, lacking);
}

Result<Swept> sweep(const SweepWorld& world, const Rules& rules, const CancelToken& cancel) {
  const Result<Room> before = world.measure();
  if (!before) return fail(before.error());
  Swept swept{.before = *before};
  const std::uint64_t excess = excess_of(*before, rules);
  const Clock::Wall now = world.clock.wall();
  std::optional<Error> trouble;
  for (int round = 0; round < kMostRounds; ++round) {
    const Result<std::vector<Stock>> stocks = list_all(world, kListed);
    if (!stocks) return fail(stocks.error());
    // What was dropped counts as planned, not as measured: freed parts of a database come back late, and nothing else is to go for that.
    const std::uint64_t left = excess - std::min(excess, total(swept.lines));
    std::size_t dropped = 0;
    for (const Batch& batch : batches_of(plan(*stocks, rules.ages, left, now))) {
      if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
      const Result<std::size_t> gone = drop(world, batch, swept);
      // What cannot go, such as rows on a full disk, may be able to when other things went.
      if (!gone && !trouble) trouble = gone.error();
      dropped += gone.value_or(0);
    }
    const bool was_all = std::ranges::all_of(*stocks, &Stock::is_complete);
    if (dropped == 0 || was_all) break;
  }
  sort(swept.lines);
  if (const Status finished = finish(world, cancel); !finished) return fail(finished.error());
  if (trouble) return fail(*trouble);
  const Result<Room> after = world.measure();
  if (!after) return fail(after.error());
  swept.after = *after;
  swept.missing = excess - std::min(excess, total(swept.lines));
  return swept;
}

Result<Swept> rehearse(const SweepWorld& world, const Rules& rules) {
  const Result<Room> before = world.measure();
  if (!before) return fail(before.error());
  const Result<std::vector<Stock>> stocks = list_all(world, std::numeric_limits<std::int32_t>::max());
  if (!stocks) return fail(stocks.error());
  Swept swept{.is_dry = true, .before = *before, .after = *before};
  const std::uint64_t excess = excess_of(*before, rules);
  for (const Drop& drop : plan(*stocks, rules.ages, excess, world.clock.wall())) count(swept.lines, drop.kind, drop.why, drop.item);
  sort(swept.lines);
  const std::uint64_t freed = std::min(total(swept.lines), before->taken);
  swept.after.taken -= freed;
  swept.after.free += freed;
  swept.missing = excess - std::min(excess, total(swept.lines));
  return swept;
}

}  // namespace ekaci::retention
