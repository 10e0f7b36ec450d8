#include "review/sentence.h"

#include <fmt/core.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "review/verdict_words.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

/// The attributes that differ, but for errors, in words; empty where none do.
std::string changes_in_words(const Findings& found) {
  std::vector<std::string> parts;
  const auto append = [&](ChangeKind kind, std::string_view what) {
    if (const std::uint64_t number = count_of(found, kind); number > 0) parts.push_back(fmt::format("{} {}", grouped(number), what));
  };
  append(ChangeKind::removed, "removed");
  append(ChangeKind::rebuilt, "rebuilt");
  append(ChangeKind::metadata_only, "changed in metadata only");
  append(ChangeKind::added, "added");
  append(ChangeKind::error_fixed, "fixed");
  append(ChangeKind::newly_refused, "newly refused");
  append(ChangeKind::no_longer_refused, "no longer refused");
  return enumerated(parts, parts.size());
}

/// What is said of building at the end of a sentence about something else.
std::string building_besides(const Review& review, const Findings& found) {
  if (!review.builds) return "; nothing was built";
  const std::string builds = builds_in_words(found);
  return builds.empty() ? "; nothing had to be built" : "; of the changed attributes, " + builds;
}

std::string failure_sentence(const Review& review, const Findings& found) {
  const std::uint64_t newly = count_of(found, Transition::newly_failing);
  const std::string all = counted(found.changed_derivations(), "changed attribute");
  if (newly == 0) return fmt::format("Of {}, {}.", all, builds_in_words(found));
  const std::string others = other_builds_in_words(found);
  return fmt::format("Of {}, {} to build{}{}.", all, newly == 1 ? "1 newly fails" : grouped(newly) + " newly fail", because_of(review),
                     others.empty() ? "" : "; " + others);
}

std::string refusal_sentence(const Review& review, const Findings& found) {
  if (!is_merged(review)) {
    const std::size_t files = review.conflicts.size();
    if (files == 0)
      return fmt::format("The change cannot be merged into {}; nothing was evaluated and nothing was built.", base_name_of(review));
    return fmt::format("{} with {}; nothing was evaluated and nothing was built.", counted(files, "file", "conflicts/conflict"),
                       base_name_of(review));
  }
  if (!found.broken_jobs.empty()) {
    return fmt::format("With the change, nothing evaluates any more in job {}{}.", enumerated(found.broken_jobs, kNamed),
                       building_besides(review, found));
  }
  if (found.newly_erroring > 0) {
    const std::string changes = changes_in_words(found);
    const std::string more = found.undecided == 0 ? "" : fmt::format(", {} more stopped by a limit", grouped(found.undecided));
    return fmt::format("{} to evaluate{}{}{}.", counted(found.newly_erroring, "attribute", "newly fails/newly fail"), more,
                       changes.empty() ? "" : " (besides, " + changes + ")", building_besides(review, found));
  }
  if (!found.removed_jobs.empty()) {
    return fmt::format("The change removes job {}{}.", enumerated(found.removed_jobs, kNamed), building_besides(review, found));
  }
  if (found.fails_to_build()) return failure_sentence(review, found);
  if (found.sizes.exceeding > 0) return fmt::format("The {}{}.", growth_in_words(found), building_besides(review, found));
  return fmt::format("With the change, the configuration cannot be read{}.", building_besides(review, found));
}

std::string doubtful_builds_sentence(const Review& review, const Findings& found) {
  const std::string unknown = unknown_in_words(review, found);
  return fmt::format("Of {}, {}{}.", counted(found.changed_derivations(), "changed attribute"), builds_in_words(found),
                     unknown.empty() ? "" : " (" + unknown + ")");
}

/// Whether nothing but sizes is unknown of what was to be built.
bool only_sizes_are_doubtful(const Findings& found) {
  return found.sizes.unknown > 0 && count_of(found, Transition::unknown) + count_of(found, Transition::failing_base_unknown) == 0;
}

/// Whether nothing but what is removed keeps the change from being merged.
bool only_removals_are_doubtful(const Findings& found) {
  const std::uint64_t unclear = count_of(found, Transition::unknown) + count_of(found, Transition::failing_base_unknown);
  return found.removed > 0 && found.accepted == Accepted::no && unclear == 0 && found.sizes.unknown == 0;
}

