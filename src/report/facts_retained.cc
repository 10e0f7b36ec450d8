#include "report/facts_retained.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "report/facts_sizes.h"
#include "report/units.h"
#include "review/derivation_name.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

/// One change to a package between certain versions, over all jobs.
struct Variant {
  const RetainedDependency* example = nullptr;
  std::uint64_t attributes = 0;
};

using Versions = std::pair<std::vector<std::string>, std::vector<std::string>>;

/// Everything that happens to one package in the same way.
struct Package {
  std::map<Versions, Variant> variants{};
  Places places{};
};

RetainedFact fact_of(const Package& package) {
  RetainedFact fact{.places = package.places};
  std::uint64_t most = 0;
  for (const auto& [versions, variant] : package.variants) {
    fact.attributes += variant.attributes;
    if (variant.attributes <= most) continue;
    most = variant.attributes;
    fact.foremost = variant.example;
  }
  fact.otherwise = fact.attributes - most;
  return fact;
}

void sort_foremost_first(std::vector<RetainedFact>& facts) {
  std::ranges::sort(facts, [](const RetainedFact& left, const RetainedFact& right) {
    return std::tuple(right.attributes, std::string_view(left.foremost->name)) <
           std::tuple(left.attributes, std::string_view(right.foremost->name));
  });
}

std::string joined(const std::vector<std::string>& versions) {
  constexpr std::size_t kMost = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(kMost, versions.size()); ++i)
    list += (i == 0 ? "" : ", ") + (versions[i].empty() ? "no version" : versions[i]);
  return versions.size() > kMost ? fmt::format("{} and {} more", list, grouped(versions.size() - kMost)) : list;
}

bool is_only_unversioned(const std::vector<std::string>& versions) {
  return std::ranges::all_of(versions, [](const std::string& version) { return version.empty(); });
}

std::vector<RetainedFact>& list_of(RetainedKind kind, RetainedFacts& facts) {
  if (kind == RetainedKind::gained) return facts.gained;
  return kind == RetainedKind::lost ? facts.lost : facts.version_changed;
}

}  // namespace

std::vector<const RetainedFact*> RetainedFacts::foremost(std::size_t limit) const {
  // Turn by turn, so that a package set's new versions do not hide the one dependency that was gained.
  std::size_t shown = 0;
  std::size_t depth = 0;
  const std::vector<const std::vector<RetainedFact>*> kinds = {&gained, &lost, &version_changed};
  std::vector<std::size_t> taken(kinds.size());
  for (; depth < size() && shown < limit; ++depth) {
    for (std::size_t kind = 0; kind < kinds.size() && shown < limit; ++kind) {
      if (depth >= kinds[kind]->size()) continue;
      ++taken[kind];
      ++shown;
    }
  }
  std::vector<const RetainedFact*> facts;
  facts.reserve(shown);
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    for (std::size_t i = 0; i < taken[kind]; ++i) facts.push_back(&(*kinds[kind])[i]);
  }
  return facts;
}

RetainedFacts retained_facts(const std::vector<JobReview>& jobs) {
  std::map<std::pair<RetainedKind, std::string_view>, Package> packages;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const RetainedDependency& retained : jobs[place].retained) {
      if (retained.attributes == 0) continue;
      Package& package = packages[{retained.kind, retained.name}];
      Variant& variant = package.variants[{retained.base_versions, retained.head_versions}];
      if (variant.example == nullptr) variant.example = &retained;
      variant.attributes += retained.attributes;
      package.places.insert(place);
    }
  }
  RetainedFacts facts;
  for (const JobReview& job : jobs) facts.left_out += job.retained_left_out;
  for (const auto& [key, package] : packages) {
    list_of(key.first, facts).push_back(fact_of(package));
  }
  for (std::vector<RetainedFact>* kind : {&facts.gained, &facts.lost, &facts.version_changed}) sort_foremost_first(*kind);
  return facts;
}

std::string retained_in_words(const RetainedFacts& facts) {
  std::string words;
  const auto add = [&words](std::size_t number, std::string_view what) {
    if (number > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", grouped(number), what);
  };
  add(facts.gained.size(), "gained");
  add(facts.lost.size(), "lost");
  add(facts.version_changed.size(), "in another version");
  add(facts.left_out, "more in few closures, not listed");
  return words;
}

std::string_view retained_verb(RetainedKind kind) {
  switch (kind) {
    case RetainedKind::gained:
      return "gained";
    case RetainedKind::lost:
      return "lost";
    case RetainedKind::version_changed:
      return "changed";
  }
  return "changed";
}

std::string versions_of(const RetainedDependency& retained) {
  if (retained.kind == RetainedKind::version_changed) return joined(retained.base_versions) + " → " + joined(retained.head_versions);
  const std::vector<std::string>& versions = retained.kind == RetainedKind::gained ? retained.head_versions : retained.base_versions;
  return is_only_unversioned(versions) ? "" : joined(versions);
}

std::string retained_share(const RetainedFact& fact) {
  const std::int64_t grown_by = size_difference(fact.foremost->base_bytes, fact.foremost->head_bytes);
  std::string words = fmt::format("in {}, {}", counted(fact.attributes, "closure"), size_difference_text(grown_by));
  if (fact.otherwise > 0) words += fmt::format("; in {} of them between other versions", grouped(fact.otherwise));
  return words;
}

std::vector<std::string> way_of(const RetainedDependency& retained) {
  constexpr std::size_t kEnds = 3;
  const std::size_t steps = retained.way.size();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < steps; ++i) {
    const bool is_cut = steps > 2 * kEnds + 1 && i >= kEnds && i + kEnds < steps;
    if (!is_cut) names.push_back(review::split_derivation_name(retained.way[i].name()).name);
    if (is_cut && i == kEnds) names.emplace_back("…");
  }
  const std::vector<std::string>& example = retained.example.names();
  const bool is_said = !names.empty() && !example.empty() && names.front() == example.back();
  if (!is_said) names.insert(names.begin(), retained.example.is_root() ? "the whole job" : retained.example.to_string());
  return names;
}

}  // namespace ekaci::report
