#include "report/checks.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/facts_builds.h"
#include "report/facts_errors.h"
#include "report/markdown.h"
#include "report/markdown_text.h"
#include "review/findings.h"
#include "review/judge.h"
#include "review/skip.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using forge::Annotation;
using forge::Check;
using forge::CheckAction;
using forge::CheckStatus;
using forge::CheckText;
using forge::Conclusion;
using review::counted;

constexpr std::size_t kTitleColumns = 200;
constexpr std::size_t kNameColumns = 80;  ///< of a job or an attribute in the name of a check
constexpr std::size_t kLogLines = 50;
/// Checks of jobs: each is a call, of which the forge takes so many in an hour.
constexpr std::size_t kMostJobs = 50;
/// Room for what is added behind the report.
constexpr std::size_t kReportBytes = forge::kMaxCheckText - 1024;

std::string plain(std::string_view hostile, std::size_t columns) { return clip(printable_line(hostile), columns); }

/// What is to be built before more can be said, where building was kept back: `12 derivations`; empty where nothing is.
std::string withheld_in_words(const Review& review, const CheckOptions& options) {
  if (options.building != CheckOptions::Building::withheld || review.builds) return {};
  const review::Findings found = review::examine(review, review::Accepted::no);
  if (found.rebuild_count > 0) return counted(found.rebuild_count, "derivation");
  // Another attribute of base has the derivation, so none is new; nobody knows whether it builds.
  const std::uint64_t attributes = found.rebuilt + found.gained;
  return attributes == 0 ? "" : counted(attributes, "attribute");
}

/// Whether evidence speaks against merging, and not only what someone with write access can accept.
bool is_refused(const Review& review) {
  if (review.verdict.decision != Decision::do_not_merge) return false;
  const auto is_not_met = [](const Requirement& each) { return each.state == Requirement::State::not_met; };
  const auto is_final = [&](const Requirement& each) { return is_not_met(each) && each.acceptance != Requirement::Acceptance::awaited; };
  const std::vector<Requirement>& requirements = review.verdict.requirements;
  return std::ranges::none_of(requirements, is_not_met) || std::ranges::any_of(requirements, is_final);
}

/// What the summary asks someone with write access for. Both are empty where that would not help.
struct Wish {
  std::string build{};   ///< what to build, in words
  std::string accept{};  ///< what to accept, in words
  [[nodiscard]] bool is_empty() const { return build.empty() && accept.empty(); }
};

Wish wish_of(const Review& review, const CheckOptions& options) {
  if (review.verdict.decision == Decision::merge || is_refused(review)) return {};
  Wish wish{.build = withheld_in_words(review, options)};
  if (!wish.build.empty() || review::needs_only_acceptance(review.verdict)) {
    wish.accept = review::acceptance_in_words(review, Requirement::Acceptance::awaited);
  }
  return wish;
}

Conclusion conclusion_of(const Review& review, const Wish& wish) {
  if (!wish.is_empty()) return Conclusion::action_required;
  if (review::is_skipped(review)) return Conclusion::neutral;
  if (review::lacks_only_time(review)) return Conclusion::timed_out;
  return review.verdict.decision == Decision::merge ? Conclusion::success : Conclusion::failure;
}

std::string title_of(const Review& review, const Wish& wish) {
  if (wish.is_empty()) return plain(review.verdict.sentence, kTitleColumns);
  const std::string build = wish.build.empty() ? "" : "build " + wish.build;
  const std::string accept = wish.accept.empty() ? "" : "accept " + wish.accept;
  const std::string_view both = build.empty() || accept.empty() ? "" : ", and to ";
  return plain(fmt::format("approval needed to {}{}{}", build, both, accept), kTitleColumns);
}

/// The button that approves of building, of accepting, or of both: it is one, and its word counts for all.
CheckAction approving(const Wish& wish) {
  CheckAction action{.identifier = std::string(forge::kApprove), .label = "Approve", .description = "Accept what this commit changes"};
  if (!wish.build.empty()) action.description = "Build this commit, accept its changes";
  if (wish.accept.empty()) {
    action.label = "Approve building";
    action.description = "Build this commit, and only this one";
  }
  return action;
}

std::vector<CheckAction> buttons(const Review& review, const CheckOptions& options, Wish wish) {
  // Someone may want to see what builds of a change that is refused, too.
  if (wish.is_empty() && !review::is_skipped(review)) wish.build = withheld_in_words(review, options);
  std::vector<CheckAction> actions;
  if (!wish.is_empty()) actions.push_back(approving(wish));
  actions.push_back({.identifier = std::string(forge::kRetry), .label = "Retry", .description = "Review again, build failed ones again"});
  return actions;
}

