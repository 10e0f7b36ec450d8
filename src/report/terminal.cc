#include "report/terminal.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/listing.h"
#include "report/table.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::enumerated;
using review::grouped;

/// Narrower than this a hanging indent leaves no room: what belongs together goes below each other instead.
constexpr std::size_t kNarrow = 70;

/// Longer reports say the verdict again at the end, for the top has left the screen.
constexpr std::size_t kScreen = 40;

struct Mark {
  std::string_view glyph;
  Tone tone;
};

Mark mark_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return {"✓", Tone::strong_good};
    case Decision::do_not_merge:
      return {"✗", Tone::strong_bad};
    case Decision::wait:
      return {"…", Tone::strong_doubtful};
    case Decision::cannot_tell:
      return {"?", Tone::strong_doubtful};
  }
  return {"?", Tone::strong_doubtful};
}

Mark mark_of(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return {"✓", Tone::good};
    case Requirement::State::not_met:
      return {"✗", Tone::bad};
    case Requirement::State::pending:
      return {"…", Tone::doubtful};
    case Requirement::State::unknown:
      return {"?", Tone::doubtful};
  }
  return {"?", Tone::doubtful};
}

Mark mark_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::newly_erroring:
      return {"✗", Tone::bad};
    case ChangeKind::newly_refused:
      return {"⊘", Tone::doubtful};
    case ChangeKind::removed:
      return {"-", Tone::doubtful};
    case ChangeKind::rebuilt:
    case ChangeKind::metadata_only:
      return {"~", Tone::plain};
    case ChangeKind::added:
      return {"+", Tone::good};
    case ChangeKind::error_fixed:
    case ChangeKind::no_longer_refused:
      return {"✓", Tone::good};
    case ChangeKind::still_erroring:
      return {"✗", Tone::dim};
    case ChangeKind::still_refused:
      return {"⊘", Tone::dim};
    case ChangeKind::unchanged:
    case ChangeKind::not_a_derivation:
      return {"=", Tone::dim};
  }
  return {"?", Tone::plain};
}

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

