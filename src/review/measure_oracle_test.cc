#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "review/measure.h"
#include "review/package_name.h"
#include "review/store_sample_test.h"

/// Measuring against the plain meaning of the words, told with sets: slow, and easy to see through.
namespace ekaci::review {
namespace {

using Paths = std::set<StorePath>;
using Versions = std::map<std::string, std::set<std::string>>;  ///< by name

std::optional<Paths> closure_of(const Measurements& known, const std::vector<StorePath>& roots) {
  Paths paths;
  std::vector<StorePath> waiting = roots;
  while (!waiting.empty()) {
    const StorePath path = waiting.back();
    waiting.pop_back();
    if (!paths.insert(path).second) continue;
    const PathInfo* info = known.info(path);
    if (info == nullptr) return std::nullopt;
    waiting.insert(waiting.end(), info->references.begin(), info->references.end());
  }
  return paths;
}

std::optional<std::uint64_t> size_of(const Measurements& known, const std::optional<Paths>& closure) {
  if (!closure) return std::nullopt;
  std::uint64_t size = 0;
  for (const StorePath& path : *closure) size += known.info(path)->nar_size;
  return size;
}

std::vector<StorePath> outputs_of(const Measurements& known, const std::optional<AttributeResult>& side) {
  std::vector<StorePath> paths;
  for (const auto& [name, path] : known.making(std::get<EvaluatedDerivation>(side.value()).path)->outputs) paths.push_back(path);
  return paths;
}

const std::vector<StorePath>& inputs_of(const Measurements& known, const std::optional<AttributeResult>& side) {
  return known.making(std::get<EvaluatedDerivation>(side.value()).path)->inputs;
}

Versions versions_of(const Paths& closure) {
  Versions versions;
  for (const StorePath& path : closure) {
    const DerivationName package = package_of(path.name());
    versions[package.name].insert(package.version);
  }
  return versions;
}

struct Told {
  RetainedKind kind = RetainedKind::gained;
  std::string name{};
  std::set<std::string> base{};
  std::set<std::string> head{};
  friend auto operator<=>(const Told&, const Told&) = default;
};

std::set<Told> expected(const Paths& base, const Paths& head, const std::vector<StorePath>& own_outputs) {
  Versions before = versions_of(base);
  Versions after = versions_of(head);
  std::set<std::string> names;
  for (const auto& [name, versions] : before) names.insert(name);
  for (const auto& [name, versions] : after) names.insert(name);
  for (const StorePath& output : own_outputs) names.erase(package_of(output.name()).name);
  std::set<Told> told;
  for (const std::string& name : names) {
    if (before[name] == after[name]) continue;
    RetainedKind kind = RetainedKind::version_changed;
    if (before[name].empty()) kind = RetainedKind::gained;
    if (after[name].empty()) kind = RetainedKind::lost;
    told.insert({.kind = kind, .name = name, .base = before[name], .head = after[name]});
  }
  return told;
}

std::set<Told> told_of(const JobReview& job, const Change& change) {
  std::set<Told> told;
  for (const std::uint32_t at : change.retained) {
    const RetainedDependency& one = job.retained.at(at);
    told.insert({.kind = one.kind,
                 .name = one.name,
                 .base = {one.base_versions.begin(), one.base_versions.end()},
                 .head = {one.head_versions.begin(), one.head_versions.end()}});
  }
  return told;
}

std::string key_of(std::size_t number) {
  const std::string name(1, static_cast<char>('a' + number % 7));
  return std::to_string(number) + ":" + name + "-" + std::to_string(number % 3) + (number % 5 == 0 ? "-dev" : "");
}

std::vector<std::string> some_keys(std::size_t paths, std::size_t most) {
  std::set<std::string> keys;
  const auto number = *rc::gen::inRange<std::size_t>(0, most + 1);
  for (std::size_t i = 0; i < number; ++i) keys.insert(key_of(*rc::gen::inRange<std::size_t>(0, paths)));
  return {keys.begin(), keys.end()};
}

struct Sample {
  StoreSample store{};
  std::vector<Change> changes{};
};

/// Any references, so circles too; a few paths are not known.
Sample any_sample() {
  Sample sample;
  const auto paths = *rc::gen::inRange<std::size_t>(1, 25);
  for (std::size_t i = 0; i < paths; ++i) {
    if (*rc::gen::inRange(0, 30) == 0) continue;
    sample.store.add(key_of(i), *rc::gen::inRange<std::uint64_t>(0, 50), some_keys(paths, 3));
  }
  const auto derivations = *rc::gen::inRange<std::size_t>(1, 6);
  const auto derivation = [](std::size_t number) { return std::to_string(number) + ":p.drv"; };
  for (std::size_t i = 0; i < derivations; ++i) {
    sample.store.make(derivation(i), key_of(*rc::gen::inRange<std::size_t>(0, paths)), some_keys(paths, 4));
    if (*rc::gen::inRange(0, 3) == 0) {
      sample.store.making(derivation(i)).outputs.emplace_back("lib", StoreSample::path(key_of(*rc::gen::inRange<std::size_t>(0, paths))));
    }
  }
  const auto attributes = *rc::gen::inRange<std::size_t>(1, 9);
  for (std::size_t i = 0; i < attributes; ++i) {
    const auto any = [&] { return derivation(*rc::gen::inRange<std::size_t>(0, derivations)); };
    const std::string base = any();
    sample.changes.push_back(StoreSample::change("attribute" + std::to_string(i), base, any()));
  }
  return sample;
}

TEST(MeasureOracle, SaysOfEveryAttributeWhatSetsSay) {
  EXPECT_TRUE(rc::check([] {
    const Sample sample = any_sample();
    const JobReview job = sample.store.measured(sample.changes);
    const Measurements known = sample.store.known();
    for (const Change& change : job.changes) {
      const std::vector<StorePath> base_outputs = outputs_of(known, change.base);
      const std::vector<StorePath> head_outputs = outputs_of(known, change.head);
      std::vector<StorePath> own = base_outputs;
      own.insert(own.end(), head_outputs.begin(), head_outputs.end());
      const bool any_known = std::ranges::any_of(own, [&](const StorePath& path) { return known.info(path) != nullptr; });
      RC_ASSERT(change.size.has_value() == any_known);
      if (!change.size) continue;
      const std::optional<Paths> base = closure_of(known, base_outputs);
      const std::optional<Paths> head = closure_of(known, head_outputs);
      RC_ASSERT(change.size->closure == (SizePair{.base = size_of(known, base), .head = size_of(known, head)}));
      RC_ASSERT(change.size->build_closure == (SizePair{.base = size_of(known, closure_of(known, inputs_of(known, change.base))),
                                                        .head = size_of(known, closure_of(known, inputs_of(known, change.head)))}));
      RC_ASSERT(told_of(job, change) == (base && head ? expected(*base, *head, own) : std::set<Told>{}));
    }
  }));
}

TEST(MeasureOracle, EveryRetainedDependencyCountsItsAttributesAndNamesTheFirst) {
  EXPECT_TRUE(rc::check([] {
    const Sample sample = any_sample();
    const JobReview job = sample.store.measured(sample.changes);
    RC_ASSERT(job.retained_left_out == 0U);
    for (std::size_t at = 0; at < job.retained.size(); ++at) {
      std::vector<const Change*> showing;
      for (const Change& change : job.changes) {
        if (std::ranges::find(change.retained, at) != change.retained.end()) showing.push_back(&change);
      }
      RC_ASSERT(showing.size() == job.retained[at].attributes);
      RC_ASSERT(showing.front()->path == job.retained[at].example);
    }
    RC_ASSERT(std::ranges::is_sorted(job.retained, std::ranges::greater(), &RetainedDependency::attributes));
  }));
}

TEST(MeasureOracle, AWayIsMadeOfReferencesAndNoneIsShorter) {
  EXPECT_TRUE(rc::check([] {
    const Sample sample = any_sample();
    const JobReview job = sample.store.measured(sample.changes);
    const Measurements known = sample.store.known();
    for (const RetainedDependency& retained : job.retained) {
      const auto example = std::ranges::find(job.changes, retained.example, &Change::path);
      const bool is_lost = retained.kind == RetainedKind::lost;
      const std::vector<StorePath> outputs = outputs_of(known, is_lost ? example->base : example->head);
      RC_ASSERT(std::ranges::find(outputs, retained.way.front()) != outputs.end());
      for (std::size_t step = 1; step < retained.way.size(); ++step) {
        const std::vector<StorePath>& references = known.info(retained.way[step - 1])->references;
        RC_ASSERT(std::ranges::find(references, retained.way[step]) != references.end());
      }
      RC_ASSERT(package_of(retained.way.back().name()).name == retained.name);
      // Nothing that is met in fewer steps is as good an end.
      const std::string version = package_of(retained.way.back().name()).version;
      const bool is_new = std::ranges::find(retained.base_versions, version) == retained.base_versions.end();
      Paths met(outputs.begin(), outputs.end());
      for (std::size_t step = 1; step < retained.way.size(); ++step) {
        for (const StorePath& path : met) {
          const DerivationName package = package_of(path.name());
          const bool was_there = std::ranges::find(retained.base_versions, package.version) != retained.base_versions.end();
          RC_ASSERT((package.name != retained.name || (!is_lost && is_new && was_there)));
        }
        Paths next = met;
        for (const StorePath& path : met) {
          const std::vector<StorePath>& references = known.info(path)->references;
          next.insert(references.begin(), references.end());
        }
        met = std::move(next);
      }
    }
  }));
}

}  // namespace
}  // namespace ekaci::review
