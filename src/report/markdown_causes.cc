#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "report/markdown_pieces.h"
#include "report/markdown_sections.h"
#include "report/markdown_text.h"
#include "review/wording.h"

/// The sections on what goes wrong, and on where the rebuilds come from.
namespace ekaci::report {
namespace {

using review::counted;
std::string error_block(const MarkdownFacts& facts, const ErrorGroup& group, const MarkdownDetail& detail) {
  std::string head = fmt::format("\n**{}**", path_code(group.attributes.front()));
  std::vector<std::string> others;
  for (std::size_t i = 1; i < group.attributes.size() && others.size() < detail.error_names; ++i)
    others.push_back(path_code(group.attributes[i]));
  head += places_note(facts.places, group.places);
  if (group.position) head += ", at " + position_code(*group.position);
  if (group.attributes.size() > 1) {
    head += fmt::format("; {} alike: {}", counted(group.attributes.size() - 1, "attribute", "fails/fail"),
                        listing(others, group.attributes.size() - 1));
  }
  return head + "\n\n" + fenced(group.message, "text", {.bytes = detail.message_bytes, .lines = detail.message_lines});
}

void add_side(std::string& text, char sign, const std::optional<std::string>& side) {
  if (!side) return;
  constexpr std::size_t kColumns = 300;
  text += fmt::format("{} {}\n", sign, clip(printable_line(*side), kColumns));
}

std::string difference_text(const DerivationDifference& difference) {
  std::string text;
  const auto add = [&text](std::string_view what, const std::vector<TextDifference>& entries) {
    for (const TextDifference& entry : entries) {
      text += fmt::format("  {} {}\n", what, clip(printable_line(entry.name), kNameColumns));
      add_side(text, '-', entry.base);
      add_side(text, '+', entry.head);
    }
  };
  const auto add_paths = [&text](std::string_view what, const std::vector<PathDifference>& entries) {
    for (const PathDifference& entry : entries) {
      text += fmt::format("  {}\n", what);
      add_side(text, '-', entry.base ? std::optional(entry.base->to_string()) : std::nullopt);
      add_side(text, '+', entry.head ? std::optional(entry.head->to_string()) : std::nullopt);
    }
  };
  add("derivation's", difference.fields);
  add("environment", difference.environment);
  add("argument", difference.arguments);
  add("output", difference.outputs);
  add_paths("source", difference.sources);
  add_paths("input", difference.inputs);
  return text + (difference.cut ? "  and more\n" : "");
}

std::string origin_name(const StepName& name) {
  if (name.is_new) return fmt::format("{} {}, which is new", code(name.name, kNameColumns), name.after.empty() ? "" : code(name.after, 60));
  if (name.before == name.after) return code(name.after.empty() ? name.name : name.name + " " + name.after, kNameColumns);
  return fmt::format("{} {} → {}", code(name.name, kNameColumns), side_code(name.before), side_code(name.after));
}

std::string origin_difference(const Origin& origin, const MarkdownDetail& detail) {
  if (detail.difference_lines == 0) return {};
  std::string text;
  for (const ChangedLine& line : origin.lines) text += fmt::format("\n{} says {}\n", position_code(line.position), code(line.text, 160));
  if (!origin.difference) return text;
  if (origin.difference->same_outputs) text += "\nIts outputs stay the same: what is built from it does not change.\n";
  const std::string difference = difference_text(*origin.difference);
  if (difference.empty()) return text;
  return text + "\n" + fenced(difference, "diff", {.bytes = 8192, .lines = detail.difference_lines});
}

std::string origin_block(const MarkdownFacts& facts, const OriginFact& fact, const MarkdownDetail& detail) {
  std::string text = fmt::format("\n**{}** {}", share_in_words(fact, facts.origins), origin_name(fact.name));
  text += places_note(facts.places, fact.places);
  if (fact.origin->position) text += ", at " + position_code(*fact.origin->position);
  return text + "\n" + origin_difference(*fact.origin, detail);
}

}  // namespace

std::string error_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.errors.empty()) return {};
  const std::uint64_t number = count_of(facts.review.jobs, ChangeKind::newly_erroring);
  std::string text = fmt::format("\n### New evaluation errors: {}\n", counted(number, "attribute"));
  const std::size_t shown = std::min(detail.errors, facts.errors.size());
  for (std::size_t i = 0; i < shown; ++i) text += error_block(facts, facts.errors[i], detail);
  if (shown < facts.errors.size()) text += fmt::format("\nand {}\n", counted(facts.errors.size() - shown, "more error"));
  return text;
}

std::string origin_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.origins.origins.empty()) return {};
  std::string text = fmt::format("\n### {}\n", origins_heading(facts.origins));
  const std::size_t shown = std::min(detail.origins, facts.origins.origins.size());
  for (std::size_t i = 0; i < shown; ++i) text += origin_block(facts, facts.origins.origins[i], detail);
  if (shown < facts.origins.origins.size())
    text += fmt::format("\nand from {}\n", counted(facts.origins.origins.size() - shown, "more origin"));
  return text;
}

}  // namespace ekaci::report
