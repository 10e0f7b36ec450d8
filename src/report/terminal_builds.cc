#include "report/terminal_builds.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "report/facts_builds.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::size_t kMostLines = 200;  ///< of one log's end, whatever is asked for

/// How much is said of each root.
struct RootDetail {
  std::size_t lines = 10;
  std::size_t message = 4;
  std::size_t attributes = 6;

  explicit RootDetail(const TerminalStyle& style) {
    if (style.verbosity != Verbosity::all) return;
    lines = kMostLines;
    message = 20;
    attributes = std::max<std::size_t>(style.rows, attributes);
  }
};

Mark mark_of(const RootFailure& root) { return is_against_package(root) ? Mark{"✗", Tone::bad} : Mark{"!", Tone::doubtful}; }

/// `failed in buildPhase on x86_64-linux`
std::string how_it_failed(const RootGroup& group, bool one_system) {
  constexpr std::size_t kSystems = 4;
  std::string words = failure_in_words(group.root);
  const std::string phase = clip(printable_line(group.root.phase), 40);
  if (!phase.empty()) words += " in " + phase;
  return one_system ? words : fmt::format("{} on {}", words, clip(review::enumerated(systems_of(group), kSystems), 120));
}

void print_head(Page& page, const RootGroup& group, bool one_system) {
  const Mark mark = mark_of(group.root);
  const Line start = {{"  "}, {std::string(mark.glyph), mark.tone}, {" "}};
  const std::string name = printable_line(name_of(group.root));
  const std::string words = how_it_failed(group, one_system);
  constexpr std::size_t kMargin = 4;
  if (kMargin + display_width(name) + 2 + display_width(words) <= page.columns()) {
    page.line({start[0], start[1], start[2], {name, Tone::strong}, {"  "}, {words, mark.tone}});
    return;
  }
  page.paragraph(start, name, Tone::strong);
  page.paragraph({{"    "}}, words, mark.tone);
}

std::string names_of(const AffectedAttributes& affected) {
  std::string names;
  for (const std::string& name : affected.names) {
    const std::string shown = printable_line(name);
    names += (names.empty() ? "" : ", ") + (shown.empty() ? std::string("(the whole job)") : shown);
  }
  if (affected.further > 0) names += fmt::format("{}{} more", names.empty() ? "" : " and ", grouped(affected.further));
  return names;
}

void print_log(Page& page, const RootGroup& group, const LogNames& names, const RootDetail& detail) {
  for (const std::string& line : log_tail(group.root, detail.lines)) page.line({{"    │ ", Tone::dim}, {line}});
  std::string_view start = "    whole log: ";
  for (const std::string& command : names.commands(group)) {
    page.paragraph({{std::string(start), Tone::dim}}, command, Tone::dim);
    start = "               ";
  }
}

void print_message(Page& page, const RootFailure& root, const RootDetail& detail) {
  constexpr std::size_t kColumns = 400;
  const std::vector<std::string> lines = message_lines(root);
  for (std::size_t i = 0; i < std::min(detail.message, lines.size()); ++i)
    page.paragraph({{i == 0 ? "    says " : "         ", Tone::dim}}, clip(lines[i], kColumns), Tone::plain);
}

void print_root(Page& page, const RootGroup& group, const RootFacts& facts, const LogNames& names, const RootDetail& detail) {
  const RootFailure& root = group.root;
  print_head(page, group, facts.one_system);
  const std::string attributes = names_of(affected_attributes(root, detail.attributes));
  page.paragraph({{"    "}}, share_in_words(root) + (attributes.empty() ? "" : ": " + attributes), Tone::plain);
  print_message(page, root, detail);
  print_log(page, group, names, detail);
}

void print_untried(Page& page, const Untried& untried, const RootFacts& facts, const RootDetail& detail) {
  const std::string where = facts.one_system ? "" : " on " + clip(printable_line(untried.system), 40);
  page.line({{"  "},
             {"!", Tone::doubtful},
             {" "},
             {outcome_in_words(untried.kind), Tone::strong},
             {fmt::format(": {}{}", counted(untried.roots.size(), "derivation"), where)}});
  print_message(page, *untried.roots.front(), detail);
  page.paragraph({{"    keeps unknown ", Tone::dim}}, names_of(affected_attributes(untried, detail.attributes)), Tone::plain);
}

}  // namespace

void print_root_failures(Page& page, const Review& review, const TerminalStyle& style) {
  if (review.root_failures.empty()) return;
  const RootFacts facts = root_facts(review);
  const LogNames names(review.jobs);
  const RootDetail detail(style);
  page.gap();
  page.line({{roots_heading(facts), Tone::strong}});
  const std::size_t shown = std::min(style.rows, facts.tried.size());
  for (std::size_t i = 0; i < shown; ++i) print_root(page, facts.tried[i], facts, names, detail);
  print_rest(page, facts.tried.size() - shown);
  for (std::size_t i = 0; i < std::min(style.rows, facts.untried.size()); ++i) print_untried(page, facts.untried[i], facts, detail);
  print_rest(page, facts.untried.size() - std::min(style.rows, facts.untried.size()));
}

void print_builds(Page& page, const Review& review, const TerminalStyle& style) {
  if (!review.builds) return;
  page.gap();
  std::string text = builds_in_words(*review.builds);
  const std::vector<std::string>& builders = review.builds->builders;
  const std::size_t shown = std::min(style.verbosity == Verbosity::all ? builders.size() : style.rows, builders.size());
  for (std::size_t i = 0; i < shown; ++i) text += "; " + clip(printable_line(builders[i]), 200);
  if (shown < builders.size()) text += fmt::format("; and {}", counted(builders.size() - shown, "more builder"));
  page.paragraph({{"  "}}, text, Tone::dim);
}

}  // namespace ekaci::report
