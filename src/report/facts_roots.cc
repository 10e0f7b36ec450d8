#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "report/facts_builds.h"
#include "review/transitions.h"
#include "review/wording.h"

/// What is said of root failures.
namespace ekaci::report {
namespace {

std::string_view words_of(AttemptResult result) {
  switch (result) {
    case AttemptResult::builder_failed:
      return "failed";
    case AttemptResult::output_rejected:
      return "outputs rejected";
    case AttemptResult::hash_mismatch:
      return "hash mismatch";
    case AttemptResult::log_limit:
      return "wrote too much";
    case AttemptResult::silence_time:
      return "timed out (silent for too long)";
    case AttemptResult::total_time:
      return "timed out (took too long)";
    case AttemptResult::out_of_memory:
      return "infrastructure (out of memory)";
    case AttemptResult::disk_full:
      return "infrastructure (disk full)";
    case AttemptResult::builder_lost:
      return "infrastructure (builder lost)";
    case AttemptResult::fetch_failed:
      return "infrastructure (fetch failed)";
    case AttemptResult::dependency_unavailable:
      return "infrastructure (dependency missing on the builder)";
    case AttemptResult::stopped:
      return "cancelled";
    case AttemptResult::built:
      return "built";
    case AttemptResult::substituted:
      return "fetched";
    case AttemptResult::already_valid:
      return "was there already";
  }
  return "failed";
}

/// What a carriage return leaves on the screen.
std::string_view not_overwritten(std::string_view line) {
  line = line.substr(0, line.find_last_not_of('\r') + 1);
  const std::size_t overwritten = line.rfind('\r');
  return overwritten == std::string_view::npos ? line : line.substr(overwritten + 1);
}

std::string shown_line(std::string_view line) {
  std::string shown;
  for (const char c : printable(not_overwritten(line))) {
    if (c == '\t') {
      shown += "    ";
    } else {
      shown += c == '\n' ? ' ' : c;
    }
  }
  shown.erase(shown.find_last_not_of(' ') + 1);
  return shown;
}

bool is_untried(const RootFailure& root) {
  const bool is_unknown =
      root.kind == OutcomeKind::not_built || root.kind == OutcomeKind::no_builder || root.kind == OutcomeKind::cancelled;
  return is_unknown && root.last_lines.empty();
}

/// What two root failures have to have in common to be told as one.
auto told_of(const RootFailure& root) {
  return std::tie(root.derivation.name(), root.kind, root.result, root.attempts, root.phase, root.last_lines);
}
using Told = decltype(told_of(std::declval<const RootFailure&>()));

/// Gathers failures that say the same for different systems. What one system has twice under one name are two things.
class RootGrouping {
 public:
  void add(const RootFailure& root) {
    const Told told = told_of(root);
    const std::size_t nth = of_system_[{told, root.system}]++;
    const auto [place, is_new] = places_.try_emplace({told, nth}, groups_.size());
    if (is_new) {
      groups_.push_back({.root = root, .roots = {&root}});
      return;
    }
    RootGroup& group = groups_[place->second];
    group.roots.push_back(&root);
    group.root.newly_failing += root.newly_failing;
    group.root.affected += root.affected;
    group.root.attributes.insert(group.root.attributes.end(), root.attributes.begin(), root.attributes.end());
  }

  std::vector<RootGroup> take() && {
    std::ranges::sort(groups_, {}, [](const RootGroup& group) {
      return std::tuple(~group.root.newly_failing, ~group.root.affected, group.roots.front());
    });
    return std::move(groups_);
  }

 private:
  std::map<std::pair<Told, std::string_view>, std::size_t> of_system_;  ///< how many there are
  std::map<std::pair<Told, std::size_t>, std::size_t> places_;          ///< in groups_
  std::vector<RootGroup> groups_;
};

bool is_safe_for_shells(std::string_view name) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.front() != '-' && name.size() <= 100 && name.find_first_not_of(kSafe) == std::string_view::npos;
}

}  // namespace

std::string result_in_words(AttemptResult result, const std::optional<int>& exit_status) {
  if (result == AttemptResult::builder_failed && exit_status) return fmt::format("builder failed with exit status {}", *exit_status);
  return std::string(words_of(result));
}

std::string name_of(const RootFailure& root) { return std::string(without_drv(root.derivation.name())); }

std::string outcome_in_words(OutcomeKind kind) { return spelled_out(to_string(kind)); }

std::string failure_in_words(const RootFailure& root) {
  const bool is_told = root.attempts > 0 && outcome_of(root.result) == root.kind;
  const std::string words = is_told ? result_in_words(root.result) : outcome_in_words(root.kind);
  return root.attempts > 1 ? fmt::format("{} after {}", words, review::counted(root.attempts, "attempt")) : words;
}

