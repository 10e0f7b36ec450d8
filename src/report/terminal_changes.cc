#include "report/terminal_changes.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_builds.h"
#include "report/facts_sets.h"
#include "report/listing.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::enumerated;
using review::grouped;

/// How a list of rows is laid out: what a row says gets its room first, names get what they need of the rest.
struct ListLayout {
  std::size_t name = 0;    ///< columns of the names
  std::size_t detail = 0;  ///< columns of what is said of them
  std::size_t where = 0;   ///< columns of the places
  bool below = false;      ///< the terminal is so narrow that it is said on a line of its own
  bool whole = false;      ///< nothing may be cut

  ListLayout(const std::vector<Row>& rows, std::size_t shown, std::size_t columns, Verbosity verbosity)
      : whole(verbosity == Verbosity::all) {
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

  /// Whether a row does not fit beside each other and may not be cut.
  [[nodiscard]] bool is_too_narrow_for(const Row& row) const {
    return whole && (display_width(row.name) > name || display_width(row.detail) > detail || display_width(row.where) > where);
  }
};

void print_plain_row(Page& page, const Row& row, const Mark& mark, const ListLayout& layout) {
  const Span detail = {row.where.empty() ? row.detail : padded_right(row.detail, layout.detail),
                       row.detail == "rebuilt" ? Tone::dim : Tone::plain};
  const Line name = {{"  "}, {std::string(mark.glyph), mark.tone}, {" "}, {layout.below ? row.name : padded_right(row.name, layout.name)}};
  const bool is_too_narrow = layout.is_too_narrow_for(row);
  if (layout.below || is_too_narrow) {
    if (is_too_narrow) {
      page.paragraph({{"  "}, {std::string(mark.glyph), mark.tone}, {" "}}, row.name, Tone::plain);
    } else {
      page.line(name);
    }
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
  const bool whole = style.verbosity == Verbosity::all;
  const Line start = {{"  "}, {std::string(mark.glyph), mark.tone}, {" "}};
  if (whole) {
    page.paragraph(start, row.name, Tone::strong);
    if (!row.where.empty()) page.paragraph({{"    on ", Tone::dim}}, row.where, Tone::dim);
    print_message(page, row.message, 20);
  } else {
    page.line({start[0], start[1], start[2], {row.name, Tone::strong}, {"  "}, {row.where, Tone::dim}});
    print_message(page, {row.message.front()}, 2);
  }
  if (!row.position.empty()) page.paragraph({{"    at ", Tone::dim}}, row.position, Tone::plain);
  if (!row.others.empty()) page.paragraph({{"    also ", Tone::dim}}, enumerated(row.others, whole ? style.rows : 4), Tone::plain);
}

std::string_view remark_of(ChangeKind kind) { return kind == ChangeKind::rebuilt ? " with another name or version" : ""; }

void print_heading(Page& page, const Section& section, std::string_view hint) {
  const bool errors = !section.rows.empty() && !section.rows.front().message.empty();
  const bool alike = errors && section.rows.size() < section.attributes;
  const std::string grouped_by = alike ? fmt::format(", {}", counted(section.rows.size(), "error")) : "";
  page.line({{kind_in_words(section.kind), Tone::strong},
             {fmt::format(": {}{}{}", counted(section.attributes, "attribute"), remark_of(section.kind), grouped_by)},
             {std::string(hint), Tone::dim}});
}

void print_section(Page& page, const Section& section, const TerminalStyle& style) {
  const Mark mark = mark_of(section.kind);
  const std::size_t shown = std::min(style.rows, section.rows.size());
  const ListLayout layout(section.rows, shown, page.columns(), style.verbosity);
  std::uint64_t hidden = section.attributes;
  page.gap();
  print_heading(page, section, "");
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = section.rows[i];
    hidden -= row.attributes;
    if (row.message.empty()) {
      print_plain_row(page, row, row.trouble ? mark_of(*row.trouble) : mark, layout);
    } else {
      print_error_row(page, row, mark, style);
    }
  }
  print_rest(page, hidden);
}

std::string shown_set(const SetChanges& set) { return set.set.empty() ? "top level" : printable_line(set.set); }

/// Columns of names and numbers.
struct SetLayout {
  std::size_t name = 0;
  std::size_t number = 0;

