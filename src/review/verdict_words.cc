#include "review/verdict_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "review/wording.h"

namespace ekaci::review {
namespace {

/// A number of things and a verb for them: `1 has no builder`, `2 have no builder`.
std::string with_verb(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", grouped(number), number == 1 ? singular : plural);
}

/// What kept the foremost root failure that is the infrastructure's, quoted, to be put behind other words; empty where nothing tells.
std::string trouble_in_words(const Review& review) {
  constexpr std::size_t kColumns = 120;
  const auto root = std::ranges::find(review.root_failures, OutcomeKind::infrastructure, &RootFailure::kind);
  if (root == review.root_failures.end()) return {};
  const std::string_view message = trim(root->message);
  std::string words = printable_line(message.substr(0, message.find('\n')));
  if (root->attempts > 0 && outcome_of(root->result) == OutcomeKind::infrastructure) {
    const std::string result = spelled_out(to_string(root->result));
    words = words.empty() ? result : result + ": " + words;
  }
  return words.empty() ? "" : fmt::format("; the trouble was '{}'", clip(words, kColumns));
}

/// By how much: with as many decimals as it takes to be more than what is allowed.
std::string percent_of(const Growth& growth) {
  constexpr int kMostDecimals = 6;
  const double percent = 100 * static_cast<double>(growth.head - growth.base) / static_cast<double>(growth.base);
  int decimals = 1;
  double scale = 10;
  while (std::round(percent * scale) / scale <= growth.allowed_percent && decimals < kMostDecimals) {
    ++decimals;
    scale *= 10;
  }
  return fmt::format("{:.{}f} %", percent, decimals);
}

}  // namespace

bool is_merged(const Review& review) { return review.merged_tree.has_value() && review.conflicts.empty(); }

std::string base_name_of(const Review& review) {
  return review.base_name.empty() ? review.base.brief() : clip(printable_line(review.base_name), 60);
}

std::uint64_t count_of(const Findings& found, ChangeKind kind) {
  const auto entry = found.counts.find(kind);
  return entry == found.counts.end() ? 0 : entry->second;
}

std::uint64_t count_of(const Findings& found, Transition transition) {
  const auto entry = found.transitions.find(transition);
  return entry == found.transitions.end() ? 0 : entry->second;
}

std::string builds_in_words(const Findings& found) {
  const std::uint64_t newly = count_of(found, Transition::newly_failing);
  std::string rest = other_builds_in_words(found);
  if (newly == 0) return rest;
  const std::string failing = with_verb(newly, "newly fails", "newly fail");
  return rest.empty() ? failing : failing + ", " + rest;
}

std::string other_builds_in_words(const Findings& found) {
  std::vector<std::string> parts;
  const auto append = [&](std::uint64_t number, std::string_view singular, std::string_view plural) {
    if (number > 0) parts.push_back(with_verb(number, singular, plural));
  };
  append(count_of(found, Transition::added_failing), "is new and fails", "are new and fail");
  append(count_of(found, Transition::failing_base_unknown), "fails, and maybe did before", "fail, and maybe did before");
  append(count_of(found, Transition::still_failing), "fails as before", "fail as before");
  append(count_of(found, Transition::unknown), "is not known", "are not known");
  append(count_of(found, Transition::newly_succeeding), "succeeds and did not before", "succeed and did not before");
  append(count_of(found, Transition::still_succeeding) + count_of(found, Transition::succeeding_base_not_built) +
             count_of(found, Transition::added_succeeding),
         "succeeds", "succeed");
  return enumerated(parts, parts.size());
}

std::string unknown_in_words(const Review& review, const Findings& found) {
  std::vector<std::string> parts;
  const auto append = [&](OutcomeKind kind, std::string_view singular, std::string_view plural) {
    const auto entry = found.unknown.find(kind);
    if (entry != found.unknown.end()) parts.push_back(with_verb(entry->second, singular, plural));
  };
  append(OutcomeKind::infrastructure, "met trouble that is not the package's", "met trouble that is not the packages'");
  append(OutcomeKind::no_builder, "has no builder", "have no builder");
  append(OutcomeKind::cancelled, "was stopped", "were stopped");
  append(OutcomeKind::not_built, "was not built", "were not built");
  const bool is_troubled = found.unknown.contains(OutcomeKind::infrastructure);
  return enumerated(parts, parts.size()) + (is_troubled ? trouble_in_words(review) : "");
}

std::string growth_in_words(const Findings& found) {
  if (!found.sizes.worst) return {};
  const Growth& worst = *found.sizes.worst;
  const std::string by = worst.base == 0 ? "" : fmt::format("by {}, ", percent_of(worst));
  const std::string more = found.sizes.exceeding > 1 ? fmt::format(" ({} more)", grouped(found.sizes.exceeding - 1)) : "";
  return fmt::format("closure of {} grew {}from {} to {}; {} % are allowed{}", worst.attribute, by, size_text(worst.base),
                     size_text(worst.head), worst.allowed_percent, more);
}

std::string acceptance_in_words(const Verdict& verdict, Requirement::Acceptance acceptance, const Findings& found) {
  const auto is_about = [&](std::string_view name) {
    const auto requirement = std::ranges::find(verdict.requirements, name, &Requirement::name);
    return requirement != verdict.requirements.end() && requirement->acceptance == acceptance;
  };
  std::vector<std::string> parts;
  if (is_about("nothing-removed") && found.removed > 0) parts.push_back("the removal of " + counted(found.removed, "attribute"));
  if (is_about("configuration-unchanged")) {
    const std::vector<std::string>& removed = found.accepted == Accepted::yes ? found.given_up_jobs : found.removed_jobs;
    const std::string jobs = removed.empty() ? "" : " without job " + enumerated(removed, kNamed);
    parts.push_back("a changed configuration" + jobs);
  }
  return enumerated(parts, parts.size());
}

std::string because_of(const Review& review) {
  std::vector<std::string> names;
  for (const RootFailure& root : review.root_failures) {
    if (root.newly_failing > 0) names.emplace_back(without_drv(root.derivation.name()));
  }
  return names.empty() ? "" : ", because of " + enumerated(names, kNamed);
}

}  // namespace ekaci::review
