#include "app/nearest_names.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "base/letter_case.h"
#include "base/text.h"

namespace ekaci::app {
namespace {

/// Nobody writes longer names by hand.
constexpr std::size_t kLongest = 200;

std::string last_name(const AttributePath& path) { return AttributePath{path.names().back()}.to_string(); }

/// How many slips are forgiven: in a short name one makes it another already.
std::size_t forgiven(const std::string& name) { return std::clamp<std::size_t>(name.size() / 3, 1, 3); }

/// How likely it is that a name was meant; less is likelier.
struct Likeness {
  bool has_other_last_name = true;
  std::size_t slips = 0;
  friend auto operator<=>(const Likeness&, const Likeness&) = default;
};

/// What was asked for, made ready to be compared with many.
class Wanted {
 public:
  explicit Wanted(const AttributePath& path) : whole_(lower_case(path.to_string())), last_(lower_case(last_name(path))) {}

  [[nodiscard]] std::optional<Likeness> likeness(const AttributePath& path) const {
    const std::string last = lower_case(last_name(path));
    if (last == last_) return Likeness{.has_other_last_name = false};
    const std::size_t limit = forgiven(whole_);
    const std::optional<std::size_t> whole = edit_distance(lower_case(path.to_string()), whole_, limit);
    const std::optional<std::size_t> within_set = edit_distance(last, whole_, limit);
    if (!whole && !within_set) return std::nullopt;
    return Likeness{.slips = std::min(whole.value_or(limit + 1), within_set.value_or(limit + 1))};
  }

 private:
  std::string whole_;
  std::string last_;
};

/// Whether the review knows all attributes by name; reports of earlier versions name only what changes.
bool knows_every_name(const Review& review) {
  return std::ranges::all_of(review.jobs, [](const JobReview& job) { return job.changes.size() >= job.attributes; });
}

}  // namespace

std::vector<std::string> nearest_texts(std::span<const std::string> names, const std::string& wanted) {
  if (wanted.size() > kLongest) return {};
  const std::string meant = lower_case(wanted);
  std::set<std::pair<std::size_t, std::string>> found;
  for (const std::string& name : names) {
    if (const auto slips = edit_distance(lower_case(name), meant, forgiven(meant))) found.emplace(*slips, printable_line(name));
    if (found.size() > kMostNames) found.erase(std::prev(found.end()));
  }
  std::vector<std::string> nearest;
  nearest.reserve(found.size());
  for (const auto& [slips, name] : found) nearest.push_back(name);
  return nearest;
}

std::string suggestion_of(std::span<const std::string> names) {
  std::string suggestion;
  for (const std::string& name : names) suggestion += (suggestion.empty() ? "; do you mean " : ", ") + name;
  return suggestion;
}

Failure no_such_attribute(const Review& review, const AttributePath& wanted) {
  return fail(ErrorCode::not_found, "{}..{} {} {}{}", review.base.brief(), review.head.brief(),
              knows_every_name(review) ? "has no attribute" : "changes no attribute", printable_line(wanted.to_string()),
              suggestion_of(nearest_names(review.jobs, wanted)));
}

std::optional<std::size_t> edit_distance(std::string_view one, std::string_view other, std::size_t limit) {
  if (one.size() > other.size()) std::swap(one, other);
  if (other.size() - one.size() > limit) return std::nullopt;
  // Rows of the usual table, of which only what lies near the diagonal can be within the limit.
  const std::size_t beyond = limit + 1;
  std::vector<std::size_t> two_before;
  std::vector<std::size_t> before(other.size() + 1, beyond);
  for (std::size_t n = 0; n <= std::min(other.size(), limit); ++n) before[n] = n;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::vector<std::size_t> row(other.size() + 1, beyond);
    if (i <= limit) row[0] = i;
    const std::size_t first = i > limit ? i - limit : 1;
    for (std::size_t j = first; j <= std::min(other.size(), i + limit); ++j) {
      const bool same = one[i - 1] == other[j - 1];
      const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      row[j] = std::min({before[j - 1] + (same ? 0 : 1), before[j] + 1, row[j - 1] + 1, beyond});
      if (swapped) row[j] = std::min(row[j], two_before[j - 2] + 1);
    }
    two_before = std::exchange(before, std::move(row));
  }
  return before.back() <= limit ? std::optional(before.back()) : std::nullopt;
}

std::vector<std::string> nearest_names(const std::vector<JobReview>& jobs, const AttributePath& wanted) {
  if (wanted.is_root() || wanted.to_string().size() > kLongest) return {};
  const Wanted ready(wanted);
  std::set<std::tuple<Likeness, std::string>> found;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (change.path.is_root() || change.path == wanted) continue;
      const std::optional<Likeness> likeness = ready.likeness(change.path);
      if (!likeness) continue;
      found.emplace(*likeness, printable_line(change.path.to_string()));
      if (found.size() > kMostNames) found.erase(std::prev(found.end()));
    }
  }
  std::vector<std::string> names;
  names.reserve(found.size());
  for (const auto& [likeness, name] : found) names.push_back(name);
  return names;
}

}  // namespace ekaci::app
