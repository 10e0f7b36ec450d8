#include "report/facts_sizes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "report/units.h"
#include "review/transitions.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::array kGapsInOrder = {SizeGap::base_not_built, SizeGap::base_failing, SizeGap::head_failing, SizeGap::head_not_built,
                                     SizeGap::not_measured};

/// Sizes above are none; sums stop there.
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

std::uint64_t sum(std::uint64_t left, std::uint64_t right) {
  return std::min(left, kMost) + std::min(right, kMost - std::min(left, kMost));
}

/// Where both closures are known, an output without a size is not there.
std::int64_t outputs_growth(const std::vector<OutputSize>& outputs) {
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  for (const OutputSize& output : outputs) {
    base = sum(base, output.base.value_or(0));
    head = sum(head, output.head.value_or(0));
  }
  return size_difference(base, head);
}

SizeGap gap_of(const BuildChange& build) {
  if (review::is_failure(build.head)) return SizeGap::head_failing;
  if (build.head != OutcomeKind::succeeded) return SizeGap::head_not_built;
  if (!build.base || build.base == OutcomeKind::succeeded) return SizeGap::not_measured;
  return review::is_failure(*build.base) ? SizeGap::base_failing : SizeGap::base_not_built;
}

/// Gathers what is alike in several places.
class Gatherer {
 public:
  void add(const Change& change, std::size_t place) {
    static const SizeChange unknown;
    if (!change.build) return;
    const SizeChange& size = change.size ? *change.size : unknown;
    const SizePair& closure = size.closure;
    if (const auto grown_by = closure_growth(closure)) {
      add_known({.change = &change, .size = &size, .difference = *grown_by}, place);
    } else if (!change.build->base && closure.head) {
      add_new({.change = &change, .size = &size, .difference = size_difference(0, *closure.head)}, place);
    } else {
      ++facts_.unknown[gap_of(*change.build)];
    }
  }

  SizeFacts take() && {
    for (auto& [key, row] : rows_) facts_.rows.push_back(std::move(row));
    std::ranges::sort(facts_.rows, [](const SizeRow& left, const SizeRow& right) {
      const std::uint64_t of_left = magnitude(left.difference);
      const std::uint64_t of_right = magnitude(right.difference);
      return std::tie(of_right, left.change->path, left.places) < std::tie(of_left, right.change->path, right.places);
    });
    return std::move(facts_);
  }

 private:
  /// With both sizes of the closure.
  using Key = std::tuple<AttributePath, std::uint64_t, std::uint64_t>;

  void add_known(SizeRow row, std::size_t place) {
    if (row.difference == 0) {
      ++facts_.same;
      return;
    }
    ++(row.difference > 0 ? facts_.grown : facts_.shrunk);
    row.outputs = outputs_growth(row.size->outputs);
    const SizePair& closure = row.size->closure;
    const Key key{row.change->path, closure.base.value_or(0), closure.head.value_or(0)};
    rows_.try_emplace(key, std::move(row)).first->second.places.insert(place);
  }

  void add_new(SizeRow row, std::size_t place) {
    ++facts_.added;
    if (facts_.largest_new && facts_.largest_new->difference >= row.difference) return;
    row.outputs = outputs_growth(row.size->outputs);
    row.places = {place};
    facts_.largest_new = std::move(row);
  }

  SizeFacts facts_;
  std::map<Key, SizeRow> rows_;
};

std::string gap_in_words(SizeGap gap, std::uint64_t number, const NameWriters& write) {
  switch (gap) {
    case SizeGap::base_not_built:
      return fmt::format("base is not built ({} builds it)", write.command("--base=all"));
    case SizeGap::base_failing:
      return "base does not build";
    case SizeGap::head_failing:
      return "head does not build";
    case SizeGap::head_not_built:
      return "head is not built";
    case SizeGap::not_measured:
      return number == 1 ? "its closure is not in the store" : "their closures are not in the store";
  }
  return {};
}

void add_count(std::string& words, std::uint64_t number, std::string_view verb, std::string_view verbs) {
  if (number == 0) return;
  const std::string count = words.empty() ? counted(number, "attribute") : grouped(number);
  words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, number == 1 ? verb : verbs);
}

/// The largest that grows; rows that grow less follow it.
const SizeRow* largest_growth(const SizeFacts& facts) {
  const auto found = std::ranges::find_if(facts.rows, [](const SizeRow& row) { return row.difference > 0; });
  return found == facts.rows.end() ? nullptr : &*found;
}

}  // namespace

std::uint64_t SizeFacts::unknown_sum() const {
  std::uint64_t number = 0;
  for (const auto& [gap, attributes] : unknown) number += attributes;
  return number;
}

SizeFacts size_facts(const std::vector<JobReview>& jobs) {
  Gatherer gatherer;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) gatherer.add(change, place);
  }
  return std::move(gatherer).take();
}

std::string sizes_in_words(const SizeFacts& facts, const NameWriters& write) {
  if (facts.known() == 0) {
    const std::string of =
        facts.unknown_sum() == 1 ? "of the one attribute" : fmt::format("of all {} attributes", grouped(facts.unknown_sum()));
    return fmt::format("unknown {}: {}", of, gaps_in_words(facts, write));
  }
  std::string words;
  add_count(words, facts.grown, "grows", "grow");
  add_count(words, facts.shrunk, "shrinks", "shrink");
  add_count(words, facts.same, "stays", "stay");
  add_count(words, facts.added, "is new", "are new");
  add_count(words, facts.unknown_sum(), "unknown", "unknown");
  if (const SizeRow* row = largest_growth(facts)) {
    words += fmt::format("; largest growth {} {}", write.attribute(row->change->path),
                         growth_in_words(row->difference, row->size->closure.base));
  }
  if (facts.largest_new) {
    words += fmt::format("; largest new {} {}", write.attribute(facts.largest_new->change->path),
                         size_difference_text(facts.largest_new->difference));
  }
  return words;
}

std::string gaps_in_words(const SizeFacts& facts, const NameWriters& write) {
  std::string words;
  for (const SizeGap gap : kGapsInOrder) {
    const auto found = facts.unknown.find(gap);
    if (found == facts.unknown.end()) continue;
    const std::string count = facts.unknown.size() == 1 && facts.known() == 0 ? "" : grouped(found->second) + " as ";
    words += fmt::format("{}{}{}", words.empty() ? "" : ", ", count, gap_in_words(gap, found->second, write));
  }
  return words;
}

std::string growth_in_words(std::int64_t difference, const std::optional<std::uint64_t>& base) {
  const std::string percent = percent_text(difference, base.value_or(0));
  return percent.empty() ? size_difference_text(difference) : fmt::format("{} ({})", size_difference_text(difference), percent);
}

std::string sides_in_words(const SizePair& sizes) {
  const auto side = [](const std::optional<std::uint64_t>& size) { return size ? size_text(*size) : std::string("unknown"); };
  return fmt::format("{} → {}", side(sizes.base), side(sizes.head));
}

std::int64_t size_difference(std::uint64_t base, std::uint64_t head) {
  return static_cast<std::int64_t>(std::min(head, kMost)) - static_cast<std::int64_t>(std::min(base, kMost));
}

std::optional<std::int64_t> closure_growth(const SizePair& closure) {
  if (!closure.base || !closure.head) return std::nullopt;
  return size_difference(*closure.base, *closure.head);
}

std::uint64_t magnitude(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return number < 0 ? 0 - bits : bits;
}

}  // namespace ekaci::report
