#include "engine/package_tests.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace ekaci::engine {
namespace {

bool is_derivation(const Attribute& attribute) { return std::holds_alternative<EvaluatedDerivation>(attribute.result); }

bool is_defined_in(std::span<const std::string> files, const Attribute& attribute) {
  const auto& metadata = attribute.metadata;
  return metadata && metadata->position && std::ranges::binary_search(files, metadata->position->file);
}

EvaluationCost sum_of(const EvaluationCost& one, const EvaluationCost& other) {
  return {.cpu = one.cpu + other.cpu,
          .wall = one.wall + other.wall,
          .peak_memory = std::max(one.peak_memory, other.peak_memory),
          .workers_started = one.workers_started + other.workers_started,
          .workers_died = one.workers_died + other.workers_died};
}

}  // namespace

TestedAttributes find_tested(const ComparedJob& job) {
  TestedAttributes tested;
  for (const Change& change : job.review.changes) {
    if (change.direct && derivation_of(change.head) != nullptr) tested.head.insert(change.path);
  }
  for (const Attribute& attribute : job.head.attributes) {
    if (is_derivation(attribute) && is_defined_in(job.changed_files, attribute)) tested.head.insert(attribute.path);
  }
  for (const Attribute& attribute : job.base.attributes) {
    if (is_derivation(attribute) && tested.head.contains(attribute.path)) tested.base.insert(attribute.path);
  }
  return tested;
}

Evaluation with_tests(const Evaluation& evaluation, const Evaluation& tests) {
  Evaluation joined{.attributes = {},
                    .cost = sum_of(evaluation.cost, tests.cost),
                    .notes = evaluation.notes,
                    .repeatable = evaluation.repeatable && tests.repeatable};
  joined.attributes.reserve(evaluation.attributes.size() + tests.attributes.size());
  std::ranges::set_union(evaluation.attributes, tests.attributes, std::back_inserter(joined.attributes), {}, &Attribute::path,
                         &Attribute::path);
  for (const std::string& note : tests.notes) {
    if (std::ranges::find(joined.notes, note) == joined.notes.end()) joined.notes.push_back(note);
  }
  return joined;
}

}  // namespace ekaci::engine
