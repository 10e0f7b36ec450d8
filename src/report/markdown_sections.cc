#include "report/markdown_sections.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "report/markdown_pieces.h"
#include "report/markdown_text.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

/// What the verdict's part may hold at most, so that it always fits.
constexpr std::size_t kRequirements = 12;
constexpr std::size_t kRequirementColumns = 300;
constexpr std::size_t kSentenceColumns = 600;
constexpr std::size_t kNotes = 10;

std::string_view glyph_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "✅";
    case Decision::do_not_merge:
      return "❌";
    case Decision::wait:
      return "⏳";
    case Decision::cannot_tell:
      return "❔";
  }
  return "❔";
}

std::string_view state_words(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return "✅ met";
    case Requirement::State::not_met:
      return "❌ not met";
    case Requirement::State::pending:
      return "⏳ pending";
    case Requirement::State::unknown:
      return "❔ unknown";
  }
  return "❔ unknown";
}

std::string statement_markdown(const Statement& statement) {
  std::string text = statement.words == "version" ? "" : statement.words;
  if (statement.before.empty() && statement.after.empty()) return text.empty() ? "none" : text;
  if (!text.empty()) text += ' ';
  const bool is_transition = !statement.before.empty() || statement.words == "licence" || statement.words == "maintainers";
  if (is_transition) text += side_code(statement.before) + " → ";
  return text + side_code(statement.after);
}

std::string statements_markdown(const DirectChange& change) {
  std::string text;
  for (const Statement& statement : change.statements) text += (text.empty() ? "" : "; ") + statement_markdown(statement);
  return text.empty() ? "the version stays" : text;
}

std::string trouble_markdown(Transition trouble) { return fmt::format("{} {}", mark_of_trouble(trouble), transition_in_words(trouble)); }

std::string kind_markdown(const DirectChange& change) {
  if (!change.trouble) return kind_in_words(change.kind);
  const std::string trouble = trouble_markdown(*change.trouble);
  return tells(*change.trouble, change.kind) ? trouble : fmt::format("{}, {}", kind_in_words(change.kind), trouble);
}

/// Rows of the table of counts: kinds that occur anywhere.
std::vector<ChangeKind> kinds_shown(const std::vector<JobReview>& jobs) {
  std::vector<ChangeKind> kinds;
  for (const ChangeKind kind : kinds_in_order()) {
    if (kind != ChangeKind::not_a_derivation && count_of(jobs, kind) > 0) kinds.push_back(kind);
  }
  return kinds;
}

std::string number_cell(std::uint64_t number) { return number == 0 ? "–" : grouped(number); }

std::string_view presence_words(JobReview::Presence presence) {
  switch (presence) {
    case JobReview::Presence::both:
      return "";
    case JobReview::Presence::added:
      return " (added)";
    case JobReview::Presence::removed:
      return " (removed)";
  }
  return "";
}

std::string job_row(const MarkdownFacts& facts, std::size_t place, const std::vector<ChangeKind>& kinds) {
  const JobReview& job = facts.review.jobs[place];
  std::string row = fmt::format("| {}{} |", code(facts.places[place], 60), presence_words(job.presence));
  for (const ChangeKind kind : kinds) row += fmt::format(" {} |", number_cell(count_of(job, kind)));
  return row + fmt::format(" {} | {} |\n", number_cell(job.attributes), number_cell(job.rebuild_count));
}

std::string total_row(const Review& review, const std::vector<ChangeKind>& kinds) {
  const std::vector<JobReview>& jobs = review.jobs;
  std::string row = "| all |";
  std::uint64_t attributes = 0;
  for (const JobReview& job : jobs) attributes += job.attributes;
  for (const ChangeKind kind : kinds) row += fmt::format(" {} |", number_cell(count_of(jobs, kind)));
  // New derivations are no sum: what several jobs build alike counts once.
  return row + fmt::format(" {} | {} |\n", number_cell(attributes), number_cell(review.rebuild_count));
}

}  // namespace