CheckText completed(Conclusion conclusion, std::string title, std::string summary, const CheckOptions& options) {
  return {.status = CheckStatus::completed,
          .conclusion = conclusion,
          .title = std::move(title),
          .summary = std::move(summary),
          .details_path = options.details_path,
          .started = options.started,
          .completed = options.completed};
}

std::string name_of_job(const JobReview& job) {
  return fmt::format("EkaCI / evaluate {} ({})", plain(job.job, kNameColumns), plain(job.system, kNameColumns));
}

/// A name that cannot be shown as it is would have to be altered, and could be another file's then.
bool is_shown_as_it_is(const std::string& file) { return !file.empty() && printable_line(file) == file; }

/// What newly fails to evaluate, where it says where.
std::vector<Annotation> annotations_of(const std::vector<ErrorGroup>& errors) {
  std::vector<Annotation> annotations;
  for (const ErrorGroup& error : errors) {
    if (!error.position || !is_shown_as_it_is(error.position->file)) continue;
    annotations.push_back({.path = error.position->file,
                           .line = std::max<std::uint64_t>(error.position->line, 1),
                           .title = plain(error.attributes.front().to_string() + " no longer evaluates", kTitleColumns),
                           .message = printable(error.message)});
  }
  return annotations;
}

std::string list_of(const std::vector<ErrorGroup>& errors) {
  constexpr std::size_t kShown = 50;
  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, errors.size()); ++i) {
    list += fmt::format("- {}: {}\n", code(errors[i].attributes.front().to_string()), code(errors[i].message));
  }
  if (errors.size() > kShown) list += fmt::format("- … and {} more\n", errors.size() - kShown);
  return list;
}

/// Whether the removal of jobs is what someone with write access accepted.
bool is_removal_accepted(const Review& review) {
  const auto& requirements = review.verdict.requirements;
  const auto changed = std::ranges::find(requirements, "configuration-unchanged", &Requirement::name);
  return changed != requirements.end() && changed->acceptance == Requirement::Acceptance::given;
}

/// What is said of a job that was looked at in whole: `12 attributes evaluated, nothing newly fails`.
std::string coverage_in_words(const JobReview& job) {
  const std::string attributes = counted(job.attributes, "attribute");
  const std::uint64_t failing = count_of(job, ChangeKind::still_erroring);
  if (failing == 0) return attributes + " evaluated, nothing newly fails";
  return fmt::format("{}: {} as at base, nothing newly", attributes, failing == 1 ? "1 fails" : review::grouped(failing) + " fail");
}

std::string title_of_attributes(const JobReview& job, const review::JobFindings& found) {
  if (found.newly_erroring > 0) return counted(found.newly_erroring, "attribute", "newly fails/newly fail") + " to evaluate";
  if (found.resource_failures > 0) {
    return fmt::format("not known: {} stopped by a limit of {}", counted(found.resource_failures, "evaluation", "was/were"),
                       found.time_limits == found.resource_failures ? "time" : "this run");
  }
  if (found.state == review::JobFindings::State::lacking) return "not known: attributes fail, and something was missing";
  return coverage_in_words(job);
}

std::string title_of_job(const JobReview& job, const review::JobFindings& found, bool is_accepted) {
  switch (found.state) {
    case review::JobFindings::State::removed:
      return is_accepted ? "the job is removed, which someone with write access accepted" : "the job is removed";
    case review::JobFindings::State::broken:
      return job.presence == JobReview::Presence::added ? "nothing of it evaluates" : "nothing of it evaluates any more";
    case review::JobFindings::State::unexamined:
      return fmt::format("not known: {}", found.why_unexamined);
    case review::JobFindings::State::examined:
    case review::JobFindings::State::lacking:
      break;
  }
  return title_of_attributes(job, found);
}

Conclusion conclusion_of_job(const review::JobFindings& found, bool is_accepted) {
  if (found.is_good()) return Conclusion::success;
  // Somebody who may say so wants it gone, so there is nothing to know of it.
  if (found.state == review::JobFindings::State::removed && is_accepted) return Conclusion::neutral;
  return found.lacks_only_time() ? Conclusion::timed_out : Conclusion::failure;
}

/// What evaluating noted of both sides: what was missing, for one.
std::string notes_of(const JobReview& job) {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> notes = job.base.notes;
  std::ranges::copy_if(job.head.notes, std::back_inserter(notes),
                       [&](const std::string& note) { return std::ranges::find(job.base.notes, note) == job.base.notes.end(); });
  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, notes.size()); ++i) list += fmt::format("- {}\n", code(notes[i]));
  if (notes.size() > kShown) list += fmt::format("- … and {} more\n", notes.size() - kShown);
  return list.empty() ? "" : "\n" + list;
}

