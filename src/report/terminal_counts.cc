#include "report/terminal_counts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_builds.h"
#include "report/listing.h"
#include "report/table.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// The kinds in the order of a table: what matters first, what is as it was last.
constexpr std::array kTableOrder = {ChangeKind::newly_erroring, ChangeKind::newly_refused,     ChangeKind::removed,
                                    ChangeKind::rebuilt,        ChangeKind::metadata_only,     ChangeKind::added,
                                    ChangeKind::error_fixed,    ChangeKind::no_longer_refused, ChangeKind::still_erroring,
                                    ChangeKind::still_refused,  ChangeKind::not_a_derivation,  ChangeKind::unchanged};

/// Every kind that some attribute has; unchanged where none has any, so that a table is never empty.
std::vector<ChangeKind> occurring_kinds(std::span<const JobReview> jobs) {
  std::vector<ChangeKind> kinds;
  for (const ChangeKind kind : kTableOrder) {
    const bool occurs = std::ranges::any_of(jobs, [kind](const JobReview& job) { return count_of(job, kind) > 0; });
    if (occurs || (kinds.empty() && kind == ChangeKind::unchanged)) kinds.push_back(kind);
  }
  return kinds;
}

NumberTable::Column column_of(const JobReview& job, const std::vector<ChangeKind>& kinds) {
  NumberTable::Column column;
  for (const ChangeKind kind : kinds) column.numbers.push_back(count_of(job, kind));
  column.numbers.push_back(job.attributes);
  column.numbers.push_back(job.rebuild_count);
  return column;
}

/// New derivations are no sum: what several jobs build alike counts once.
NumberTable::Column total_of(const Review& review, const std::vector<ChangeKind>& kinds) {
  NumberTable::Column total;
  total.numbers.resize(kinds.size() + 2);
  total.numbers.back() = review.rebuild_count;
  for (const JobReview& job : review.jobs) {
    const NumberTable::Column column = column_of(job, kinds);
    for (std::size_t i = 0; i < kinds.size() + 1; ++i) total.numbers[i] += column.numbers[i];
  }
  return total;
}

std::string_view words_of(JobReview::Presence presence) {
  switch (presence) {
    case JobReview::Presence::both:
      return "";
    case JobReview::Presence::added:
      return "head only";
    case JobReview::Presence::removed:
      return "base only";
  }
  return "";
}

NumberTable::Column column_of(const JobReview& job, const std::vector<Transition>& transitions) {
  NumberTable::Column column;
  column.numbers.push_back(0);
  for (const Transition transition : transitions) {
    column.numbers.push_back(count_of(job, transition));
    column.numbers.front() += column.numbers.back();
  }
  std::ranges::rotate(column.numbers, column.numbers.begin() + 1);
  return column;
}

NumberTable::Column total_of(const std::vector<JobReview>& jobs, const std::vector<Transition>& transitions) {
  NumberTable::Column total;
  total.numbers.resize(transitions.size() + 1);
  for (const JobReview& job : jobs) {
    const NumberTable::Column column = column_of(job, transitions);
    for (std::size_t i = 0; i < total.numbers.size(); ++i) total.numbers[i] += column.numbers[i];
  }
  return total;
}

/// Which lines the headings need: the job's name where there are several, the presence where one is not on both sides.
struct Headings {
  bool job;
  bool presence;

  explicit Headings(const std::vector<JobReview>& jobs)
      : job(std::ranges::any_of(jobs, [&jobs](const JobReview& each) { return each.job != jobs.front().job; })),
        presence(std::ranges::any_of(jobs, [](const JobReview& each) { return each.presence != JobReview::Presence::both; })) {}

  [[nodiscard]] std::vector<std::string> of(const std::string& name, const std::string& system, std::string_view only) const {
    constexpr std::size_t kWidest = 20;
    std::vector<std::string> lines;
    if (job) lines.push_back(clip(printable_line(name), kWidest));
    lines.push_back(clip(printable_line(system), kWidest));
    if (presence) lines.emplace_back(only);
    return lines;
  }
};

}  // namespace

void print_counts(Page& page, const Review& review, std::size_t most_columns) {
  const std::vector<JobReview>& jobs = review.jobs;
  if (jobs.empty()) return;
  const std::vector<ChangeKind> kinds = occurring_kinds(jobs);
  const Headings headings(jobs);
  NumberTable table{.corner = headings.job ? "attributes" : "job " + clip(printable_line(jobs.front().job), 20), .rows = {}, .columns = {}};
  for (const ChangeKind kind : kinds)
    table.rows.push_back({.label = kind_in_words(kind), .tone = is_change(kind) ? mark_of(kind).tone : Tone::dim});
  table.rows.push_back({.label = "all attributes", .tone = Tone::strong, .rule_above = true});
  table.rows.push_back({.label = "new derivations"});
  const std::size_t shown = std::min(jobs.size(), std::max<std::size_t>(most_columns, 1));
  for (const JobReview& job : jobs) {
    if (table.columns.size() == shown) break;
    table.columns.push_back(column_of(job, kinds));
    table.columns.back().heading = headings.of(job.job, job.system, words_of(job.presence));
  }
  if (jobs.size() > 1) {
    table.columns.push_back(total_of(review, kinds));
    table.columns.back().heading = headings.of("", "total", "");
  }
  print_table(page, table);
  page.paragraph({{"  "}}, "each attribute of either side is counted once", Tone::dim);
  print_rest(page, jobs.size() - shown);
}

void print_transitions(Page& page, const Review& review, std::size_t most_columns) {
  const std::vector<Transition> transitions = occurring_transitions(review.jobs);
  if (transitions.empty()) return;
  const Headings headings(review.jobs);
  NumberTable table{.corner = "builds", .rows = {}, .columns = {}};
  for (const Transition transition : transitions)
    table.rows.push_back({.label = std::string(transition_in_words(transition)), .tone = mark_of(transition).tone});
  table.rows.push_back({.label = "all with a new derivation", .tone = Tone::strong, .rule_above = true});
  const std::size_t shown = std::min(review.jobs.size(), std::max<std::size_t>(most_columns, 1));
  for (std::size_t i = 0; i < shown; ++i) {
    const JobReview& job = review.jobs[i];
    table.columns.push_back(column_of(job, transitions));
    table.columns.back().heading = headings.of(job.job, job.system, words_of(job.presence));
  }
  if (review.jobs.size() > 1) {
    table.columns.push_back(total_of(review.jobs, transitions));
    table.columns.back().heading = headings.of("", "total", "");
  }
  print_table(page, table);
  print_rest(page, review.jobs.size() - shown);
}

void print_counts_in_words(Page& page, const std::vector<JobReview>& jobs) {
  for (const JobReview& job : jobs) {
    std::string text = review::counted(job.attributes, "attribute");
    for (const ChangeKind kind : occurring_kinds({&job, 1})) {
      const std::uint64_t number = count_of(job, kind);
      if (number > 0) text += fmt::format(", {} {}", review::grouped(number), kind_in_words(kind));
    }
    text += "; " + review::counted(job.rebuild_count, "new derivation");
    for (const Transition transition : kTransitionsInOrder) {
      const std::uint64_t number = count_of(job, transition);
      if (number > 0) text += fmt::format("; {} {}", review::grouped(number), transition_in_words(transition));
    }
    page.paragraph({{fmt::format("  {} {}: ", clip(printable_line(job.job), 20), clip(printable_line(job.system), 20)), Tone::dim}}, text,
                   Tone::plain);
  }
}

}  // namespace ekaci::report
