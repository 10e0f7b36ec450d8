#include "report/terminal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/listing.h"
#include "report/terminal_builds.h"
#include "report/terminal_changes.h"
#include "report/terminal_counts.h"
#include "report/terminal_marks.h"
#include "report/terminal_origins.h"
#include "report/terminal_sizes.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;

/// Longer reports say the verdict again at the end, for the top has left the screen.
constexpr std::size_t kScreen = 40;

std::string shown_name(const std::string& name, std::string_view fallback) {
  const std::string shown = printable_line(name);
  return shown.empty() ? std::string(fallback) : shown;
}

void print_verdict(Page& page, const Verdict& verdict) {
  const Mark mark = mark_of(verdict.decision);
  const std::string words = fmt::format("{} {}", mark.glyph, to_string(verdict.decision));
  const std::string sentence = printable_line(verdict.sentence);
  if (page.columns() < kNarrow) {
    page.line({{words, mark.tone}});
    page.paragraph({{"  "}}, sentence, Tone::strong);
  } else {
    page.paragraph({{words + "  ", mark.tone}}, sentence, Tone::strong);
  }
}

void print_revisions(Page& page, const Review& review) {
  page.gap();
  page.paragraph({{"  base    ", Tone::dim}}, fmt::format("{} {}", shown_name(review.base_name, "base"), review.base.brief()), Tone::plain);
  page.paragraph({{"  head    ", Tone::dim}}, fmt::format("{} {}", shown_name(review.head_name, "head"), review.head.brief()), Tone::plain);
  if (!review.merged_tree) {
    page.paragraph({{"  merged  ", Tone::dim}}, "no: they conflict", Tone::bad);
    return;
  }
  const std::string files = review.changed_files == 0 ? "no files changed" : counted(review.changed_files, "file") + " changed";
  page.paragraph({{"  merged  ", Tone::dim}}, fmt::format("tree {}, {}", review.merged_tree->brief(), files), Tone::plain);
}

std::string words_of(Requirement::State state) { return state == Requirement::State::not_met ? "not met" : std::string(to_string(state)); }

void print_requirements(Page& page, const std::vector<Requirement>& requirements) {
  std::size_t longest = 0;
  for (const Requirement& requirement : requirements) longest = std::max(longest, display_width(requirement.name));
  page.gap();
  for (const Requirement& requirement : requirements) {
    const Mark mark = mark_of(requirement.state);
    const Tone text_tone = requirement.state == Requirement::State::met ? Tone::dim : Tone::plain;
    const Span state = {fmt::format("  {} {:<8} ", mark.glyph, words_of(requirement.state)), mark.tone};
    const std::string name = printable_line(requirement.name);
    if (page.columns() < kNarrow) {
      page.line({state, {name}});
      page.paragraph({{"      "}}, printable_line(requirement.text), text_tone);
    } else {
      page.paragraph({state, {padded_right(name, longest) + "  "}}, printable_line(requirement.text), text_tone);
    }
  }
}

void print_conflicts(Page& page, const Review& review, std::size_t rows) {
  if (review.conflicts.empty()) return;
  page.gap();
  page.line({{fmt::format("conflicts: {}", counted(review.conflicts.size(), "file")), Tone::strong}});
  const std::size_t shown = std::min(rows, review.conflicts.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const ConflictingFile& file = review.conflicts[i];
    page.line({{"  "}, {"✗", Tone::bad}, {" "}, {printable_line(file.path)}});
    page.paragraph({{"    "}}, printable_line(file.message), Tone::dim);
  }
  print_rest(page, review.conflicts.size() - shown);
}

void print_notes(Page& page, const Review& review, std::size_t rows) {
  std::set<std::string> seen;
  std::vector<std::string> notes;
  const auto append = [&seen, &notes](const std::vector<std::string>& more) {
    for (const std::string& note : more) {
      if (seen.insert(note).second) notes.push_back(printable_line(note));
    }
  };
  append(review.notes);
  for (const JobReview& job : review.jobs) {
    append(job.base.notes);
    append(job.head.notes);
  }
  page.gap();
  const std::size_t shown = std::min(rows, notes.size());
  for (std::size_t i = 0; i < shown; ++i) page.paragraph({{"  note  ", Tone::doubtful}}, notes[i], Tone::plain);
  print_rest(page, notes.size() - shown);
}

