#include "report/terminal_sizes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/facts_retained.h"
#include "report/facts_sizes.h"
#include "report/facts_times.h"
#include "report/listing.h"
#include "report/terminal_marks.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::enumerated;

constexpr std::size_t kMargin = 2;
constexpr std::size_t kBetween = 2;
constexpr std::size_t kSourceColumns = 28;  ///< with less, what a difference comes from has a line of its own

std::string name_of(const AttributePath& path) { return clip(shown_path(path), 60); }
std::string as_it_is(std::string_view text) { return std::string(text); }
constexpr NameWriters kWriters{.attribute = name_of, .command = as_it_is};

/// Columns of numbers, in the order of a row's cells.
constexpr std::array<std::string_view, 5> kHeadings = {"base", "head", "difference", "", "outputs"};
using Cells = std::array<std::string, kHeadings.size()>;

/// One attribute as it is printed.
struct SizeLine {
  std::string name;
  Cells cells;
  std::string source;  ///< what the difference comes from
  Tone tone = Tone::plain;
};

std::string package_name(const std::string& name) {
  constexpr std::size_t kNameColumns = 40;
  const std::string shown = clip(printable_line(name), kNameColumns);
  return shown.empty() ? "(no name)" : shown;
}

std::string source_of(const SizeChange& size) {
  constexpr std::size_t kPackages = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kPackages, size.responsible.size()); ++i) {
    const PackageSize& package = size.responsible[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", package_name(package.name),
                        size_difference_text(size_difference(package.base, package.head)));
  }
  return text;
}

SizeLine line_of(const SizeRow& row, const std::vector<std::string>& place_names) {
  const SizeChange& size = *row.size;
  const std::vector<std::string> places = places_shown(place_names, row.places);
  const std::uint64_t base = size.closure.base.value_or(0);
  return {.name = shown_path(row.change->path) + (places.empty() ? "" : " on " + enumerated(places, 3)),
          .cells = {size_text(base), size_text(size.closure.head.value_or(0)), size_difference_text(row.difference),
                    percent_text(row.difference, base), size_difference_text(row.outputs)},
          .source = source_of(size),
          .tone = row.difference > 0 ? Tone::doubtful : Tone::good};
}

/// How rows share the columns: numbers get what they need, names of the rest what they need, and what is left is for sources.
struct SizeLayout {
  std::size_t name = 0;
  std::array<std::size_t, kHeadings.size()> cells{};
  std::size_t source = 0;  ///< 0: on lines of their own
  bool stacked = false;    ///< the terminal is too narrow for a table

  SizeLayout(const std::vector<SizeLine>& lines, std::size_t columns) {
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = display_width(kHeadings[i]);
    for (const SizeLine& line : lines) {
      name = std::max(name, display_width(line.name));
      for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = std::max(cells[i], display_width(line.cells[i]));
    }
    std::size_t numbers = kMargin;
    for (const std::size_t cell : cells) numbers += kBetween + cell;
    stacked = columns < std::max(kNarrow, numbers + 12);
    name = std::min(name, columns - std::min(columns, numbers));
    const std::size_t rest = columns - std::min(columns, numbers + name + kBetween);
    source = rest < kSourceColumns ? 0 : rest;
  }
};

void print_heading(Page& page, const SizeLayout& layout) {
  Line line = {{std::string(kMargin, ' ')}, {padded_right("closure", layout.name), Tone::dim}};
  for (std::size_t i = 0; i < kHeadings.size(); ++i)
    line.push_back({std::string(kBetween, ' ') + padded_left(kHeadings[i], layout.cells[i]), Tone::dim});
  if (layout.source > 0) line.push_back({"  comes from", Tone::dim});
  page.line(line);
}

void print_stacked(Page& page, const SizeLine& line) {
  page.paragraph({{std::string(kMargin, ' ')}}, line.name, Tone::strong);
  const std::string percent = line.cells[3].empty() ? "" : fmt::format(" ({})", line.cells[3]);
  page.paragraph({{"    "}}, fmt::format("{} → {}, {}{}; outputs {}", line.cells[0], line.cells[1], line.cells[2], percent, line.cells[4]),
                 line.tone);
  if (!line.source.empty()) page.paragraph({{"    from ", Tone::dim}}, line.source, Tone::plain);
}

