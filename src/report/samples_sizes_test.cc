#include "report/samples_sizes_test.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "report/facts_samples_test.h"
#include "review/transitions.h"

namespace ekaci::report {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

StorePath output(const std::string& name, std::uint32_t seed) {
  return StorePath::from_parts(sample_derivation(name, seed).path.hash(), name).value();
}

/// Everything succeeds, but that base is not built where the attribute's name ends so.
void build(Review& review, std::string_view not_built_at_base) {
  const Outcome succeeded{.kind = OutcomeKind::succeeded};
  review::apply_outcomes(review.jobs, [&succeeded](const StorePath&) { return &succeeded; });
  for (JobReview& job : review.jobs) {
    job.transitions.clear();
    for (Change& change : job.changes) {
      if (!change.build) continue;
      const bool is_unknown = change.build->base && change.path.names().back().ends_with(not_built_at_base);
      if (is_unknown) change.build = BuildChange{Transition::succeeding_base_not_built, OutcomeKind::succeeded, OutcomeKind::not_built};
      ++job.transitions[change.build->transition];
    }
  }
  review.builds.emplace();
  review.builds->outcomes[OutcomeKind::succeeded] = 94;
  review.builds->built = 94;
  review.builds->builders = {"local: x86_64-linux, 2 slots, sandboxed"};
}

Requirement requirement(std::string name, Requirement::State state, std::string text) {
  return {.name = std::move(name), .state = state, .text = std::move(text)};
}

SizeChange size_change(std::uint64_t base, std::uint64_t head, std::vector<PackageSize> responsible) {
  return {.outputs = {{.name = "out", .base = base / 4, .head = base / 4}},
          .closure = {.base = base, .head = head},
          .build_closure = {.base = base * 9, .head = head * 9},
          .responsible = std::move(responsible)};
}

/// The nth attribute of the world grows by less than those before it.
void measure(Change& change, std::uint64_t number) {
  const std::uint64_t base = 30 * kMiB + number * 700 * kKiB;
  const std::uint64_t grown = 4 * kMiB + 300 * kKiB - number * 40 * kKiB;
  if (!change.build->base) {
    change.size = SizeChange{.outputs = {{.name = "out", .head = 512}}, .closure = {.head = 3 * kMiB}};
  } else if (change.build->base == OutcomeKind::not_built) {
    change.size = SizeChange{.outputs = {{.name = "out", .head = kMiB}}, .closure = {.head = base}};
  } else if (number % 7 == 3) {
    change.build->base_time = std::chrono::seconds(65);
    change.build->head_time = std::chrono::seconds(65) + std::chrono::seconds(number);
    change.size = size_change(base, base - kMiB, {{"zlib", kMiB, 0}});
    change.retained = {1};
  } else if (number % 7 == 5) {
    change.size = size_change(base, base, {});
  } else {
    change.size = size_change(base, base + grown, {{"openssl", 0, 3 * kMiB}, {"xz", 4 * kMiB, grown + kMiB}});
    change.retained = {0, 2};
  }
}

std::uint64_t count_of_retained(const JobReview& job, std::uint32_t index) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(job.changes, [index](const Change& change) { return std::ranges::count(change.retained, index) > 0; }));
}

}  // namespace

Review sizes_sample() {
  Review review = world_sample();
  build(review, "0");
  JobReview& job = review.jobs.front();
  job.size_check = SizeCheck{.max_increase_percent = 12.5};
  std::uint64_t number = 0;
  for (Change& change : job.changes) {
    if (change.build) measure(change, number++);
  }
  job.retained_left_out = 2;
  job.retained = {{.kind = RetainedKind::gained,
                   .name = "openssl",
                   .head_versions = {"3.0.8"},
                   .head_bytes = 3 * kMiB + 100 * kKiB,
                   .attributes = count_of_retained(job, 0),
                   .example = {"llvm", "package01"},
                   .way = {output("package01-1.0", 1), output("curl-8.0.1", 2), output("openssl-3.0.8", 3)}},
                  {.kind = RetainedKind::lost,
                   .name = "zlib",
                   .base_versions = {"1.2.13"},
                   .base_bytes = kMiB,
                   .attributes = count_of_retained(job, 1),
                   .example = {"package03"},
                   .way = {output("package03-1.0", 4), output("zlib-1.2.13", 5)}},
                  {.kind = RetainedKind::version_changed,
                   .name = "xz",
                   .base_versions = {"5.4.1"},
                   .head_versions = {"5.4.2"},
                   .base_bytes = kMiB,
                   .head_bytes = 2 * kMiB,
                   .attributes = count_of_retained(job, 2),
                   .example = {"llvm", "package01"},
                   .way = {output("package01-1.0", 1), output("xz-5.4.2", 6)}}};
  review.verdict = {.decision = Decision::do_not_merge,
                    .sentence = "The closure of llvm.package01 grew by 14.0 %.",
                    .requirements = {requirement("built", Requirement::State::met, "all of 94 changed attributes"),
                                     requirement("sizes-within-bounds", Requirement::State::not_met,
                                                 "closure of llvm.package01 grew by 14.0 %; 12.5 % are allowed")}};
  return review;
}

Review hostile_sizes_sample() {
  Review review = hostile_sample();
  review.jobs.push_back(review.jobs.front());
  review.jobs.back().system = "aarch64-linux";
  review.builds.emplace();
  std::uint32_t seed = 100;
  for (JobReview& job : review.jobs) {
    job.transitions[Transition::still_succeeding] = job.changes.size();
    for (std::size_t i = 0; i < job.changes.size(); ++i) {
      Change& change = job.changes[i];
      change.build = BuildChange{Transition::still_succeeding, OutcomeKind::succeeded, OutcomeKind::succeeded};
      const std::uint64_t base = std::array<std::uint64_t, 3>{0, kLargest, 1000}.at(i % 3);
      const std::uint64_t head = i % 2 == 0 ? kLargest : 7 + seed;
      change.size = SizeChange{.outputs = {{hostile_text(++seed), kLargest, kLargest}, {hostile_text(++seed), std::nullopt, kLargest}},
                               .closure = {.base = base, .head = head},
                               .responsible = {{hostile_text(++seed), base, head}, {"", kLargest, 0}}};
      change.retained = {0, 1};
      change.build->base_time = std::chrono::microseconds(i % 2 == 0 ? INT64_MAX : 0);
      change.build->head_time = std::chrono::microseconds(i % 2 == 0 ? 0 : INT64_MAX);
    }
    std::vector<StorePath> way;
    for (std::uint32_t i = 0; i < 12; ++i) way.push_back(output(fmt::format("step{:02}-?=+1.{}", i, i), i));
    job.retained = {{.kind = RetainedKind::version_changed,
                     .name = hostile_text(1),
                     .base_versions = {"", hostile_text(2)},
                     .head_versions = std::vector<std::string>(100, hostile_text(5)),
                     .base_bytes = kLargest,
                     .head_bytes = 0,
                     .attributes = job.changes.size(),
                     .example = AttributePath({hostile_text(4), hostile_text(6)}),
                     .way = std::move(way)},
                    {.kind = RetainedKind::gained, .name = "", .head_versions = {""}, .head_bytes = 1, .attributes = 1, .example = {}}};
  }
  return review;
}

std::vector<Sample> size_samples() { return {{"sizes", sizes_sample()}, {"sizes-hostile", hostile_sizes_sample()}}; }

}  // namespace ekaci::report