Check check_of_job(const Review& review, const JobReview& job, const std::vector<ErrorGroup>& errors, const CheckOptions& options) {
  const review::JobFindings found = review::examine_job(job);
  const bool is_accepted = is_removal_accepted(review);
  std::string summary =
      fmt::format("{} of {} rebuilt, {} new, {} removed; {} at base as well.\n\n{}{}", count_of(job, ChangeKind::rebuilt),
                  counted(job.attributes, "attribute"), count_of(job, ChangeKind::added), count_of(job, ChangeKind::removed),
                  counted(count_of(job, ChangeKind::still_erroring), "evaluation error"), list_of(errors), notes_of(job));
  Check check{.repository = options.repository, .head = options.head, .name = name_of_job(job)};
  check.text = completed(conclusion_of_job(found, is_accepted), title_of_job(job, found, is_accepted), std::move(summary), options);
  check.text.annotations = annotations_of(errors);
  check.text = forge::within_limits(std::move(check.text));
  return check;
}

/// The root failure that keeps an attribute from succeeding, where the review names it.
const RootFailure* root_of(const Review& review, const std::string& attribute, const std::string& system) {
  const auto root = std::ranges::find_if(review.root_failures, [&](const RootFailure& candidate) {
    return candidate.system == system && std::ranges::find(candidate.attributes, attribute) != candidate.attributes.end();
  });
  return root == review.root_failures.end() ? nullptr : &*root;
}

std::string summary_of_failure(const RootFailure& root) {
  std::string log;
  for (const std::string& line : log_tail(root, kLogLines)) log += line + "\n";
  std::string summary = fmt::format("{}: {}; {}.\n\n", code(name_of(root)), failure_in_words(root), share_in_words(root));
  for (const std::string& line : message_lines(root)) summary += code(line) + "\n\n";
  if (!log.empty()) summary += fenced(log, "text", {});
  return summary;
}

/// An attribute that may get a check of its own.
struct Candidate {
  const JobReview* job = nullptr;
  const Change* change = nullptr;
};

bool is_shown(const Change& change, CheckOptions::Shown shown) {
  switch (shown) {
    case CheckOptions::Shown::none:
      return false;
    case CheckOptions::Shown::newly_failing:
      return change.build && change.build->transition == Transition::newly_failing;
    case CheckOptions::Shown::changed:
      break;
  }
  const EvaluatedDerivation* base = derivation_of(change.base);
  const EvaluatedDerivation* head = derivation_of(change.head);
  return head != nullptr && (base == nullptr || base->path != head->path);
}

/// What nobody built counts as not known.
Transition transition_of(const Change& change) { return change.build ? change.build->transition : Transition::unknown; }

std::string name_of_attribute(const Candidate& candidate) {
  return fmt::format("EkaCI / build {} ({})", plain(candidate.change->path.to_string(), kNameColumns),
                     plain(candidate.job->system, kNameColumns));
}

/// Those that are shown, each name once; what has to be seen comes first, where not all have room.
std::vector<Candidate> candidates(const Review& review, CheckOptions::Shown shown) {
  std::vector<Candidate> all;
  std::set<std::string> names;
  const auto add = [&](const JobReview& job, const Change& change) {
    const Candidate candidate{&job, &change};
    if (names.insert(name_of_attribute(candidate)).second) all.push_back(candidate);
  };
  for (const Transition transition : kTransitionsInOrder) {
    for (const JobReview& job : review.jobs) {
      for (const Change& change : job.changes) {
        if (transition_of(change) == transition && is_shown(change, shown)) add(job, change);
      }
    }
  }
  return all;
}

/// Whether nothing but builds that took too long, or were silent for too long, keeps an attribute from succeeding.
bool is_timed_out(const Review& review, const Candidate& candidate) {
  const std::optional<BuildChange>& build = candidate.change->build;
  if (!build) return false;
  if (build->head != OutcomeKind::dependency_failed) return build->head == OutcomeKind::timed_out;
  const std::string attribute = candidate.change->path.to_string();
  const auto is_a_root = [&](const RootFailure& root) {
    return root.system == candidate.job->system && std::ranges::find(root.attributes, attribute) != root.attributes.end();
  };
  const auto is_otherwise = [&](const RootFailure& root) { return is_a_root(root) && root.kind != OutcomeKind::timed_out; };
  return std::ranges::any_of(review.root_failures, is_a_root) && std::ranges::none_of(review.root_failures, is_otherwise);
}