std::string doubt_sentence(const Review& review, const ConfigurationDifference& configuration, const Findings& found) {
  if (review.jobs.empty()) return "No job was evaluated, so nothing is known of the change; nothing was built.";
  if (!found.unexamined_jobs.empty()) {
    return fmt::format("Nothing can be said of job {}{}.", enumerated(found.unexamined_jobs, kNamed), building_besides(review, found));
  }
  if (found.resource_failures > 0) {
    return fmt::format("{} stopped by a limit of this run, so the comparison is not whole{}.",
                       counted(found.resource_failures, "evaluation", "was/were"), building_besides(review, found));
  }
  if (!found.lacking_jobs.empty()) {
    return fmt::format("Something was missing when job {} was evaluated, so the comparison is not whole{}.",
                       enumerated(found.lacking_jobs, kNamed), building_besides(review, found));
  }
  if (found.lacks_jobs_of_base(review)) {
    return fmt::format("No job of the base was evaluated{}.", building_besides(review, found));
  }
  if (!configuration.unexamined.empty()) {
    return fmt::format("The change adds more jobs than are examined, so nothing is known of {}{}.",
                       enumerated(configuration.unexamined, kNamed), building_besides(review, found));
  }
  const std::string changes = changes_in_words(found);
  if (review.builds && only_removals_are_doubtful(found)) {
    return fmt::format("{} gone, which only someone with write access can accept{}.", counted(found.removed, "attribute", "is/are"),
                       building_besides(review, found));
  }
  if (review.builds && only_sizes_are_doubtful(found)) {
    return fmt::format("Whether closures grew by more than is allowed is not known for {}{}.",
                       counted(found.sizes.unknown, "changed attribute"), building_besides(review, found));
  }
  if (review.builds && !builds_in_words(found).empty()) return doubtful_builds_sentence(review, found);
  if (found.rebuild_count > 0 && !review.builds) {
    return fmt::format("Nothing was built, and {} new: of {}, {}.", counted(found.rebuild_count, "derivation", "is/are"),
                       counted(found.attributes, "attribute"), changes.empty() ? "none differs" : changes);
  }
  if (!changes.empty()) {
    return fmt::format("Of {}, {}{}.", counted(found.attributes, "attribute"), changes, building_besides(review, found));
  }
  return fmt::format("Nothing can be said of the change{}.", building_besides(review, found));
}

std::string consent_sentence(const Verdict& verdict, const Review& review, const Findings& found) {
  const std::string accepted = acceptance_in_words(verdict, Requirement::Acceptance::given, found);
  const std::string besides = accepted.empty() ? "" : "; someone with write access accepted " + accepted;
  if (review.builds && !found.transitions.empty()) {
    return fmt::format("Everything that the change touches was built: of {}, {}{}.", counted(found.changed_derivations(), "attribute"),
                       builds_in_words(found), besides);
  }
  const std::string changes = changes_in_words(found);
  const std::uint64_t failing = count_of(found, ChangeKind::still_erroring);
  const std::string seen = (failing == 0 ? "" : grouped(found.attributes - failing) + " of ") + counted(found.attributes, "attribute");
  const std::string unseen =
      failing == 0 ? "" : fmt::format(", and the other {} on both sides", failing == 1 ? "one fails" : grouped(failing) + " fail");
  return fmt::format("No derivation is new in {}{}{}; nothing was built, and nothing had to be{}.", seen,
                     changes.empty() ? "" : " (" + changes + ")", unseen, besides);
}

}  // namespace

std::string sentence_for(const Verdict& verdict, const Review& review, const ConfigurationDifference& configuration,
                         const Findings& found) {
  switch (verdict.decision) {
    case Decision::do_not_merge:
      return refusal_sentence(review, found);
    case Decision::cannot_tell:
      return doubt_sentence(review, configuration, found);
    case Decision::wait:
      return fmt::format("The change alters the configuration, which someone with write access has to accept{}.",
                         building_besides(review, found));
    case Decision::merge:
      return consent_sentence(verdict, review, found);
  }
  return {};
}

}  // namespace ekaci::review
