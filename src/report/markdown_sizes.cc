#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "report/markdown_pieces.h"
#include "report/markdown_sections.h"
#include "report/markdown_text.h"
#include "report/units.h"
#include "review/wording.h"

/// The sections on sizes, on what runtime closures retain, and on build times.
namespace ekaci::report {
namespace {

using review::grouped;

constexpr std::size_t kPackageColumns = 40;
constexpr std::size_t kVersionColumns = 60;

std::string command_code(std::string_view text) { return code(text); }
constexpr NameWriters kWriters{.attribute = path_code, .command = command_code};

std::string source_code(const SizeChange& size) {
  constexpr std::size_t kPackages = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kPackages, size.responsible.size()); ++i) {
    const PackageSize& package = size.responsible[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", code(package.name, kPackageColumns),
                        size_difference_text(size_difference(package.base, package.head)));
  }
  return text;
}

std::string size_row(const MarkdownFacts& facts, const SizeRow& row) {
  const SizePair& closure = row.size->closure;
  const std::uint64_t base = closure.base.value_or(0);
  return fmt::format("| {}{} | {} | {} | {} | {} | {} | {} |\n", path_code(row.change->path), places_note(facts.places, row.places),
                     size_text(base), size_text(closure.head.value_or(0)), size_difference_text(row.difference),
                     percent_text(row.difference, base), size_difference_text(row.outputs), source_code(*row.size));
}

std::string size_table(const MarkdownFacts& facts, std::size_t limit) {
  const std::vector<SizeRow>& rows = facts.sizes.rows;
  const std::size_t shown = std::min(limit, rows.size());
  if (shown == 0) return {};
  std::string text = "\n| runtime closure of | base | head | difference | | outputs | comes from |\n|---|--:|--:|--:|--:|--:|---|\n";
  for (std::size_t i = 0; i < shown; ++i) text += size_row(facts, rows[i]);
  return shown < rows.size() ? text + fmt::format("\nand {} more\n", grouped(rows.size() - shown)) : text;
}

std::string way_code(const RetainedDependency& retained) {
  std::string text;
  for (const std::string& name : way_of(retained))
    text += fmt::format("{}{}", text.empty() ? "" : " → ", name == "…" ? name : code(name, kVersionColumns));
  return text;
}

std::string retained_line(const MarkdownFacts& facts, const RetainedFact& fact) {
  const RetainedDependency& retained = *fact.foremost;
  const std::string versions = versions_of(retained);
  return fmt::format("- {} {}{} {}{} ({})\n", retained_verb(retained.kind), code(retained.name, kVersionColumns),
                     versions.empty() ? "" : " " + code(versions, kVersionColumns), retained_share(fact),
                     places_note(facts.places, fact.places), way_code(retained));
}

}  // namespace

std::string size_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.sizes.is_empty()) return {};
  std::string text = fmt::format("\n**Sizes:** {}\n", sizes_in_words(facts.sizes, kWriters));
  text += size_table(facts, detail.sizes);
  if (facts.sizes.known() == 0 || facts.sizes.unknown_sum() == 0) return text;
  return text + fmt::format("\nUnknown: {}\n", gaps_in_words(facts.sizes, kWriters));
}

std::string retained_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.retained.size() == 0) return {};
  std::string text = fmt::format("\n**Retained dependencies:** {}\n", retained_in_words(facts.retained));
  const std::vector<const RetainedFact*> shown = facts.retained.foremost(detail.retained);
  if (shown.empty()) return text;
  text += "\n";
  for (const RetainedFact* fact : shown) text += retained_line(facts, *fact);
  return text + rest_item(shown.size(), facts.retained.size());
}

std::string time_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  const std::vector<TimeRow>& rows = facts.times.rows;
  if (rows.empty()) return {};
  std::string text = fmt::format("\n**Build times:** {}\n", times_in_words(facts.times));
  const std::size_t shown = std::min(detail.times, rows.size());
  if (shown == 0) return text;
  text += "\n";
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("- {}{} {} → {}, {}\n", path_code(rows[i].change->path), places_note(facts.places, rows[i].places),
                        duration_text(rows[i].base), duration_text(rows[i].head), time_difference_text(rows[i]));
  }
  return text + rest_item(shown, rows.size());
}

}  // namespace ekaci::report
