#include "report/html_sections.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>

#include "base/html_text.h"
#include "base/text.h"
#include "report/html_pieces.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::size_t kRows = 500;

std::string_view class_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "merge";
    case Decision::do_not_merge:
      return "do-not-merge";
    case Decision::wait:
      return "wait";
    case Decision::cannot_tell:
      return "cannot-tell";
  }
  return "cannot-tell";
}

std::string_view class_of(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return "met";
    case Requirement::State::not_met:
      return "not-met";
    case Requirement::State::pending:
      return "pending";
    case Requirement::State::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string state_words(Requirement::State state) {
  return state == Requirement::State::not_met ? "not met" : std::string(to_string(state));
}

std::string capitalised(std::string words) {
  if (!words.empty() && words.front() >= 'a' && words.front() <= 'z') words.front() = static_cast<char>(words.front() - 'a' + 'A');
  return words;
}

std::string figure(std::uint64_t number, std::string_view words, std::string_view style) {
  return fmt::format("<div class=\"{}\"><dt>{}</dt><dd>{}</dd></div>", number > 0 ? style : "", words, grouped(number));
}

std::string build_figures_html(const std::vector<JobReview>& jobs) {
  const std::string text = figure(count_of(jobs, Transition::newly_failing), "newly failing to build", "alarm");
  const std::uint64_t unknown = count_of(jobs, Transition::unknown);
  return unknown == 0 ? text : text + figure(unknown, "builds unknown", "");
}

std::string figures_html(const PageFacts& facts) {
  const std::vector<JobReview>& jobs = facts.review.jobs;
  if (jobs.empty()) return {};
  const auto of = [&jobs](ChangeKind kind) { return count_of(jobs, kind); };
  std::string text = "<dl class=\"figures\">";
  if (facts.review.builds) text += build_figures_html(jobs);
  text += figure(of(ChangeKind::rebuilt), "rebuilt", "");
  text += figure(of(ChangeKind::newly_erroring), "newly failing to evaluate", "alarm");
  if (!facts.direct.empty()) text += figure(count_attributes(facts.direct), "changed directly", "");
  for (const ChangeKind kind : {ChangeKind::removed, ChangeKind::added, ChangeKind::newly_refused}) {
    if (of(kind) > 0) text += figure(of(kind), kind_in_words(kind), "");
  }
  return text + "</dl>\n";
}

std::string named_commit(const std::string& name, const CommitId& commit) {
  return fmt::format("<b>{}</b> <code>{}</code>", html_line(clip(printable_line(name), 80)), html_line(commit.brief()));
}

std::vector<ChangeKind> kinds_shown(const std::vector<JobReview>& jobs) {
  std::vector<ChangeKind> kinds;
  for (const ChangeKind kind : kinds_in_order()) {
    if (kind != ChangeKind::not_a_derivation && count_of(jobs, kind) > 0) kinds.push_back(kind);
  }
  return kinds;
}

std::string_view presence_words(JobReview::Presence presence) {
  switch (presence) {
    case JobReview::Presence::both:
      return "";
    case JobReview::Presence::added:
      return " <span class=\"quiet\">added</span>";
    case JobReview::Presence::removed:
      return " <span class=\"bad\">removed</span>";
  }
  return "";
}

std::string job_row(const JobReview& job, const std::vector<ChangeKind>& kinds) {
  std::string row =
      fmt::format("<tr><th scope=\"row\">{} {}{}</th>", code_html(job.job, 60), code_html(job.system, 64), presence_words(job.presence));
  for (const ChangeKind kind : kinds) row += number_cell(count_of(job, kind));
  return row + number_cell(job.attributes) + number_cell(job.rebuild_count) + "</tr>\n";
}

std::string total_row(const Review& review, const std::vector<ChangeKind>& kinds) {
  const std::vector<JobReview>& jobs = review.jobs;
  std::uint64_t attributes = 0;
  for (const JobReview& job : jobs) attributes += job.attributes;
  std::string row = R"(<tr class="sum"><th scope="row">all</th>)";
  for (const ChangeKind kind : kinds) row += number_cell(count_of(jobs, kind));
  // New derivations are no sum: what several jobs build alike counts once.
  return row + number_cell(attributes) + number_cell(review.rebuild_count) + "</tr>\n";
}

std::string statement_html(const Statement& statement) {
  std::string words = statement.words.empty() || statement.words == "version" ? "" : fmt::format("<span>{}</span> ", statement.words);
  if (statement.before.empty() && statement.after.empty()) return words;
  const bool is_transition = !statement.before.empty() || statement.words == "licence" || statement.words == "maintainers";
  return words + (is_transition ? transition_html(statement.before, statement.after) : code_html(statement.after, 160));
}

std::string statements_html(const DirectChange& change) {
  if (change.statements.empty()) return "<span class=\"quiet\">the version stays</span>";
  std::string items;
  for (const Statement& statement : change.statements) items += fmt::format("<li>{}</li>", statement_html(statement));
  return fmt::format("<ul class=\"statements\">{}</ul>", items);
}

std::string direct_row(const PageFacts& facts, const DirectChange& change) {
  constexpr std::size_t kNames = 6;
  const bool is_told = change.trouble && tells(*change.trouble, change.kind);
  std::string names;
  for (std::size_t i = 0; i < std::min(kNames, change.attributes.size()); ++i)
    names += (i > 0 ? ", " : "") + path_html(change.attributes[i]);
  if (change.attributes.size() > kNames)
    names += fmt::format(" <span class=\"quiet\">and {} more</span>", grouped(change.attributes.size() - kNames));
  return fmt::format("<tr><td>{}</td><td>{}{}{}</td><td>{}</td><td>{}</td></tr>\n", names, is_told ? "" : kind_in_words(change.kind),
                     trouble_html(change.trouble), places_html(facts.places, change.places), statements_html(change),
                     change.position ? position_html(*change.position) : "");
}

std::string maintainers_html(const PageFacts& facts) {
  constexpr std::size_t kPeople = 100;
  if (facts.maintainers.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(kPeople, facts.maintainers.size()); ++i) {
    const Maintained& one = facts.maintainers[i];
    names += fmt::format("<li>{} <span class=\"quiet\">{}</span></li>", code_html(one.maintainer, 80), grouped(one.attributes.size()));
  }
  if (facts.maintainers.size() > kPeople)
    names += fmt::format("<li class=\"quiet\">and {} more</li>", grouped(facts.maintainers.size() - kPeople));
  return fmt::format("<h3 class=\"gap\">Maintainers of these packages</h3>\n<ul class=\"names\">{}</ul>\n", names);
}

}  // namespace