/// What evaluating one side cost in this review.
struct SideCost {
  std::size_t evaluations = 0;
  std::size_t reused = 0;
  std::chrono::microseconds cpu{0};
  std::uint64_t peak_memory = 0;

  void add(const SideSummary& side) {
    ++evaluations;
    if (side.reused) {
      ++reused;
      return;
    }
    cpu += side.cost.cpu;
    peak_memory = std::max(peak_memory, side.cost.peak_memory);
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    if (evaluations == 0) return fmt::format("{} not evaluated", name);
    if (reused == evaluations) return fmt::format("{} reused", name);
    const std::string part = reused > 0 ? fmt::format("{} of {} reused, ", reused, evaluations) : "";
    return fmt::format("{} {}{} CPU, {}", name, part, duration_text(cpu), bytes_text(peak_memory));
  }
};

void print_each_cost(Page& page, const std::vector<JobReview>& jobs) {
  page.gap();
  for (const JobReview& job : jobs) {
    for (const auto& [name, side] : {std::pair{"base", &job.base}, std::pair{"head", &job.head}}) {
      const bool absent = job.presence == (side == &job.base ? JobReview::Presence::added : JobReview::Presence::removed);
      if (absent) continue;
      const std::string died = side->cost.workers_died == 0 ? "" : fmt::format(", {} died", counted(side->cost.workers_died, "worker"));
      page.paragraph({{fmt::format("  {} ", name), Tone::dim}},
                     fmt::format("{} {}: {}, {} in all; {}{}{}, {}", printable_line(job.job), printable_line(job.system),
                                 counted(side->attributes, "attribute"), counted(side->graph_derivations, "derivation"),
                                 side->reused ? "reused, then " : "", duration_text(side->cost.cpu) + " CPU", died,
                                 bytes_text(side->cost.peak_memory)),
                     Tone::dim);
    }
  }
}

void print_cost(Page& page, const Review& review, Verbosity verbosity) {
  if (verbosity == Verbosity::all) print_each_cost(page, review.jobs);
  SideCost base;
  SideCost head;
  for (const JobReview& job : review.jobs) {
    if (job.presence != JobReview::Presence::added) base.add(job.base);
    if (job.presence != JobReview::Presence::removed) head.add(job.head);
  }
  page.gap();
  if (!review.sandboxed && !review.jobs.empty()) {
    page.paragraph({{"  ! ", Tone::strong_doubtful}}, "not sandboxed: what was evaluated could read and do what you can", Tone::doubtful);
  }
  std::string text;
  if (!review.jobs.empty()) {
    text = fmt::format("{}{}; {}; {}; ", printable_line(review.evaluator.version), review.sandboxed ? ", sandboxed" : "", base.text("base"),
                       head.text("head"));
  }
  page.paragraph({{"  "}}, text + duration_text(review.wall) + " in all", Tone::dim);
}

void print_verdict_again(Page& page, const Verdict& verdict) {
  if (page.lines() <= kScreen) return;
  page.gap();
  print_verdict(page, verdict);
}

void print_changes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const std::vector<Section> sections = sections_of(jobs);
  print_direct_changes(page, jobs, style);
  print_problems(page, sections, style);
  print_sizes(page, jobs, style);
  print_retained(page, jobs, style);
  print_times(page, jobs, style);
  print_origins(page, jobs, style);
  print_rebuilt_sets(page, jobs, style);
  print_other_changes(page, sections, style);
  print_maintainers(page, jobs, style);
  print_unchanged_failures(page, sections, style);
}

}  // namespace

std::string to_terminal(const Review& review, const TerminalStyle& style) {
  Page page(style.columns, style.colour);
  print_verdict(page, review.verdict);
  if (style.verbosity == Verbosity::quiet) {
    print_counts_in_words(page, review.jobs);
    return std::move(page).take();
  }
  print_revisions(page, review);
  print_requirements(page, review.verdict.requirements);
  print_conflicts(page, review, style.rows);
  print_transitions(page, review, style.rows);
  print_root_failures(page, review, style);
  print_counts(page, review, style.rows);
  print_changes(page, review.jobs, style);
  print_notes(page, review, style.rows);
  print_builds(page, review, style);
  print_cost(page, review, style.verbosity);
  print_verdict_again(page, review.verdict);
  return std::move(page).take();
}

}  // namespace ekaci::report