void print_row(Page& page, const SizeLine& line, const SizeLayout& layout) {
  constexpr std::size_t kDifference = 2;
  Line spans = {{std::string(kMargin, ' ')}, {padded_right(line.name, layout.name)}};
  for (std::size_t i = 0; i < line.cells.size(); ++i)
    spans.push_back({std::string(kBetween, ' ') + padded_left(line.cells[i], layout.cells[i]), i == kDifference ? line.tone : Tone::plain});
  if (layout.source > 0 && !line.source.empty()) spans.push_back({"  " + line.source, Tone::dim});
  page.line(spans);
  if (layout.source == 0 && !line.source.empty()) page.paragraph({{"      from ", Tone::dim}}, line.source, Tone::dim);
}

void print_rows(Page& page, const std::vector<SizeLine>& lines, const TerminalStyle& style) {
  const SizeLayout layout(lines, page.columns());
  if (!layout.stacked) print_heading(page, layout);
  for (const SizeLine& line : lines) {
    const bool is_cut = display_width(line.name) > layout.name || (layout.source > 0 && display_width(line.source) + 2 > layout.source);
    if (layout.stacked || (style.verbosity == Verbosity::all && is_cut)) {
      print_stacked(page, line);
    } else {
      print_row(page, line, layout);
    }
  }
}

Mark mark_of(RetainedKind kind) {
  switch (kind) {
    case RetainedKind::gained:
      return {"+", Tone::doubtful};
    case RetainedKind::lost:
      return {"-", Tone::good};
    case RetainedKind::version_changed:
      return {"~", Tone::plain};
  }
  return {"~", Tone::plain};
}

std::string way_in_words(const RetainedDependency& retained) {
  constexpr std::size_t kNameColumns = 60;
  std::string words;
  for (const std::string& name : way_of(retained)) words += (words.empty() ? "" : " → ") + clip(printable_line(name), kNameColumns);
  return words;
}

void print_fact(Page& page, const RetainedFact& fact, const std::vector<std::string>& place_names) {
  constexpr std::size_t kVersionColumns = 60;
  const RetainedDependency& retained = *fact.foremost;
  const Mark mark = mark_of(retained.kind);
  const std::vector<std::string> places = places_shown(place_names, fact.places);
  std::string text = fmt::format("{} {}", retained_verb(retained.kind), package_name(retained.name));
  const std::string versions = clip(printable_line(versions_of(retained)), kVersionColumns);
  if (!versions.empty()) text += " " + versions;
  text += fmt::format(" {}{} ({})", retained_share(fact), places.empty() ? "" : " on " + enumerated(places, 3), way_in_words(retained));
  page.paragraph({{"  "}, {std::string(mark.glyph), mark.tone}, {" "}}, text, Tone::plain);
}

}  // namespace

void print_sizes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const SizeFacts facts = size_facts(jobs);
  if (facts.is_empty()) return;
  page.gap();
  page.paragraph({{"sizes: ", Tone::strong}}, sizes_in_words(facts, kWriters), Tone::plain);
  const std::size_t shown = std::min(style.rows, facts.rows.size());
  const std::vector<std::string> names = place_names(jobs);
  std::vector<SizeLine> lines;
  lines.reserve(shown);
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(line_of(facts.rows[i], names));
  if (!lines.empty()) print_rows(page, lines, style);
  print_rest(page, facts.rows.size() - shown);
  if (facts.known() > 0 && facts.unknown_sum() > 0)
    page.paragraph({{"  unknown: ", Tone::doubtful}}, gaps_in_words(facts, kWriters), Tone::plain);
}

void print_times(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const TimeFacts facts = time_facts(jobs);
  if (facts.rows.empty()) return;
  const std::size_t shown = std::min(style.rows, facts.rows.size());
  const std::vector<std::string> names = place_names(jobs);
  page.gap();
  page.paragraph({{"build times: ", Tone::strong}}, times_in_words(facts), Tone::plain);
  for (std::size_t i = 0; i < shown; ++i) {
    const TimeRow& row = facts.rows[i];
    const std::vector<std::string> places = places_shown(names, row.places);
    page.paragraph({{"  "}},
                   fmt::format("{} {} → {}, {}{}", printable_line(row.change->path.to_string()), duration_text(row.base),
                               duration_text(row.head), time_difference_text(row), places.empty() ? "" : " on " + enumerated(places, 3)),
                   Tone::plain);
  }
  print_rest(page, facts.rows.size() - shown);
}

void print_retained(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const RetainedFacts facts = retained_facts(jobs);
  if (facts.size() == 0) return;
  const std::vector<const RetainedFact*> shown = facts.foremost(style.rows);
  const std::vector<std::string> names = place_names(jobs);
  page.gap();
  page.paragraph({{"retained dependencies: ", Tone::strong}}, retained_in_words(facts), Tone::plain);
  for (const RetainedFact* fact : shown) print_fact(page, *fact, names);
  print_rest(page, facts.size() - shown.size());
}

}  // namespace ekaci::report