MarkdownFacts markdown_facts(const Review& review) {
  std::map<ChangeKind, std::vector<Listed>> lists;
  for (const ChangeKind kind :
       {ChangeKind::removed, ChangeKind::newly_refused, ChangeKind::added, ChangeKind::error_fixed, ChangeKind::no_longer_refused})
    lists[kind] = listed(review.jobs, kind);
  return {.review = review,
          .places = place_names(review.jobs),
          .direct = direct_changes(review.jobs),
          .errors = error_groups(review.jobs, ChangeKind::newly_erroring),
          .sizes = size_facts(review.jobs),
          .retained = retained_facts(review.jobs),
          .times = time_facts(review.jobs),
          .origins = origin_facts(review.jobs),
          .rebuilt = rebuilt_through_inputs(review.jobs),
          .listed = std::move(lists),
          .maintainers = maintainers_of(review.jobs),
          .roots = root_facts(review),
          .troubles = troubles_of(review.jobs),
          .log_names = LogNames(review.jobs)};
}

std::string decision_heading(const MarkdownFacts& facts) {
  const Decision decision = facts.review.verdict.decision;
  return fmt::format("## {} {}\n", glyph_of(decision), to_string(decision));
}

std::string sides_line(const MarkdownFacts& facts) {
  const Review& review = facts.review;
  return fmt::format("{} {} ← {} {}, {} changed\n", code(review.base_name, 60), code(review.base.brief()), code(review.head_name, 60),
                     code(review.head.brief()), counted(review.changed_files, "file"));
}

std::string verdict_section(const MarkdownFacts& facts) {
  const Review& review = facts.review;
  std::string text = fmt::format("{}\n**Verdict:** {}\n\n", decision_heading(facts), prose(review.verdict.sentence, kSentenceColumns));
  text += sides_line(facts) + "\n";
  text += "| state | requirement | evidence |\n|---|---|---|\n";
  const auto& requirements = review.verdict.requirements;
  for (std::size_t i = 0; i < std::min(requirements.size(), kRequirements); ++i) {
    text += fmt::format("| {} | {} | {} |\n", state_words(requirements[i].state), code(requirements[i].name, 40),
                        prose(requirements[i].text, kRequirementColumns));
  }
  return text;
}

std::string conflict_section(const MarkdownFacts& facts) {
  constexpr std::size_t kFiles = 30;
  const auto& conflicts = facts.review.conflicts;
  if (conflicts.empty()) return {};
  std::string text = fmt::format("\n### Conflicts: {}\n\n", counted(conflicts.size(), "file"));
  for (std::size_t i = 0; i < std::min(conflicts.size(), kFiles); ++i)
    text += fmt::format("- {}: {}\n", code(conflicts[i].path), code(conflicts[i].message));
  text += rest_item(kFiles, conflicts.size());
  return text;
}

std::string count_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  const std::vector<JobReview>& jobs = facts.review.jobs;
  if (jobs.empty()) return {};
  const std::vector<ChangeKind> kinds = kinds_shown(jobs);
  std::string text = "\n### Counts\n\n| job |";
  std::string rule = "|---|";
  for (const ChangeKind kind : kinds) {
    text += fmt::format(" {} |", kind_in_words(kind));
    rule += "--:|";
  }
  text += " attributes | new derivations |\n" + rule + "--:|--:|\n";
  const std::size_t shown = std::min(detail.jobs, jobs.size());
  for (std::size_t place = 0; place < shown; ++place) text += job_row(facts, place, kinds);
  if (jobs.size() > 1 || shown == 0) text += total_row(facts.review, kinds);
  return shown < jobs.size() ? text + fmt::format("\n{} not shown.\n", counted(jobs.size() - shown, "job", "is/are")) : text;
}

std::string direct_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.direct.empty()) return {};
  std::string text = fmt::format("\n### What the change itself does: {}\n\n| package | change | what | where |\n|---|---|---|---|\n",
                                 counted(count_attributes(facts.direct), "attribute"));
  const std::size_t shown = std::min(detail.direct, facts.direct.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const DirectChange& change = facts.direct[i];
    std::vector<std::string> names;
    for (std::size_t j = 0; j < std::min<std::size_t>(change.attributes.size(), 4); ++j) names.push_back(path_code(change.attributes[j]));
    text += fmt::format("| {} | {}{} | {} | {} |\n", listing(names, change.attributes.size()), kind_markdown(change),
                        places_note(facts.places, change.places), statements_markdown(change),
                        change.position ? position_code(*change.position) : "");
  }
  if (shown < facts.direct.size()) text += fmt::format("\nand {} more\n", grouped(facts.direct.size() - shown));
  return text;
}

