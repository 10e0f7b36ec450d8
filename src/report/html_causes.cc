#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/html_text.h"
#include "base/text.h"
#include "report/html_pieces.h"
#include "report/html_sections.h"
#include "review/wording.h"

/// The sections on what goes wrong, and on where the rebuilds come from.
namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

/// So many messages are written out in full; those of the rest are cut.
constexpr std::size_t kFullMessages = 100;
constexpr std::size_t kErrors = 1000;
constexpr std::size_t kErrorNames = 60;
constexpr std::size_t kCutMessage = 300;
constexpr std::size_t kOrigins = 30;
constexpr std::size_t kDifferences = 60;  ///< of each list at an origin

std::string error_html(const PageFacts& facts, const ErrorGroup& group, std::size_t number) {
  const std::string message =
      number < kFullMessages ? html_block(group.message) : html_line(clip(printable_line(group.message), kCutMessage));
  std::string text =
      fmt::format("<article class=\"error\"><h3>{}{}</h3>", path_html(group.attributes.front()), places_html(facts.places, group.places));
  if (group.position) text += position_html(*group.position);
  text += fmt::format("<pre tabindex=\"0\">{}</pre>", message);
  if (group.attributes.size() > 1) {
    std::string names;
    for (std::size_t i = 1; i < std::min(kErrorNames, group.attributes.size()); ++i)
      names += fmt::format("<li>{}</li>", path_html(group.attributes[i]));
    if (group.attributes.size() > kErrorNames)
      names += fmt::format("<li class=\"quiet\">and {} more</li>", grouped(group.attributes.size() - kErrorNames));
    text += fmt::format(R"(<p class="place">{} alike:</p><ul class="names">{}</ul>)",
                        counted(group.attributes.size() - 1, "attribute", "fails/fail"), names);
  }
  return text + "</article>\n";
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

/// How many bytes both begin with, at a code point's end.
std::size_t common_start(std::string_view left, std::string_view right) {
  std::size_t length = 0;
  while (length < left.size() && length < right.size() && left[length] == right[length]) ++length;
  while (length > 0 && ((length < left.size() && continues(left[length])) || (length < right.size() && continues(right[length])))) --length;
  return length;
}

std::size_t common_end(std::string_view left, std::string_view right) {
  std::size_t length = 0;
  while (length < left.size() && length < right.size() && left[left.size() - 1 - length] == right[right.size() - 1 - length]) ++length;
  while (length > 0 && continues(left[left.size() - length])) --length;
  return length;
}

/// A side with what only it has marked.
std::string marked(std::string_view text, std::size_t start, std::size_t end, std::string_view mark) {
  const std::string_view middle = text.substr(start, text.size() - start - end);
  const std::string inner = middle.empty() ? "" : fmt::format("<{}>{}</{}>", mark, html_block(middle), mark);
  return fmt::format("<td><pre>{}{}{}</pre></td>", html_block(text.substr(0, start)), inner, html_block(text.substr(text.size() - end)));
}

constexpr std::string_view kEmptyCell = "<td data-empty class=\"none\">–</td>";

std::string sides_html(const std::optional<std::string>& base, const std::optional<std::string>& head) {
  const std::string before = printable(base.value_or(""));
  const std::string after = printable(head.value_or(""));
  const bool both = base && head;
  const std::size_t start = both ? common_start(before, after) : 0;
  const std::size_t end = both ? common_end(std::string_view(before).substr(start), std::string_view(after).substr(start)) : 0;
  return (base ? marked(before, start, end, "del") : std::string(kEmptyCell)) +
         (head ? marked(after, start, end, "ins") : std::string(kEmptyCell));
}

std::string difference_row(std::string_view label, std::string_view name, const std::string& sides) {
  return fmt::format("<tr><th scope=\"row\"><span class=\"label\">{}</span>{}</th>{}</tr>\n", label,
                     html_line(clip(printable_line(name), 120)), sides);
}

std::string text_rows(std::string_view label, const std::vector<TextDifference>& entries) {
  std::string rows;
  for (std::size_t i = 0; i < std::min(kDifferences, entries.size()); ++i)
    rows += difference_row(label, entries[i].name, sides_html(entries[i].base, entries[i].head));
  return rows;
}

std::string path_rows(std::string_view label, const std::vector<PathDifference>& entries) {
  const auto text = [](const std::optional<StorePath>& path) { return path ? std::optional(path->to_string()) : std::nullopt; };
  std::string rows;
  for (std::size_t i = 0; i < std::min(kDifferences, entries.size()); ++i) {
    const PathDifference& entry = entries[i];
    const std::optional<StorePath>& path = entry.head ? entry.head : entry.base;
    rows += difference_row(label, path ? path->name() : "", sides_html(text(entry.base), text(entry.head)));
  }
  return rows;
}

std::string difference_html(const DerivationDifference& difference) {
  const std::string rows = text_rows("derivation", difference.fields) + text_rows("environment", difference.environment) +
                           text_rows("argument", difference.arguments) + text_rows("output", difference.outputs) +
                           path_rows("source", difference.sources) + path_rows("input", difference.inputs);
  std::string text =
      difference.same_outputs ? "<p class=\"same\">Its outputs stay the same: what is built from it does not change.</p>" : "";
  if (!rows.empty()) {
    text +=
        "<table class=\"difference\"><thead><tr><th scope=\"col\">what differs</th><th scope=\"col\">base</th><th scope=\"col\">head</th>"
        "</tr></thead><tbody>\n" +
        rows + "</tbody></table>\n";
  }
  const std::size_t longest = std::max({difference.fields.size(), difference.environment.size(), difference.arguments.size(),
                                        difference.outputs.size(), difference.sources.size(), difference.inputs.size()});
  return difference.cut || longest > kDifferences ? text + "<p class=\"quiet\">There is more that differs.</p>\n" : text;
}

std::string lines_html(const std::vector<ChangedLine>& lines) {
  if (lines.empty()) return {};
  std::string items;
  for (const ChangedLine& line : lines)
    items += fmt::format("<li>{}<pre>{}</pre></li>", position_html(line.position), html_line(line.text));
  return fmt::format("<ul class=\"lines\" aria-label=\"lines of the change\">{}</ul>\n", items);
}

std::string name_html(const StepName& name) {
  if (name.is_new) return fmt::format("{} {} <span class=\"quiet\">new</span>", code_html(name.name), html_line(name.after));
  if (name.before == name.after) return fmt::format("{} {}", code_html(name.name), html_line(name.after));
  return fmt::format("{} {}", code_html(name.name), transition_html(name.before, name.after));
}

std::string share_html(std::uint64_t part, std::uint64_t whole) {
  const std::uint64_t permille = whole == 0 ? 0 : std::max<std::uint64_t>(part > 0 ? 4 : 0, part * 1000 / whole);
  return fmt::format(
      "<svg class=\"share\" viewBox=\"0 0 1000 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{}\" "
      "height=\"6\"/></svg>",
      permille);
}

std::string origin_html(const PageFacts& facts, std::size_t number) {
  const OriginFact& fact = facts.origins.origins[number];
  std::string text = fmt::format(R"(<article class="origin" id="origin-{}"><h3>{}{}</h3>)", number, name_html(fact.name),
                                 places_html(facts.places, fact.places));
  text += fmt::format("<p>{} here", share_in_words(fact, facts.origins));
  if (fact.origin->position) text += " " + position_html(*fact.origin->position);
  text += "</p>" + share_html(fact.attributes, facts.origins.explained) + lines_html(fact.origin->lines);
  return text + (fact.origin->difference ? difference_html(*fact.origin->difference) : "") + "</article>\n";
}

}  // namespace

