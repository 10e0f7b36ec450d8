#include "review/skip.h"

#include <fmt/core.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "review/requirements.h"
#include "review/verdict_words.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;

/// Matching takes time, and a change that touches so much is none of documentation alone.
constexpr std::size_t kMostPaths = 10'000;
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

bool is_within(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

/// Whether a path tells what is evaluated, and how it is judged.
bool is_decisive(const RepositoryConfiguration& configuration, std::string_view path) {
  if (is_within(path, ".ekaci") || is_within(path, ".eka-ci") || path.ends_with(".nix")) return true;
  if (path == "flake.lock" || path.ends_with("/flake.lock")) return true;
  return std::ranges::any_of(configuration.jobs, [path](const Job& job) { return job.file == path; });
}

/// The pattern that says of the path that it needs no review; nullptr where it has to be looked at.
const PathPattern* find_skipping(const std::vector<PathPattern>& patterns, std::string_view path) {
  for (const PathPattern& pattern : std::views::reverse(patterns)) {
    if (pattern.matches(path)) return pattern.is_exception() ? nullptr : &pattern;
  }
  return nullptr;
}

bool are_too_many(std::span<const std::string> paths) {
  std::size_t bytes = 0;
  for (const std::string& path : paths) bytes += path.size();
  return paths.size() > kMostPaths || bytes > kMostBytes;
}

}  // namespace

std::vector<std::string> skipping_patterns(const RepositoryConfiguration& base, std::span<const std::string> changed_paths) {
  if (base.skip.empty() || are_too_many(changed_paths)) return {};
  std::set<const PathPattern*> used;  // in the order of the configuration: elements of one array
  for (const std::string& path : changed_paths) {
    const PathPattern* pattern = is_decisive(base, path) ? nullptr : find_skipping(base.skip, path);
    if (pattern == nullptr) return {};
    used.insert(pattern);
  }
  std::vector<std::string> patterns;
  patterns.reserve(used.size());
  for (const PathPattern* pattern : used) patterns.push_back(pattern->text());
  return patterns;
}

Verdict judge_skipped(const Review& review, const SkipReason& reason) {
  const std::string files =
      review.changed_files == 1 ? "the one changed file matches" : fmt::format("all {} changed files match", grouped(review.changed_files));
  const std::string rule = fmt::format("skip.paths in {} of the base ({})", reason.file.empty() ? "the configuration" : reason.file,
                                       enumerated(reason.patterns, kNamed));
  return {
      .decision = Decision::merge,
      .sentence = fmt::format("Nothing to review: {} {}; nothing was evaluated.", files, rule),
      .requirements = {no_conflict(review),
                       {std::string(kNothingToReview), State::met, fmt::format("{} {}: the maintainers' rule, not evidence", files, rule)},
                       {"configuration-unchanged", State::met, "no file of the configuration is changed"}}};
}

bool is_skipped(const Review& review) {
  return review.verdict.decision == Decision::merge && review.jobs.empty() &&
         std::ranges::find(review.verdict.requirements, kNothingToReview, &Requirement::name) != review.verdict.requirements.end();
}

}  // namespace ekaci::review
