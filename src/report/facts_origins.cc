#include "report/facts_origins.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "review/derivation_name.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

std::string name_of(const StorePath& path) { return std::string(without_drv(path.name())); }

/// By what origins of several systems are told to be one: what they are called, where they stand, and what differs. Not by the paths in
/// the difference, which are others for each system.
using Key = std::tuple<std::string, std::string, std::string, std::optional<SourcePosition>, std::string>;

std::string outline_of(const DerivationDifference& difference) {
  std::string outline;
  const auto add = [&outline](char kind, const std::string& name) { outline += fmt::format("{}{}\n", kind, name); };
  for (const TextDifference& each : difference.fields) add('f', each.name);
  for (const TextDifference& each : difference.arguments) add('a', each.name);
  for (const TextDifference& each : difference.environment) add('e', each.name);
  for (const TextDifference& each : difference.outputs) add('o', each.name);
  const auto add_path = [&add](char kind, const PathDifference& each) { add(kind, each.head ? each.head->name() : each.base->name()); };
  for (const PathDifference& each : difference.sources) add_path('s', each);
  for (const PathDifference& each : difference.inputs) add_path('i', each);
  return outline;
}

/// An origin of one job.
struct Found {
  const Origin* origin;
  std::size_t place;
  StepName name;
};

Key key_of(const Found& found) {
  return {found.name.name, found.name.before, found.name.after, found.origin->position,
          found.origin->difference ? outline_of(*found.origin->difference) : std::string()};
}

/// Which of many are one with which; two groups become one where something belongs to both.
class Groups {
 public:
  std::size_t add() {
    parents_.push_back(parents_.size());
    return parents_.size() - 1;
  }
  std::size_t of(std::size_t one) {
    while (parents_[one] != one) one = parents_[one] = parents_[parents_[one]];
    return one;
  }
  void join(std::size_t one, std::size_t other) {
    // The first stays the group's name.
    const auto [first, second] = std::minmax({of(one), of(other)});
    parents_[second] = first;
  }

 private:
  std::vector<std::size_t> parents_;
};

/// For each of what was found the first that is the same origin.
std::vector<std::size_t> same_origins(const std::vector<Found>& found, const std::vector<JobReview>& jobs) {
  Groups groups;
  std::map<Key, std::size_t> by_key;
  std::map<StorePath, std::size_t> by_derivation;
  for (const Found& one : found) {
    const std::size_t index = groups.add();
    groups.join(by_key.try_emplace(key_of(one), index).first->second, index);
    groups.join(by_derivation.try_emplace(jobs[one.place].rebuilds[one.origin->derivation].head, index).first->second, index);
  }
  std::vector<std::size_t> first;
  first.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) first.push_back(groups.of(i));
  return first;
}

void add_to(OriginFact& fact, const Found& found) {
  if (fact.origin == nullptr || found.origin->attributes > fact.origin->attributes) {
    fact.name = found.name;
    fact.origin = found.origin;
    fact.place = found.place;
  }
  fact.explained += found.origin->explained;
  fact.attributes += found.origin->attributes;
  fact.places.insert(found.place);
}

bool are_all_rebuilt(const JobReview& job) {
  return std::ranges::none_of(job.changes, [](const Change& change) { return change.rebuild && change.kind != ChangeKind::rebuilt; });
}

/// Puts the widest in front, and renumbers.
void rank(OriginFacts& facts) {
  std::vector<std::size_t> order(facts.origins.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&facts](std::size_t index) {
    return std::tuple(~facts.origins[index].attributes, ~facts.origins[index].explained, index);
  });
  std::vector<std::size_t> rank_of(order.size());
  std::vector<OriginFact> ranked;
  ranked.reserve(order.size());
  for (const std::size_t index : order) {
    rank_of[index] = ranked.size();
    ranked.push_back(std::move(facts.origins[index]));
  }
  facts.origins = std::move(ranked);
  for (std::vector<std::size_t>& origins : facts.of_place) {
    for (std::size_t& index : origins) index = index == std::string::npos ? index : rank_of[index];
  }
}

}  // namespace

StepName step_name(const RebuiltDerivation& derivation) {
  const review::DerivationName after = review::split_derivation_name(name_of(derivation.head));
  if (!derivation.base) return {.name = after.name, .after = after.version, .is_new = true};
  const review::DerivationName before = review::split_derivation_name(name_of(*derivation.base));
  if (before.name == after.name) return {.name = after.name, .before = before.version, .after = after.version};
  return {.name = after.name, .before = name_of(*derivation.base), .after = name_of(derivation.head)};
}

OriginFacts origin_facts(const std::vector<JobReview>& jobs) {
  OriginFacts facts;
  std::vector<Found> found;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    std::vector<std::size_t>& indices = facts.of_place.emplace_back();
    facts.are_all_rebuilt = facts.are_all_rebuilt && are_all_rebuilt(jobs[place]);
    for (const Origin& origin : jobs[place].origins) {
      const bool is_there = origin.derivation < jobs[place].rebuilds.size();
      indices.push_back(is_there ? found.size() : std::string::npos);
      if (is_there) found.push_back({.origin = &origin, .place = place, .name = step_name(jobs[place].rebuilds[origin.derivation])});
    }
  }
  const std::vector<std::size_t> first = same_origins(found, jobs);
  std::vector<std::size_t> fact_of(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    fact_of[i] = first[i] == i ? facts.origins.size() : fact_of[first[i]];
    if (first[i] == i) facts.origins.emplace_back();
    add_to(facts.origins[fact_of[i]], found[i]);
    facts.explained += found[i].origin->explained;
  }
  for (std::vector<std::size_t>& indices : facts.of_place) {
    for (std::size_t& index : indices) index = index == std::string::npos ? index : fact_of[index];
  }
  rank(facts);
  return facts;
}

std::string_view noun_of(const OriginFacts& facts) { return facts.are_all_rebuilt ? "rebuild" : "build"; }

std::string share_in_words(const OriginFact& fact, const OriginFacts& facts) {
  const std::string_view noun = noun_of(facts);
  if (fact.attributes >= facts.explained) {
    if (facts.explained == 1) return fmt::format("the {} comes from", noun);
    return fmt::format("all {} {}s come from", review::grouped(facts.explained), noun);
  }
  return fmt::format("{} of {} come{} from", review::grouped(fact.attributes), review::counted(facts.explained, noun),
                     fact.attributes == 1 ? "s" : "");
}

std::string origins_heading(const OriginFacts& facts) { return fmt::format("Where the {}s come from", noun_of(facts)); }

}  // namespace ekaci::report