std::string rebuilt_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.rebuilt.empty()) return {};
  std::string text = fmt::format("\n<details><summary>Rebuilt through their inputs: {}{}</summary>\n\n", count_in_words(facts.rebuilt),
                                 troubles_in_words(count_troubles(facts.rebuilt, facts.troubles)));
  const std::size_t shown = std::min(detail.sets, facts.rebuilt.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const SetChanges& set = facts.rebuilt[i];
    std::vector<std::string> names;
    for (std::size_t j = 0; j < std::min(detail.rebuilt_names, set.attributes.size()); ++j) {
      const auto& path = set.attributes[j]->names();
      const std::string mark = trouble_mark(facts.troubles, *set.attributes[j]);
      names.push_back(path.empty() ? mark + "the whole job" : mark + code(AttributePath({path.back()}).to_string(), kNameColumns));
    }
    text += fmt::format("- **{}** {}{}\n", set.set.empty() ? "top level" : code(set.set, kNameColumns), grouped(set.attributes.size()),
                        names.empty() ? "" : ": " + listing(names, set.attributes.size()));
  }
  if (shown < facts.rebuilt.size()) text += fmt::format("- and {}\n", counted(facts.rebuilt.size() - shown, "more set"));
  return text + "\n</details>\n";
}

std::string listed_section(const MarkdownFacts& facts, ChangeKind kind, const MarkdownDetail& detail) {
  const auto found = facts.listed.find(kind);
  if (found == facts.listed.end() || found->second.empty()) return {};
  const std::vector<Listed>& all = found->second;
  std::string words = kind_in_words(kind);
  words.front() = static_cast<char>(words.front() - 'a' + 'A');
  std::string text = fmt::format("\n<details><summary>{}: {}</summary>\n\n", words, grouped(count_of(facts.review.jobs, kind)));
  const std::size_t shown = std::min(detail.listed, all.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Listed& listed = all[i];
    const std::string trouble = listed.trouble ? " " + trouble_markdown(*listed.trouble) : "";
    text += fmt::format("- {}{}{}{}\n", path_code(listed.path), trouble, listed.detail.empty() ? "" : ": " + code(listed.detail, 120),
                        places_note(facts.places, listed.places));
  }
  text += rest_item(shown, all.size());
  return text + "\n</details>\n";
}

std::string maintainer_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.maintainers.empty()) return {};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(detail.maintainers, facts.maintainers.size()); ++i) {
    const Maintained& one = facts.maintainers[i];
    names.push_back(fmt::format("{} ({})", code(one.maintainer, 60), grouped(one.attributes.size())));
  }
  return fmt::format("\n**Maintainers of the packages it changes:** {}\n", listing(names, facts.maintainers.size()));
}

std::string note_section(const MarkdownFacts& facts) {
  std::vector<std::string> notes = facts.review.notes;
  std::set<std::string> known(notes.begin(), notes.end());
  for (const JobReview& job : facts.review.jobs) {
    for (const SideSummary* side : {&job.base, &job.head}) {
      for (const std::string& note : side->notes) {
        if (known.insert(note).second) notes.push_back(note);
      }
    }
  }
  if (notes.empty()) return {};
  std::string text = "\n### Notes\n\n";
  for (std::size_t i = 0; i < std::min(notes.size(), kNotes); ++i) text += fmt::format("- Note: {}\n", prose(notes[i], 300));
  text += rest_item(kNotes, notes.size());
  return text;
}

std::string cost_section(const MarkdownFacts& facts) {
  const Review& review = facts.review;
  std::string text = "\n---\n";
  if (!review.sandboxed && !review.jobs.empty()) text += "**Not sandboxed.** ";
  std::chrono::microseconds cpu{0};
  for (const JobReview& job : review.jobs) cpu += job.base.cost.cpu + job.head.cost.cpu;
  if (!review.jobs.empty())
    text += fmt::format("Evaluated with {}, {} CPU{} ", code(review.evaluator.version, 60), duration_text(cpu), review.builds ? "." : ";");
  return text + built_sentence(review) + fmt::format("{} from the command to the verdict.\n", duration_text(review.wall));
}

}  // namespace ekaci::report