  SetLayout(const std::vector<SetChanges>& sets, std::size_t shown, std::size_t columns) {
    for (std::size_t i = 0; i < shown; ++i) {
      name = std::max(name, display_width(shown_set(sets[i])));
      number = std::max(number, display_width(grouped(sets[i].attributes.size())));
    }
    name = std::min(name, columns / 3);
  }
};

/// The attributes by their names within the set, with a mark where they do not build; more than a line holds need not be put together.
std::string names_in(const SetChanges& set, const Troubles& troubles, std::size_t enough) {
  std::string names;
  for (const AttributePath* path : set.attributes) {
    if (names.size() > enough) break;
    const auto trouble = troubles.find(*path);
    if (!names.empty()) names += ", ";
    if (trouble != troubles.end()) names += fmt::format("{} ", mark_of(trouble->second).glyph);
    names += shown_path(path->is_root() ? *path : AttributePath{path->names().back()});
  }
  return names;
}

void print_set(Page& page, const SetChanges& set, const std::string& names, const SetLayout& layout, Verbosity verbosity) {
  const bool everything = verbosity == Verbosity::all;
  const std::string name = shown_set(set);
  const bool is_cut = everything && display_width(name) > layout.name;
  if (is_cut) page.paragraph({{"  "}}, name, Tone::plain);
  const Line start = {
      {"  "}, {padded_right(is_cut ? "" : name, layout.name) + "  "}, {padded_left(grouped(set.attributes.size()), layout.number) + "  "}};
  if (everything) {
    page.paragraph(start, names, Tone::dim);
  } else {
    Line line = start;
    line.push_back({names, Tone::dim});
    page.line(line);
  }
}

/// What the marks in the lists mean.
void print_troubles(Page& page, const std::map<Transition, std::uint64_t>& counts) {
  std::string words;
  for (const Transition transition : kTransitionsInOrder) {
    const auto count = counts.find(transition);
    if (count == counts.end()) continue;
    words += fmt::format("{}{} {} {}", words.empty() ? "" : "; ", mark_of(transition).glyph, grouped(count->second),
                         transition_in_words(transition));
  }
  if (!words.empty()) page.paragraph({{"  "}}, words, Tone::plain);
}

bool is_problem(ChangeKind kind) { return kind == ChangeKind::newly_erroring; }

}  // namespace

void print_problems(Page& page, const std::vector<Section>& sections, const TerminalStyle& style) {
  for (const Section& section : sections) {
    if (is_problem(section.kind)) print_section(page, section, style);
  }
}

void print_other_changes(Page& page, const std::vector<Section>& sections, const TerminalStyle& style) {
  for (const Section& section : sections) {
    if (is_change(section.kind) && !is_problem(section.kind)) print_section(page, section, style);
  }
}

void print_unchanged_failures(Page& page, const std::vector<Section>& sections, const TerminalStyle& style) {
  bool is_first = true;
  for (const Section& section : sections) {
    if (is_change(section.kind)) continue;
    if (style.verbosity == Verbosity::all) {
      print_section(page, section, style);
    } else {
      if (is_first) page.gap();
      is_first = false;
      print_heading(page, section, " (--all lists them)");
    }
  }
}

void print_rebuilt_sets(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const std::vector<SetChanges> sets = rebuilt_through_inputs(jobs);
  if (sets.empty()) return;
  const std::size_t shown = style.verbosity == Verbosity::all ? sets.size() : std::min(style.rows, sets.size());
  const SetLayout layout(sets, shown, page.columns());
  page.gap();
  const Troubles troubles = troubles_of(jobs);
  const std::size_t enough = style.verbosity == Verbosity::all ? std::numeric_limits<std::size_t>::max() : page.columns() * 4;
  page.line({{"rebuilt through their inputs", Tone::strong}, {": " + count_in_words(sets)}});
  print_troubles(page, count_troubles(sets, troubles));
  for (std::size_t i = 0; i < shown; ++i) print_set(page, sets[i], names_in(sets[i], troubles, enough), layout, style.verbosity);
  if (shown < sets.size()) print_rest(page, count_in_words({sets.begin() + static_cast<std::ptrdiff_t>(shown), sets.end()}));
}

void print_maintainers(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  std::vector<std::string> names;
  for (const Maintained& each : maintainers_of(jobs))
    names.push_back(each.attributes.size() == 1 ? each.maintainer : fmt::format("{} ({})", each.maintainer, each.attributes.size()));
  if (names.empty()) return;
  page.gap();
  page.paragraph({{"maintainers", Tone::strong}, {": "}}, enumerated(names, style.rows), Tone::plain);
}

}  // namespace ekaci::report
