#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_builds.h"
#include "report/listing.h"
#include "report/terminal_changes.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

/// The list of what the change itself does.
namespace ekaci::report {
namespace {

using review::counted;
using review::enumerated;

/// One thing that a package says otherwise: `2.12 → 2.12.1`, `licence MIT → 0BSD`.
std::string words_of(const Statement& statement, Verbosity verbosity) {
  constexpr std::size_t kLongest = 60;
  std::string words = statement.words == "version" ? "" : statement.words;
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
    case ChangeKind::newly_refused:
      return "now refused";
    case ChangeKind::rebuilt:
    case ChangeKind::newly_erroring:
    case ChangeKind::unchanged:
    case ChangeKind::still_erroring:
    case ChangeKind::still_refused:
    case ChangeKind::not_a_derivation:
      return "";
  }
  return "";
}

/// Of the change itself, however it builds.
std::string plain_words_of(const DirectChange& change, Verbosity verbosity) {
  std::string words;
  for (const Statement& statement : change.statements) words += (words.empty() ? "" : ", ") + words_of(statement, verbosity);
  const std::string_view verb = verb_of(change.kind);
  if (change.kind == ChangeKind::metadata_only) return fmt::format("{} ({})", words, verb);
  if (verb.empty() || (change.trouble && tells(*change.trouble, change.kind)))
    return words.empty() ? "rebuilt, same name and version" : words;
  return words.empty() ? std::string(verb) : fmt::format("{}: {}", verb, words);
}

std::string words_of(const DirectChange& change, Verbosity verbosity) {
  return with_trouble(plain_words_of(change, verbosity), change.trouble);
}

Mark mark_of(const DirectChange& change) { return change.trouble ? report::mark_of(*change.trouble) : report::mark_of(change.kind); }

struct DirectRow {
  std::string name;
  std::string words;
  std::string position;
  std::string also;  ///< further attributes that one definition makes
};

DirectRow row_of(const DirectChange& change, const std::vector<std::string>& place_names, const TerminalStyle& style) {
  DirectRow row;
  row.name = shown_path(change.attributes.front());
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
  bool whole_names = false;

  DirectLayout(const std::vector<DirectRow>& rows, std::size_t columns, Verbosity verbosity) : whole_names(verbosity == Verbosity::all) {
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
  const bool is_cut = layout.whole_names && display_width(row.name) > layout.name;
  if (page.columns() < kNarrow || is_cut) {
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
  if ((!beside || is_cut) && !row.position.empty()) page.paragraph({{"    at ", Tone::dim}}, row.position, Tone::dim);
  if (!row.also.empty()) page.paragraph({{"    also ", Tone::dim}}, row.also, Tone::dim);
}

}  // namespace

void print_direct_changes(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const std::vector<DirectChange> changes = direct_changes(jobs);
  if (changes.empty()) return;
  const std::vector<std::string> names = place_names(jobs);
  const std::size_t shown = std::min(style.rows, changes.size());
  std::vector<DirectRow> rows;
  rows.reserve(shown);
  for (std::size_t i = 0; i < shown; ++i) rows.push_back(row_of(changes[i], names, style));
  page.gap();
  page.line({{"what the change itself does", Tone::strong}, {": " + counted(count_attributes(changes), "attribute")}});
  const DirectLayout layout(rows, page.columns(), style.verbosity);
  for (std::size_t i = 0; i < rows.size(); ++i) print_direct_row(page, rows[i], mark_of(changes[i]), layout);
  print_rest(page, count_attributes({changes.begin() + static_cast<std::ptrdiff_t>(shown), changes.end()}));
}

}  // namespace ekaci::report
