#include "report/facts_times.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using std::chrono::microseconds;

microseconds distance(const TimeRow& row) { return row.head < row.base ? row.base - row.head : row.head - row.base; }

bool is_alike(const TimeRow& row) { return distance(row) < std::chrono::seconds(1) || distance(row) < row.base / 10; }

void count(TimeFacts& facts, TimeRow row) {
  if (is_alike(row)) {
    ++facts.alike;
    return;
  }
  ++(row.head < row.base ? facts.shorter : facts.longer);
  facts.rows.push_back(std::move(row));
}

}  // namespace

TimeFacts time_facts(const std::vector<JobReview>& jobs) {
  TimeFacts facts;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      if (!change.build || !change.build->base_time || !change.build->head_time) continue;
      count(facts, {.change = &change, .places = {place}, .base = *change.build->base_time, .head = *change.build->head_time});
    }
  }
  std::ranges::sort(facts.rows, [](const TimeRow& left, const TimeRow& right) {
    const microseconds of_left = distance(left);
    const microseconds of_right = distance(right);
    return std::tie(of_right, left.change->path, left.places) < std::tie(of_left, right.change->path, right.places);
  });
  return facts;
}

std::string times_in_words(const TimeFacts& facts) {
  std::string words;
  const auto add = [&words](std::uint64_t number, std::string_view what, std::string_view of_first) {
    if (number == 0) return;
    const bool is_first = words.empty();
    words += is_first ? review::counted(number, "attribute", of_first) : ", " + review::grouped(number) + " " + std::string(what);
  };
  add(facts.longer, "longer", "takes longer to build/take longer to build");
  add(facts.shorter, "less long", "takes less long to build/take less long to build");
  add(facts.alike, "as long as before", "takes as long to build as before/take as long to build as before");
  return words;
}

std::string time_difference_text(const TimeRow& row) { return (row.head < row.base ? "-" : "+") + duration_text(distance(row)); }

}  // namespace ekaci::report