std::string share_in_words(const RootFailure& root) {
  if (root.newly_failing == 0) return fmt::format("affects {}, none newly failing", review::counted(root.affected, "attribute"));
  return fmt::format("explains {} newly failing of {} affected", review::grouped(root.newly_failing), review::grouped(root.affected));
}

bool is_against_package(const RootFailure& root) { return review::is_failure(root.kind); }

AffectedAttributes affected_attributes(const RootFailure& root, std::size_t limit) {
  AffectedAttributes affected;
  std::uint64_t named = 0;
  for (const std::string& attribute : root.attributes) {
    const bool is_known = std::ranges::find(affected.names, attribute) != affected.names.end();
    if (!is_known && affected.names.size() == limit) continue;
    if (!is_known) affected.names.push_back(attribute);
    ++named;
  }
  affected.further = root.affected - std::min(root.affected, named);
  return affected;
}

std::vector<std::string> log_tail(const RootFailure& root, std::size_t limit) {
  std::vector<std::string> tail;
  for (auto line = root.last_lines.rbegin(); line != root.last_lines.rend() && tail.size() < limit; ++line) {
    std::string shown = shown_line(*line);
    if (!tail.empty() || !shown.empty()) tail.push_back(std::move(shown));
  }
  while (!tail.empty() && tail.back().empty()) tail.pop_back();
  std::ranges::reverse(tail);
  return tail;
}

std::vector<std::string> message_lines(const RootFailure& root) {
  std::vector<std::string> lines;
  const std::string message = printable(root.message);
  for (const std::string_view part : split(message, '\n')) {
    std::string line = printable_line(part);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

RootFacts root_facts(const Review& review) {
  RootFacts facts;
  std::set<std::string_view> systems;
  for (const JobReview& job : review.jobs) systems.insert(job.system);
  facts.one_system = systems.size() < 2;
  std::map<std::tuple<OutcomeKind, std::string, std::string>, std::vector<const RootFailure*>> untried;
  RootGrouping tried;
  for (const RootFailure& root : review.root_failures) {
    if (is_untried(root)) {
      untried[{root.kind, root.system, root.message}].push_back(&root);
    } else {
      tried.add(root);
    }
  }
  facts.tried = std::move(tried).take();
  for (auto& [key, roots] : untried) {
    const auto& [kind, system, message] = key;
    facts.untried.push_back({.kind = kind, .system = system, .message = message, .roots = std::move(roots)});
  }
  std::ranges::sort(facts.untried, [](const Untried& left, const Untried& right) {
    if (left.roots.size() != right.roots.size()) return left.roots.size() > right.roots.size();
    return std::tie(left.kind, left.system, left.message) < std::tie(right.kind, right.system, right.message);
  });
  return facts;
}

std::vector<std::string> systems_of(const RootGroup& group) {
  std::vector<std::string> systems;
  systems.reserve(group.roots.size());
  for (const RootFailure* root : group.roots) systems.push_back(root->system);
  return systems;
}

AffectedAttributes affected_attributes(const Untried& untried, std::size_t limit) {
  AffectedAttributes all;
  for (const RootFailure* root : untried.roots) {
    const AffectedAttributes affected = affected_attributes(*root, limit - std::min(limit, all.names.size()));
    all.names.insert(all.names.end(), affected.names.begin(), affected.names.end());
    all.further += affected.further;
  }
  return all;
}

std::string roots_heading(const RootFacts& facts) {
  std::size_t tried = 0;
  std::size_t untried = 0;
  for (const RootGroup& group : facts.tried) tried += group.roots.size();
  for (const Untried& one : facts.untried) untried += one.roots.size();
  if (facts.tried.empty()) return fmt::format("Nothing is known of {}", review::counted(untried, "derivation"));
  const std::string more = untried == 0 ? "" : fmt::format(", and {} of which nothing is known", review::grouped(untried));
  return fmt::format("Root failures: {}{}", review::counted(tried, "derivation"), more);
}

LogNames::LogNames(const std::vector<JobReview>& jobs) {
  std::map<std::string, std::set<StorePath>> derivations;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      const EvaluatedDerivation* head = trouble_of(change) ? derivation_of(change.head) : nullptr;
      if (head != nullptr) derivations[change.path.to_string()].insert(head->path);
    }
  }
  for (const auto& [attribute, paths] : derivations) {
    if (paths.size() == 1 && is_safe_for_shells(attribute)) attributes_.try_emplace(*paths.begin(), attribute);
  }
}

std::string LogNames::of(const RootFailure& root) const {
  const auto found = attributes_.find(root.derivation);
  return found == attributes_.end() ? root.derivation.to_string() : found->second;
}

std::vector<std::string> LogNames::commands(const RootGroup& group) const {
  std::vector<std::string> commands;
  for (const RootFailure* root : group.roots) {
    if (!root->log.empty()) commands.push_back("ekaci log " + of(*root));
  }
  return commands;
}

}  // namespace ekaci::report
