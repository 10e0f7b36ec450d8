#include "engine/explain.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "drv/derivation.h"
#include "drv/difference.h"
#include "engine/read_derivations.h"
#include "review/changed_lines.h"
#include "review/own_sources.h"
#include "review/rebuilds.h"

namespace ekaci::engine {
namespace {

/// Origins whose derivations are compared: more than a reader looks at, few enough to be read in an instant.
constexpr std::size_t kComparedOrigins = 50;
/// Steps above them that are compared as well.
constexpr std::size_t kComparedSteps = 200;

/// An attribute that is a derivation at head, and where its change stands.
struct HeadAttributes {
  std::vector<review::RebuiltAttribute> attributes{};
  std::vector<std::size_t> changes{};
};

/// Changes stand in path order, as each side's attributes and therefore its roots do: so one pass finds every change's nodes.
HeadAttributes wanted_of(const JobReview& job, const SidesOfJob& sides) {
  HeadAttributes wanted;
  std::size_t base = 0;
  std::size_t head = 0;
  for (std::size_t i = 0; i < job.changes.size(); ++i) {
    const Change& change = job.changes[i];
    std::optional<graph::NodeId> before;
    if (derivation_of(change.base) != nullptr) before = sides.base_roots.at(base++);
    if (derivation_of(change.head) == nullptr) continue;
    wanted.attributes.push_back({.head = sides.head_roots.at(head++), .base = before});
    wanted.changes.push_back(i);
  }
  return wanted;
}

std::optional<DerivationDifference> difference_at(const RebuiltDerivation& rebuilt, DerivationReader& derivations,
                                                  std::span<const Replacement> replaced) {
  if (!rebuilt.base) return std::nullopt;
  const Result<drv::Derivation> base = read_derivation(derivations, *rebuilt.base);
  const Result<drv::Derivation> head = read_derivation(derivations, rebuilt.head);
  if (!base || !head) return std::nullopt;
  return drv::difference(*base, *head, replaced);
}

/// Where the nearest attribute above each origin is defined.
void place_origins(JobReview& job) {
  std::vector<std::uint32_t> nearest(job.origins.size(), UINT32_MAX);
  for (const Change& change : job.changes) {
    if (!change.rebuild || !change.head_metadata || !change.head_metadata->position) continue;
    const RebuiltDerivation& rebuilt = job.rebuilds[*change.rebuild];
    if (rebuilt.distance >= nearest[rebuilt.origin]) continue;
    nearest[rebuilt.origin] = rebuilt.distance;
    job.origins[rebuilt.origin].position = change.head_metadata->position;
  }
}

void compare_origins(JobReview& job, const Evidence& evidence) {
  const std::size_t compared = std::min(job.origins.size(), kComparedOrigins);
  for (std::size_t i = 0; i < compared; ++i) {
    Origin& origin = job.origins[i];
    origin.difference = difference_at(job.rebuilds[origin.derivation], evidence.derivations, {});
    if (origin.difference) origin.lines = review::tell_lines(*origin.difference, evidence.lines);
  }
}

/// The steps above origins, those first that the change is about, then nearest to an origin first.
std::vector<std::uint32_t> foremost_steps(const JobReview& job) {
  std::vector<bool> is_direct(job.rebuilds.size());
  for (const Change& change : job.changes) {
    if (change.rebuild && change.direct) is_direct[*change.rebuild] = true;
  }
  std::vector<std::uint32_t> steps;
  for (const bool wanted : {true, false}) {
    for (std::uint32_t index = 0; index < job.rebuilds.size() && steps.size() < kComparedSteps; ++index) {
      if (job.rebuilds[index].towards && is_direct[index] == wanted) steps.push_back(index);
    }
  }
  std::ranges::sort(steps);
  return steps;
}

/// Without the inputs that were replaced, which the way tells; nullopt where nothing else differs.
std::optional<DerivationDifference> own_part(DerivationDifference difference) {
  const auto is_replaced = [](const PathDifference& input) { return input.base && input.head && *input.base != *input.head; };
  std::erase_if(difference.inputs, is_replaced);
  const bool is_empty = difference.fields.empty() && difference.arguments.empty() && difference.environment.empty() &&
                        difference.outputs.empty() && difference.sources.empty() && difference.inputs.empty();
  if (is_empty) return std::nullopt;
  return difference;
}

void compare_steps(JobReview& job, const review::Rebuilds& rebuilds, const Evidence& evidence) {
  for (const std::uint32_t index : foremost_steps(job)) {
    const std::vector<Replacement> replaced = review::replaced_inputs(evidence.graph, rebuilds, rebuilds.nodes[index]);
    std::optional<DerivationDifference> found = difference_at(job.rebuilds[index], evidence.derivations, replaced);
    if (found) found = own_part(std::move(*found));
    if (found) job.own_differences.push_back({.derivation = index, .difference = std::move(*found)});
  }
}

/// The file that defines a package can be as it was where what it takes as a source is not.
void mark_own_sources(JobReview& job, std::span<const std::string> changed_files) {
  std::vector<const DerivationDifference*> differences(job.rebuilds.size());
  for (const StepDifference& own : job.own_differences) differences[own.derivation] = &own.difference;
  for (const Origin& origin : job.origins) {
    if (origin.difference) differences[origin.derivation] = &*origin.difference;
  }
  const review::ChangedFiles files(changed_files);
  for (Change& change : job.changes) {
    if (change.direct || !change.rebuild || !is_change(change.kind)) continue;
    const DerivationDifference* const difference = differences[*change.rebuild];
    const auto& metadata = change.head_metadata;
    if (difference != nullptr && files.hold_a_source(*difference, metadata ? metadata->position : std::nullopt)) change.direct = true;
  }
}

}  // namespace

void explain(JobReview& job, const SidesOfJob& sides, const Evidence& evidence) {
  const HeadAttributes wanted = wanted_of(job, sides);
  review::Rebuilds rebuilds = review::find_rebuilds(evidence.graph, {.base = sides.base_roots, .attributes = wanted.attributes});
  for (std::size_t i = 0; i < wanted.changes.size(); ++i) job.changes[wanted.changes[i]].rebuild = rebuilds.of_attributes[i];
  job.rebuilds = std::move(rebuilds.derivations);
  job.origins = std::move(rebuilds.origins);
  place_origins(job);
  compare_origins(job, evidence);
  compare_steps(job, rebuilds, evidence);
  mark_own_sources(job, evidence.changed_files);
}

}  // namespace ekaci::engine