std::string errors_html(const PageFacts& facts) {
  if (facts.errors.empty()) return {};
  const std::uint64_t attributes = count_of(facts.review.jobs, ChangeKind::newly_erroring);
  std::string text = heading("New evaluation errors", counted(attributes, "attribute"));
  const std::size_t shown = std::min(kErrors, facts.errors.size());
  for (std::size_t i = 0; i < shown; ++i) text += error_html(facts, facts.errors[i], i);
  if (shown < facts.errors.size())
    text += fmt::format("<p class=\"quiet\">and {}</p>\n", counted(facts.errors.size() - shown, "more error"));
  return text;
}

std::string origins_html(const PageFacts& facts) {
  const std::vector<OriginFact>& origins = facts.origins.origins;
  if (origins.empty()) return {};
  std::string text = heading(origins_heading(facts.origins), counted(origins.size(), "origin")) +
                     "<p class=\"lead\">An origin is a new derivation none of whose inputs is new: where the change enters.</p>\n";
  const std::size_t shown = std::min(kOrigins, origins.size());
  for (std::size_t i = 0; i < shown; ++i) text += origin_html(facts, i);
  if (shown < origins.size()) text += fmt::format("<p class=\"quiet\">and {}</p>\n", counted(origins.size() - shown, "more origin"));
  return text;
}

}  // namespace ekaci::report