/// Adds `… and 7 more` where rows were left out, and where all of them are, as far as there is room.
void print_rest(Page& page, std::uint64_t hidden) {
  if (hidden == 0) return;
  const std::string brief = fmt::format("  … and {} more", grouped(hidden));
  const std::string whole = brief + " (ekaci review --json FILE has all)";
  page.line({{display_width(whole) <= page.columns() ? whole : brief, Tone::dim}});
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

/// The kinds in the order of a table: what matters first, what is as it was last.
constexpr std::array kTableOrder = {ChangeKind::newly_erroring, ChangeKind::newly_refused,     ChangeKind::removed,
                                    ChangeKind::rebuilt,        ChangeKind::metadata_only,     ChangeKind::added,
                                    ChangeKind::error_fixed,    ChangeKind::no_longer_refused, ChangeKind::still_erroring,
                                    ChangeKind::still_refused,  ChangeKind::not_a_derivation,  ChangeKind::unchanged};

std::uint64_t count_of(const JobReview& job, ChangeKind kind) {
  const auto found = job.counts.find(kind);
  return found == job.counts.end() ? 0 : found->second;
}

/// Every kind that some attribute has; unchanged always, so that a table is never empty.
std::vector<ChangeKind> occurring_kinds(const std::vector<JobReview>& jobs) {
  std::vector<ChangeKind> kinds;
  for (const ChangeKind kind : kTableOrder) {
    const bool occurs = std::ranges::any_of(jobs, [kind](const JobReview& job) { return count_of(job, kind) > 0; });
    if (occurs || kind == ChangeKind::unchanged) kinds.push_back(kind);
  }
  return kinds;
}

NumberTable::Column column_of(const JobReview& job, const std::vector<ChangeKind>& kinds) {
  NumberTable::Column column;
  for (const ChangeKind kind : kinds) column.numbers.push_back(count_of(job, kind));
  column.numbers.push_back(job.changes.size());
  column.numbers.push_back(job.rebuild_count);
  return column;
}

NumberTable::Column total_of(const std::vector<JobReview>& jobs, const std::vector<ChangeKind>& kinds) {
  NumberTable::Column total;
  total.numbers.resize(kinds.size() + 2);
  for (const JobReview& job : jobs) {
    const NumberTable::Column column = column_of(job, kinds);
    for (std::size_t i = 0; i < column.numbers.size(); ++i) total.numbers[i] += column.numbers[i];
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

void print_counts(Page& page, const std::vector<JobReview>& jobs, std::size_t most_columns) {
  if (jobs.empty()) return;
  const std::vector<ChangeKind> kinds = occurring_kinds(jobs);
  const Headings headings(jobs);
  NumberTable table{.corner = headings.job ? "attributes" : "job " + clip(printable_line(jobs.front().job), 20), .rows = {}, .columns = {}};
  for (const ChangeKind kind : kinds)
    table.rows.push_back({.label = report::words_of(kind), .tone = is_change(kind) ? mark_of(kind).tone : Tone::dim});
  table.rows.push_back({.label = "all attributes", .tone = Tone::strong, .rule_above = true});
  table.rows.push_back({.label = "new derivations"});
  const std::size_t shown = std::min(jobs.size(), std::max<std::size_t>(most_columns, 1));
  for (const JobReview& job : jobs) {
    if (table.columns.size() == shown) break;
    table.columns.push_back(column_of(job, kinds));
    table.columns.back().heading = headings.of(job.job, job.system, words_of(job.presence));
  }
  if (jobs.size() > 1) {
    table.columns.push_back(total_of(jobs, kinds));
    table.columns.back().heading = headings.of("", "total", "");
  }
  print_table(page, table);
  page.paragraph({{"  "}}, "each attribute of either side is counted once", Tone::dim);
  print_rest(page, jobs.size() - shown);
}

/// How a list of rows is laid out: what a row says gets its room first, names get what they need of the rest.
struct ListLayout {
  std::size_t name = 0;    ///< columns of the names
  std::size_t detail = 0;  ///< columns of what is said of them
  bool below = false;      ///< the terminal is so narrow that it is said on a line of its own

  ListLayout(const std::vector<Row>& rows, std::size_t shown, std::size_t columns) {
    std::size_t where = 0;
    for (std::size_t i = 0; i < shown; ++i) {
      name = std::max(name, display_width(rows[i].name));
      detail = std::max(detail, display_width(rows[i].detail));
      where = std::max(where, display_width(rows[i].where));
    }
    constexpr std::size_t kMargin = 4;
    constexpr std::size_t kBetween = 2;
    const std::size_t room = columns - kMargin;
    const auto between = [](std::size_t width) { return width == 0 ? 0 : width + kBetween; };
    below = columns < kNarrow && name + between(detail) + between(where) > room;
    where = std::min(where, room / 4);
    detail = std::min(detail, below ? room : room / 2);
    name = std::min(name, below ? room : room - std::min(room, between(detail) + between(where)));
  }
};

void print_plain_row(Page& page, const Row& row, const Mark& mark, const ListLayout& layout) {
  const Span detail = {row.where.empty() ? row.detail : padded_right(row.detail, layout.detail),
                       row.detail == "rebuilt" ? Tone::dim : Tone::plain};
  const Line name = {{"  "}, {std::string(mark.glyph), mark.tone}, {" "}, {layout.below ? row.name : padded_right(row.name, layout.name)}};
  if (layout.below) {
    page.line(name);
    page.paragraph({{"    "}}, row.where.empty() ? row.detail : row.detail + ", " + row.where, detail.tone);
    return;
  }
  Line line = name;
  line.insert(line.end(), {{"  "}, detail, {"  "}, {row.where, Tone::dim}});
  page.line(line);
}

/// A message of at most `limit` lines on the page; what is left out is marked.
void print_message(Page& page, const std::vector<std::string>& message, std::size_t limit) {
  constexpr std::string_view kIndent = "    ";
  const std::size_t room = page.columns() - kIndent.size();
  std::vector<std::string> lines;
  for (const std::string& line : message) {
    for (std::string& part : wrapped(line, room)) lines.push_back(std::move(part));
    if (lines.size() > limit) break;
  }
  if (lines.size() > limit) {
    lines.resize(limit);
    lines.back() = clip(lines.back(), room - 2) + " …";
  }
  for (const std::string& line : lines) page.line({{std::string(kIndent)}, {line}});
}

void print_error_row(Page& page, const Row& row, const Mark& mark, const TerminalStyle& style) {
  const bool whole = style.verbosity == Verbosity::verbose;
  page.line({{"  "}, {std::string(mark.glyph), mark.tone}, {" "}, {row.name, Tone::strong}, {"  "}, {row.where, Tone::dim}});
  if (whole) {
    print_message(page, row.message, 20);
  } else {
    print_message(page, {row.message.front()}, 2);
  }
  if (!row.position.empty()) page.paragraph({{"    at ", Tone::dim}}, row.position, Tone::plain);
  if (!row.others.empty()) page.paragraph({{"    also ", Tone::dim}}, enumerated(row.others, whole ? style.rows : 4), Tone::plain);
}

void print_heading(Page& page, const Section& section, std::string_view remark) {
  const bool errors = !section.rows.empty() && !section.rows.front().message.empty();
  const bool alike = errors && section.rows.size() < section.attributes;
  const std::string grouped_by = alike ? fmt::format(", {}", counted(section.rows.size(), "error")) : "";
  page.line({{report::words_of(section.kind), Tone::strong},
             {fmt::format(": {}{}", counted(section.attributes, "attribute"), grouped_by)},
             {std::string(remark), Tone::dim}});
}

void print_section(Page& page, const Section& section, const TerminalStyle& style) {
  const Mark mark = mark_of(section.kind);
  const std::size_t shown = std::min(style.rows, section.rows.size());
  const ListLayout layout(section.rows, shown, page.columns());
  std::uint64_t hidden = section.attributes;
  page.gap();
  print_heading(page, section, "");
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = section.rows[i];
    hidden -= row.attributes;
    if (row.message.empty()) {
      print_plain_row(page, row, mark, layout);
    } else {
      print_error_row(page, row, mark, style);
    }
  }
  print_rest(page, hidden);
}

void print_sections(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  bool named_only = false;
  for (const Section& section : sections_of(jobs)) {
    if (is_change(section.kind) || style.verbosity == Verbosity::verbose) {
      print_section(page, section, style);
    } else {
      if (!named_only) page.gap();
      named_only = true;
      print_heading(page, section, " (--verbose lists them)");
    }
  }
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
  if (verbosity == Verbosity::verbose) print_each_cost(page, review.jobs);
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

}  // namespace

std::string to_terminal(const Review& review, const TerminalStyle& style) {
  Page page(style.columns, style.colour);
  print_verdict(page, review.verdict);
  print_revisions(page, review);
  print_requirements(page, review.verdict.requirements);
  if (style.verbosity != Verbosity::brief) {
    print_conflicts(page, review, style.rows);
    print_counts(page, review.jobs, style.rows);
    print_sections(page, review.jobs, style);
    print_notes(page, review, style.rows);
  }
  print_cost(page, review, style.verbosity);
  print_verdict_again(page, review.verdict);
  return std::move(page).take();
}

}  // namespace ekaci::report
