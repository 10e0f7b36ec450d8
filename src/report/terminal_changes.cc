#include "report/terminal_changes.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/facts.h"
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
  const bool whole = style.verbosity == Verbosity::all;
  page.line({{"  "}, {std::string(mark.glyph), mark.tone}, {" "}, {row.name, Tone::strong}, {"  "}, {row.where, Tone::dim}});
  if (whole) {
    print_message(page, row.message, 20);
  } else {
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
  page.line({{report::words_of(section.kind), Tone::strong},
             {fmt::format(": {}{}{}", counted(section.attributes, "attribute"), remark_of(section.kind), grouped_by)},
             {std::string(hint), Tone::dim}});
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

/// One thing that a package says otherwise: `2.12 → 2.12.1`, `licence MIT → 0BSD`.
std::string words_of(const Statement& statement, Verbosity verbosity) {
  constexpr std::size_t kLongest = 60;
  const std::string words = statement.words == "version" ? "" : statement.words;
  if (words == "description" && verbosity != Verbosity::all) return words;
  const auto side = [](const std::string& text) { return text.empty() ? std::string("none") : clip(printable_line(text), kLongest); };
  if (statement.before.empty() && statement.after.empty()) return words.empty() ? "version" : words;
  const bool one_sided =
      statement.before.empty() && statement.words != "version" && statement.words != "licence" && statement.words != "maintainers";
  const std::string sides = one_sided ? side(statement.after) : side(statement.before) + " → " + side(statement.after);
  return words.empty() ? sides : words + " " + sides;
}

std::string_view verb_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "added";
    case ChangeKind::removed:
      return "removed";
    case ChangeKind::metadata_only:
      return "metadata only";
    case ChangeKind::error_fixed:
      return "evaluates again";
    case ChangeKind::no_longer_refused:
      return "no longer refused";
    case ChangeKind::rebuilt:
    case ChangeKind::newly_refused:
    case ChangeKind::newly_erroring:
    case ChangeKind::unchanged:
    case ChangeKind::still_erroring:
    case ChangeKind::still_refused:
    case ChangeKind::not_a_derivation:
      return "";
  }
  return "";
}

std::string words_of(const DirectChange& change, Verbosity verbosity) {
  std::string words;
  for (const Statement& statement : change.statements) words += (words.empty() ? "" : ", ") + words_of(statement, verbosity);
  const std::string_view verb = verb_of(change.kind);
  if (change.kind == ChangeKind::metadata_only) return fmt::format("{} ({})", words, verb);
  if (verb.empty()) return words.empty() ? "rebuilt, same name and version" : words;
  return words.empty() ? std::string(verb) : fmt::format("{}: {}", verb, words);
}

/// The direct changes but the errors, which are told in full elsewhere; what takes something away first.
std::vector<DirectChange> told_changes(const std::vector<JobReview>& jobs) {
  const auto takes_away = [](const DirectChange& change) {
    return change.kind == ChangeKind::removed || change.kind == ChangeKind::newly_refused;
  };
  const auto is_told = [&](const DirectChange& change) { return change.kind != ChangeKind::newly_erroring && !takes_away(change); };
  const std::vector<DirectChange> all = direct_changes(jobs);
  std::vector<DirectChange> changes;
  std::ranges::copy_if(all, std::back_inserter(changes), takes_away);
  std::ranges::copy_if(all, std::back_inserter(changes), is_told);
  return changes;
}

struct DirectRow {
  std::string name;
  std::string words;
  std::string position;
  std::string also;  ///< further attributes that one definition makes
};

DirectRow row_of(const DirectChange& change, const std::vector<std::string>& place_names, const TerminalStyle& style) {
  DirectRow row;
  row.name = printable_line(change.attributes.front().to_string());
  if (row.name.empty()) row.name = "(the whole job)";
  row.words = words_of(change, style.verbosity);
  const std::vector<std::string> places = places_shown(place_names, change.places);
  if (!places.empty()) row.words += fmt::format(" (on {})", enumerated(places, 3));
  if (change.position) row.position = printable_line(position_text(*change.position));
  std::vector<std::string> others;
  for (std::size_t i = 1; i < change.attributes.size(); ++i) others.push_back(change.attributes[i].to_string());
  if (!others.empty()) row.also = enumerated(others, style.verbosity == Verbosity::all ? style.rows : 3);
  return row;
}

/// How rows of direct changes share the columns.
struct DirectLayout {
  std::size_t name = 0;
  std::size_t words = 0;
  std::size_t position = 0;