PageFacts page_facts(const Review& review) {
  return {.review = review,
          .places = place_names(review.jobs),
          .direct = direct_changes(review.jobs),
          .errors = error_groups(review.jobs, ChangeKind::newly_erroring),
          .sizes = size_facts(review.jobs),
          .retained = retained_facts(review.jobs),
          .times = time_facts(review.jobs),
          .origins = origin_facts(review.jobs),
          .maintainers = maintainers_of(review.jobs),
          .roots = root_facts(review),
          .troubles = troubles_of(review.jobs),
          .log_names = LogNames(review.jobs)};
}

std::string verdict_html(const PageFacts& facts) {
  const Review& review = facts.review;
  const Verdict& verdict = review.verdict;
  std::string text = fmt::format("<header class=\"verdict {}\"><div class=\"wide\">\n", class_of(verdict.decision));
  text += fmt::format("<p class=\"eyebrow\">EkaCI review</p>\n<h1>{}<span>{}</span></h1>\n", icon_of(verdict.decision),
                      capitalised(std::string(to_string(verdict.decision))));
  text += fmt::format("<p class=\"sentence\">{}</p>\n", html_line(clip(printable_line(verdict.sentence), 2000)));
  text += fmt::format("<p class=\"revisions\">{} <span class=\"arrow\">merged into</span> {} · {} changed</p>\n",
                      named_commit(review.head_name, review.head), named_commit(review.base_name, review.base),
                      counted(review.changed_files, "file"));
  return text + figures_html(facts) + "</div></header>\n";
}

