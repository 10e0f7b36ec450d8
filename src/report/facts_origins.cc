#include "report/facts_origins.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "review/derivation_name.h"

namespace ekaci::report {
namespace {

std::string name_of(const StorePath& path) {
  constexpr std::string_view kSuffix = ".drv";
  std::string name = path.name();
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

using Key = std::tuple<std::string, std::string, std::string, std::optional<SourcePosition>>;

/// Puts what explains most in front, and renumbers.
void rank(OriginFacts& facts) {
  std::vector<std::size_t> order(facts.origins.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&facts](std::size_t index) {
    return std::tuple(~facts.origins[index].explained, ~facts.origins[index].attributes, index);
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
  std::map<Key, std::size_t> known;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    std::vector<std::size_t>& indices = facts.of_place.emplace_back();
    for (const Origin& origin : jobs[place].origins) {
      if (origin.derivation >= jobs[place].rebuilds.size()) {
        indices.push_back(std::string::npos);
        continue;
      }
      const StepName name = step_name(jobs[place].rebuilds[origin.derivation]);
      const auto [entry, is_first] = known.try_emplace({name.name, name.before, name.after, origin.position}, facts.origins.size());
      if (is_first) facts.origins.push_back({.name = name, .origin = &origin});
      OriginFact& fact = facts.origins[entry->second];
      fact.explained += origin.explained;
      fact.attributes += origin.attributes;
      fact.derivations += origin.derivations;
      fact.places.insert(place);
      indices.push_back(entry->second);
      facts.explained += origin.explained;
    }
  }
  rank(facts);
  return facts;
}

}  // namespace ekaci::report
