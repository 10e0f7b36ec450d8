#include "report/filter.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <ranges>
#include <utility>

#include "base/text.h"
#include "report/json_words.h"
#include "review/compare.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

std::string handle_of(std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  std::string handle(name);
  std::ranges::transform(handle, handle.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return handle;
}

/// A filter made ready: handles are folded once.
class Sieve {
 public:
  explicit Sieve(const Filter& filter) : filter_(filter) {
    for (const std::string& maintainer : filter.maintainers) handles_.insert(handle_of(maintainer));
  }

  [[nodiscard]] bool asks_nothing() const { return handles_.empty() && filter_.sets.empty() && filter_.kinds.empty(); }
  [[nodiscard]] bool lets_through(const Change& change) const {
    const bool kind = filter_.kinds.empty() ? is_listed(change.kind) : filter_.kinds.contains(change.kind);
    const bool set = filter_.sets.empty() || std::ranges::any_of(filter_.sets, [&](const auto& each) { return is_in(change.path, each); });
    const bool maintainer = handles_.empty() || names_one(change.base_metadata) || names_one(change.head_metadata);
    return kind && set && maintainer;
  }

 private:
  static bool is_in(const AttributePath& path, const AttributePath& set) {
    if (set.is_root()) return path.names().size() <= 1;
    return path.names().size() > set.names().size() && std::ranges::equal(set.names(), path.names() | std::views::take(set.names().size()));
  }

  [[nodiscard]] bool names_one(const std::optional<Metadata>& metadata) const {
    return metadata && std::ranges::any_of(metadata->maintainers, [this](const auto& name) { return handles_.contains(handle_of(name)); });
  }

  const Filter& filter_;
  std::set<std::string> handles_;
};

std::uint64_t number_listed(const JobReview& job) {
  std::uint64_t sum = 0;
  for (const auto& [kind, number] : job.counts) sum += is_listed(kind) ? number : 0;
  return sum;
}

void keep(JobReview& job, const Sieve& sieve) {
  std::erase_if(job.changes, [&sieve](const Change& change) { return !sieve.lets_through(change); });
  job.counts = review::count(job.changes);
  job.attributes = job.changes.size();
  job.transitions.clear();
  for (RetainedDependency& retained : job.retained) retained.attributes = 0;
  for (const Change& change : job.changes) {
    if (change.build) ++job.transitions[change.build->transition];
    for (const std::uint32_t retained : change.retained) {
      if (retained < job.retained.size()) ++job.retained[retained].attributes;
    }
  }
}

}  // namespace

Result<AttributePath> parse_set(std::string_view text) {
  constexpr std::string_view kAll = ".*";
  if (text == ".") return AttributePath{};
  const std::string_view name = text.ends_with(kAll) ? text.substr(0, text.size() - kAll.size()) : text;
  Result<AttributePath> path = AttributePath::parse(name);
  if (path && !path->is_root()) return path;
  return fail(ErrorCode::invalid_argument, "'{}' is no package set; write python3Packages or python3Packages.*, or . for the top level",
              clip(printable_line(text), 100));
}

Review filtered(Review review, const Filter& filter) {
  const Sieve sieve(filter);
  if (sieve.asks_nothing()) return review;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  for (JobReview& job : review.jobs) {
    before += number_listed(job);
    keep(job, sieve);
    after += number_listed(job);
  }
  review.notes.push_back(fmt::format("a filter hides {} of {}; the verdict, {}where rebuilds come from and new derivations are about all",
                                     review::grouped(before - after), review::counted(before, "change"),
                                     review.builds ? "root failures, " : ""));
  return review;
}

}  // namespace ekaci::report