  DirectLayout(const std::vector<DirectRow>& rows, std::size_t columns) {
    for (const DirectRow& row : rows) {
      name = std::max(name, display_width(row.name));
      words = std::max(words, display_width(row.words));
      position = std::max(position, display_width(row.position));
    }
    name = std::min(name, columns / 3);
  }
};

void print_direct_row(Page& page, const DirectRow& row, const Mark& mark, const DirectLayout& layout) {
  constexpr std::size_t kMargin = 4;
  constexpr std::size_t kBetween = 2;
  const bool beside = kMargin + layout.name + kBetween + layout.words + kBetween + layout.position <= page.columns();
  const Line start = {{"  "}, {std::string(mark.glyph), mark.tone}, {" "}};
  if (page.columns() < kNarrow) {
    page.paragraph(start, row.name, Tone::strong);
    page.paragraph({{"    "}}, row.words, Tone::plain);
  } else {
    Line line = start;
    line.push_back({padded_right(row.name, layout.name) + "  ", Tone::strong});
    if (beside) {
      line.insert(line.end(), {{padded_right(row.words, layout.words) + "  "}, {row.position, Tone::dim}});
      page.line(line);
    } else {
      page.paragraph(line, row.words, Tone::plain);
    }
  }
  if (!beside && !row.position.empty()) page.paragraph({{"    at ", Tone::dim}}, row.position, Tone::dim);
  if (!row.also.empty()) page.paragraph({{"    also ", Tone::dim}}, row.also, Tone::dim);
}

/// Columns of names and numbers.
struct SetLayout {
  std::size_t name = 0;
  std::size_t number = 0;

  SetLayout(const std::vector<RebuiltSet>& sets, std::size_t shown, std::size_t columns) {
    for (std::size_t i = 0; i < shown; ++i) {
      name = std::max(name, display_width(sets[i].name));
      number = std::max(number, display_width(grouped(sets[i].attributes)));
    }
    name = std::min(name, columns / 3);
  }
};

void print_set(Page& page, const RebuiltSet& set, const SetLayout& layout, const TerminalStyle& style) {
  const Line start = {{"  "}, {padded_right(set.name, layout.name) + "  "}, {padded_left(grouped(set.attributes), layout.number) + "  "}};
  std::string names;
  const bool everything = style.verbosity == Verbosity::all;
  // More than a line holds need not be put together.
  for (const std::string& name : set.names) {
    if (!everything && names.size() > page.columns() * 4) break;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (everything) {
    page.paragraph(start, names, Tone::dim);
  } else {
    Line line = start;
    line.push_back({names, Tone::dim});
    page.line(line);
  }
}

bool is_problem(ChangeKind kind) { return kind == ChangeKind::newly_erroring; }

}  // namespace

void print_direct_changes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const std::vector<DirectChange> changes = told_changes(jobs);
  if (changes.empty()) return;
  const std::vector<std::string> names = place_names(jobs);
  const std::size_t shown = std::min(style.rows, changes.size());
  std::uint64_t attributes = 0;
  std::vector<DirectRow> rows;
  for (const DirectChange& change : changes) {
    attributes += change.attributes.size();
    if (rows.size() < shown) rows.push_back(row_of(change, names, style));
  }
  page.gap();
  page.line({{"what the change itself does", Tone::strong}, {": " + counted(attributes, "attribute")}});
  const DirectLayout layout(rows, page.columns());
  std::uint64_t hidden = attributes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    print_direct_row(page, rows[i], mark_of(changes[i].kind), layout);
    hidden -= changes[i].attributes.size();
  }
  print_rest(page, hidden);
}

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
  const std::vector<RebuiltSet> sets = rebuilt_by_set(jobs);
  if (sets.empty()) return;
  std::uint64_t attributes = 0;
  for (const RebuiltSet& set : sets) attributes += set.attributes;
  const std::size_t shown = style.verbosity == Verbosity::all ? sets.size() : std::min(style.rows, sets.size());
  const SetLayout layout(sets, shown, page.columns());
  page.gap();
  page.line({{"rebuilt through their inputs", Tone::strong},
             {fmt::format(": {} in {}", counted(attributes, "attribute"), counted(sets.size(), "set"))}});
  for (std::size_t i = 0; i < shown; ++i) {
    print_set(page, sets[i], layout, style);
    attributes -= sets[i].attributes;
  }
  print_rest(page, attributes);
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
