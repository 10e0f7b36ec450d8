#include "app/review_watch.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace ekaci::app {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{500};

void add_evaluations(ReviewGlimpse& glimpse, const std::vector<engine::TaskProgress>& tasks) {
  for (const engine::TaskProgress& task : tasks) {
    glimpse.known += task.known;
    glimpse.evaluated += task.done;
  }
}

void add_building(ReviewGlimpse& glimpse, const engine::BuildCrew& building, const Clock& clock) {
  engine::BuildProgress progress = building.progress();
  glimpse.to_build = progress.total;
  glimpse.built = progress.done;
  glimpse.failed = progress.failed;
  glimpse.queued = progress.queued;
  const Clock::Wall now = clock.wall();
  for (engine::VisibleBuild& build : progress.running) {
    const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(clock.now() - build.since);
    glimpse.builds.push_back({.derivation = std::move(build.derivation),
                              .since = now - elapsed,
                              .phase = std::move(build.phase),
                              .last_line = std::move(build.last_line)});
  }
}

/// Whether the review stands where it stood; since when a build runs is counted in seconds, and may be one more or less.
bool is_unmoved(const ReviewGlimpse& before, const ReviewGlimpse& now) {
  const auto counts = [](const ReviewGlimpse& one) {
    return std::tie(one.phase, one.known, one.evaluated, one.to_build, one.built, one.failed, one.queued);
  };
  const auto same = [](const ReviewGlimpse::Build& one, const ReviewGlimpse::Build& other) {
    return std::tie(one.derivation, one.phase, one.last_line) == std::tie(other.derivation, other.phase, other.last_line);
  };
  return counts(before) == counts(now) && std::ranges::equal(before.builds, now.builds, same);
}

}  // namespace

ReviewWatch::ReviewWatch(const Clock& clock) : clock_(clock), glimpse_(ReviewGlimpse{.phase_began = clock.wall(), .moved = clock.wall()}) {}

void ReviewWatch::decide(forge::Builds builds) {
  glimpse_.with([&](ReviewGlimpse& seen) { seen.decided_builds = builds; });
}

void ReviewWatch::see(std::string_view phase, const std::vector<engine::TaskProgress>& tasks, const engine::BuildCrew* building) {
  const Clock::Instant time = clock_.now();
  const bool is_new_phase = glimpse_.with([&](const ReviewGlimpse& seen) { return seen.phase != phase; });
  if (!is_new_phase && time < next_) return;
  next_ = time + kBetweenLooks;
  const Clock::Wall now = clock_.wall();
  ReviewGlimpse glimpse{.phase = std::string(phase), .phase_began = now, .moved = now};
  add_evaluations(glimpse, tasks);
  if (building != nullptr) add_building(glimpse, *building, clock_);
  glimpse_.with([&](ReviewGlimpse& seen) {
    glimpse.decided_builds = seen.decided_builds;
    if (!is_new_phase) glimpse.phase_began = seen.phase_began;
    if (is_unmoved(seen, glimpse)) glimpse.moved = seen.moved;
    seen = std::move(glimpse);
  });
}

void ReviewWatch::learn(std::span<const Change> changes) {
  derivations_.with([&](auto& derivations) {
    for (const Change& change : changes) {
      const EvaluatedDerivation* derivation = derivation_of(change.head);
      // Of what did not change there are many, and this review builds none of them.
      if (derivation == nullptr || change.kind == ChangeKind::unchanged) continue;
      std::vector<StorePath>& known = derivations[change.path];
      if (std::ranges::find(known, derivation->path) == known.end()) known.push_back(derivation->path);
    }
  });
}

ReviewGlimpse ReviewWatch::glimpse() const {
  return glimpse_.with([](const ReviewGlimpse& seen) { return seen; });
}

std::vector<StorePath> ReviewWatch::derivations_of(const AttributePath& attribute) const {
  return derivations_.with([&](const auto& derivations) {
    const auto found = derivations.find(attribute);
    return found == derivations.end() ? std::vector<StorePath>() : found->second;
  });
}

}  // namespace ekaci::app
