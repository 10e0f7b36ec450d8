#include "engine/explain.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "drv/derivation.h"
#include "drv/difference.h"
#include "review/changed_lines.h"
#include "review/rebuilds.h"

namespace ekaci::engine {
namespace {

/// Origins whose derivations are compared: more than a reader looks at, few enough to be read in an instant.
constexpr std::size_t kComparedOrigins = 50;

bool is_derivation(const std::optional<AttributeResult>& side) { return side && std::holds_alternative<EvaluatedDerivation>(*side); }

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
    if (is_derivation(change.base)) before = sides.base_roots.at(base++);
    if (!is_derivation(change.head)) continue;
    wanted.attributes.push_back({.head = sides.head_roots.at(head++), .base = before});
    wanted.changes.push_back(i);
  }
  return wanted;
}

std::optional<drv::Derivation> read(DerivationReader& derivations, const StorePath& path) {
  std::optional<drv::Derivation> found;
  const auto is_another = [&path](const StorePath& other) { return other != path; };
  const Status done = derivations.read_closure(std::span(&path, 1), is_another, [&](const DerivationRecord& record) {
    Result<drv::Derivation> parsed = drv::parse(record.aterm);
    if (parsed) found = std::move(*parsed);
  });
  return done ? std::move(found) : std::nullopt;
}

std::optional<DerivationDifference> difference_at(const RebuiltDerivation& rebuilt, DerivationReader& derivations) {
  if (!rebuilt.base) return std::nullopt;
  const std::optional<drv::Derivation> base = read(derivations, *rebuilt.base);
  const std::optional<drv::Derivation> head = read(derivations, rebuilt.head);
  if (!base || !head) return std::nullopt;
  return drv::difference(*base, *head, {});
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

}  // namespace

void explain(JobReview& job, const SidesOfJob& sides, const Evidence& evidence) {
  const HeadAttributes wanted = wanted_of(job, sides);
  review::Rebuilds rebuilds = review::find_rebuilds(evidence.graph, {.base = sides.base_roots, .attributes = wanted.attributes});
  for (std::size_t i = 0; i < wanted.changes.size(); ++i) job.changes[wanted.changes[i]].rebuild = rebuilds.of_attributes[i];
  job.rebuilds = std::move(rebuilds.derivations);
  job.origins = std::move(rebuilds.origins);
  place_origins(job);
  const std::size_t compared = std::min(job.origins.size(), kComparedOrigins);
  for (std::size_t i = 0; i < compared; ++i) {
    Origin& origin = job.origins[i];
    origin.difference = difference_at(job.rebuilds[origin.derivation], evidence.derivations);
    if (origin.difference) origin.lines = review::tell_lines(*origin.difference, evidence.lines);
  }
}

}  // namespace ekaci::engine