Conclusion conclusion_of(const Review& review, const Candidate& candidate, const CheckOptions& options) {
  const Change& change = *candidate.change;
  switch (transition_of(change)) {
    case Transition::newly_failing:
    case Transition::added_failing:
    case Transition::failing_base_unknown:
      return is_timed_out(review, candidate) ? Conclusion::timed_out : Conclusion::failure;
    case Transition::still_failing:
      // Known, and nothing that the change is to blame for.
      return Conclusion::neutral;
    case Transition::newly_succeeding:
    case Transition::added_succeeding:
    case Transition::still_succeeding:
    case Transition::succeeding_base_not_built:
      return Conclusion::success;
    case Transition::unknown:
      break;
  }
  if (!change.build && options.building == CheckOptions::Building::withheld) return Conclusion::action_required;
  return change.build && change.build->head == OutcomeKind::cancelled ? Conclusion::cancelled : Conclusion::failure;
}

std::string title_of(const Change& change, const RootFailure* root, const CheckOptions& options) {
  if (!change.build) {
    return options.building == CheckOptions::Building::withheld ? "not known: building waits for an approval"
                                                                : "not known: nothing was built";
  }
  const std::string words(transition_in_words(change.build->transition));
  if (change.build->transition == Transition::unknown) return "not known: " + spelled_out(to_string(change.build->head));
  return root == nullptr ? words : fmt::format("{}: {}", words, plain(name_of(*root), kTitleColumns));
}

std::string summary_of(const Change& change, const RootFailure* root) {
  if (root != nullptr) return summary_of_failure(*root);
  const std::string derivation = derivation_of(change.head) == nullptr ? "" : code(derivation_of(change.head)->path.to_string()) + "\n\n";
  if (!change.build) return derivation + "It was not built, so nothing is known of it.\n";
  const std::string base = change.build->base ? spelled_out(to_string(*change.build->base)) : "no derivation";
  return fmt::format("{}At base: {}. At head: {}.\n", derivation, base, spelled_out(to_string(change.build->head)));
}

Check check_of_attribute(const Review& review, const Candidate& candidate, const CheckOptions& options) {
  const Change& change = *candidate.change;
  const RootFailure* root = root_of(review, change.path.to_string(), candidate.job->system);
  Check check{.repository = options.repository, .head = options.head, .name = name_of_attribute(candidate)};
  check.text = forge::within_limits(
      completed(conclusion_of(review, candidate, options), title_of(change, root, options), summary_of(change, root), options));
  return check;
}

/// Puts checks together, each name once: jobs may share their attributes.
class Gathering {
 public:
  void add(Check check) {
    if (names_.insert(check.name).second) checks_.push_back(std::move(check));
  }
  std::vector<Check> take() && { return std::move(checks_); }

 private:
  std::set<std::string> names_{};
  std::vector<Check> checks_{};
};

void add_jobs(Gathering& gathering, const Review& review, const CheckOptions& options) {
  const std::vector<ErrorGroup> errors = error_groups(review.jobs, ChangeKind::newly_erroring);
  // The first, whatever came of them: a check that is required has to be there every time.
  for (std::size_t place = 0; place < std::min(kMostJobs, review.jobs.size()); ++place) {
    std::vector<ErrorGroup> own;
    std::ranges::copy_if(errors, std::back_inserter(own), [place](const ErrorGroup& error) { return error.places.contains(place); });
    gathering.add(check_of_job(review, review.jobs[place], own, options));
  }
}

/// Says how many jobs there are where not all have a check.
std::string note_on_jobs(const Review& review) {
  if (review.jobs.size() <= kMostJobs) return {};
  return fmt::format("\n\nThe first {} of {} jobs and systems have a check of their own; this one covers all of them.\n", kMostJobs,
                     review.jobs.size());
}

/// Says how many there are where not all are shown.
std::string note_on_bound(std::size_t found, const CheckOptions& options) {
  if (found <= options.attributes) return {};
  const std::string_view what = options.shown == CheckOptions::Shown::changed ? "new and changed" : "newly failing";
  return fmt::format("\n\nAt most {} of {} {} attributes have a check of their own.\n", options.attributes, found, what);
}

}  // namespace

ReviewChecks to_checks(const Review& review, const CheckOptions& options) {
  ReviewChecks checks;
  const std::vector<Candidate> attributes = candidates(review, options.shown);
  std::string report = to_markdown(review, {.limit = kReportBytes}) + note_on_jobs(review) + note_on_bound(attributes.size(), options);
  const Wish wish = wish_of(review, options);
  checks.summary = completed(conclusion_of(review, wish), title_of(review, wish), std::move(report), options);
  checks.comment = to_brief_markdown(review, checks.summary.title);
  checks.summary.actions = buttons(review, options, wish);
  checks.summary = forge::within_limits(std::move(checks.summary));
  Gathering gathering;
  add_jobs(gathering, review, options);
  for (std::size_t i = 0; i < std::min(attributes.size(), options.attributes); ++i) {
    gathering.add(check_of_attribute(review, attributes[i], options));
  }
  checks.others = std::move(gathering).take();
  return checks;
}

}  // namespace ekaci::report