std::string requirements_html(const PageFacts& facts) {
  std::string text = heading("Requirements", "") + "<ul class=\"requirements\">\n";
  for (const Requirement& requirement : facts.review.verdict.requirements) {
    text += fmt::format("<li class=\"{}\"><span class=\"state\">{}{}</span>{}<span class=\"evidence\">{}</span></li>\n",
                        class_of(requirement.state), icon_of(requirement.state), state_words(requirement.state),
                        code_html(requirement.name, 60), html_line(clip(printable_line(requirement.text), 1000)));
  }
  return text + "</ul>\n";
}

std::string conflicts_html(const PageFacts& facts) {
  const auto& conflicts = facts.review.conflicts;
  if (conflicts.empty()) return {};
  std::string text = heading("Conflicts", counted(conflicts.size(), "file")) +
                     "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>file</th><th>what git says</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < std::min(kRows, conflicts.size()); ++i) {
    text += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", code_html(conflicts[i].path),
                        html_line(clip(printable_line(conflicts[i].message), 300)));
  }
  return text + "</tbody></table></div>\n" + rest_html(kRows, conflicts.size());
}

std::string counts_html(const PageFacts& facts) {
  const std::vector<JobReview>& jobs = facts.review.jobs;
  if (jobs.empty()) return {};
  const std::vector<ChangeKind> kinds = kinds_shown(jobs);
  std::string text = heading("Counts", "of attributes, by job and system") +
                     R"(<div class="scroll"><table class="counts"><thead><tr><th scope="col">job</th>)";
  for (const ChangeKind kind : kinds) text += fmt::format(R"(<th scope="col" class="number">{}</th>)", kind_in_words(kind));
  text += "<th scope=\"col\" class=\"number\">all</th><th scope=\"col\" class=\"number\">new derivations</th></tr></thead><tbody>\n";
  for (const JobReview& job : jobs) text += job_row(job, kinds);
  if (jobs.size() > 1) text += total_row(facts.review, kinds);
  return text + "</tbody></table></div>\n";
}

std::string direct_html(const PageFacts& facts) {
  if (facts.direct.empty()) return {};
  std::string text =
      heading("What the change itself does", counted(count_attributes(facts.direct), "attribute")) +
      "<div class=\"scroll\"><table class=\"cards\"><thead><tr><th>package</th><th>change</th><th>what</th><th>where</th></tr>"
      "</thead><tbody>\n";
  for (std::size_t i = 0; i < std::min(kRows, facts.direct.size()); ++i) text += direct_row(facts, facts.direct[i]);
  text += "</tbody></table></div>\n";
  return text + rest_html(kRows, facts.direct.size()) + maintainers_html(facts);
}

std::string notes_html(const PageFacts& facts) {
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
  std::string text = heading("Notes", "") + "<ul class=\"notes\">\n";
  for (std::size_t i = 0; i < std::min(kRows, notes.size()); ++i)
    text += fmt::format("<li>{}</li>\n", html_line(clip(printable_line(notes[i]), 1000)));
  return text + "</ul>\n";
}

std::string cost_html(const PageFacts& facts) {
  const Review& review = facts.review;
  std::chrono::microseconds cpu{0};
  std::uint64_t memory = 0;
  for (const JobReview& job : review.jobs) {
    cpu += job.base.cost.cpu + job.head.cost.cpu;
    memory = std::max({memory, job.base.cost.peak_memory, job.head.cost.peak_memory});
  }
  std::string text = "<footer><div class=\"wide\"><p>";
  if (!review.jobs.empty()) {
    text += fmt::format("Evaluated with {}, {}; {} CPU, at most {} in one worker. ", html_line(review.evaluator.version),
                        review.sandboxed ? "sandboxed" : "<b class=\"bad\">not sandboxed</b>", duration_text(cpu), bytes_text(memory));
  }
  return text + built_html(review) +
         fmt::format("{} from the command to the verdict.</p></div></footer>\n", capitalised(duration_text(review.wall)));
}

}  // namespace ekaci::report
