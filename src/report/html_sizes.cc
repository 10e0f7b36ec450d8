#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "report/html_pieces.h"
#include "report/html_sections.h"
#include "report/units.h"
#include "review/wording.h"

/// The sections on sizes, on what runtime closures retain, and on build times. data/report.js makes their tables sort by each column.
namespace ekaci::report {
namespace {

using review::grouped;

constexpr std::size_t kRows = 200;
constexpr std::size_t kNameColumns = 100;

std::string command_html(std::string_view text) { return code_html(text); }
constexpr NameWriters kWriters{.attribute = path_html, .command = command_html};

/// `key`: what the column is sorted by.
std::string number_cell(std::int64_t key, std::string_view text, std::string_view style = "number") {
  return fmt::format(R"(<td class="{}" data-key="{}">{}</td>)", style, key, text);
}

std::string size_cell(std::uint64_t bytes) { return fmt::format(R"(<td class="number" data-key="{}">{}</td>)", bytes, size_text(bytes)); }

std::string source_html(const SizeChange& size) {
  std::string items;
  for (const PackageSize& package : size.responsible)
    items += fmt::format("<li>{} {}</li>", code_html(package.name, kNameColumns),
                         size_difference_text(size_difference(package.base, package.head)));
  return items.empty() ? "" : fmt::format("<ul class=\"names\">{}</ul>", items);
}

std::string size_row(const PageFacts& facts, const SizeRow& row) {
  const SizePair& closure = row.size->closure;
  const std::uint64_t base = closure.base.value_or(0);
  const std::string percent = percent_text(row.difference, base);
  const auto permille = static_cast<std::int64_t>(base == 0 ? 0 : 1000 * (static_cast<double>(row.difference) / static_cast<double>(base)));
  return fmt::format("<tr><td>{}{}</td>", path_html(row.change->path), places_html(facts.places, row.places)) + size_cell(base) +
         size_cell(closure.head.value_or(0)) + number_cell(row.difference, size_difference_text(row.difference)) +
         number_cell(permille, percent) + number_cell(row.outputs, size_difference_text(row.outputs)) +
         fmt::format("<td>{}</td></tr>\n", source_html(*row.size));
}

std::string column(std::string_view words, std::string_view style) {
  return fmt::format(R"(<th scope="col"{}>{})", style.empty() ? "" : fmt::format(" class=\"{}\"", style), words) + "</th>";
}

std::string size_table(const PageFacts& facts) {
  const std::vector<SizeRow>& rows = facts.sizes.rows;
  if (rows.empty()) return {};
  std::string text = R"(<div class="scroll gap"><table class="sortable"><thead><tr>)" + column("runtime closure of", "") +
                     column("base", "number") + column("head", "number") + column("difference", "number") + column("percent", "number") +
                     column("outputs", "number") + column("comes from", "") + "</tr></thead><tbody>\n";
  const std::size_t shown = std::min(kRows, rows.size());
  for (std::size_t i = 0; i < shown; ++i) text += size_row(facts, rows[i]);
  text += "</tbody></table></div>\n";
  return text + rest_html(shown, rows.size());
}

std::string way_html(const RetainedDependency& retained) {
  std::string text;
  for (const std::string& name : way_of(retained))
    text += (text.empty() ? "" : "<span class=\"arrow\">→</span>") + code_html(name, kNameColumns);
  return text;
}

std::string retained_row(const PageFacts& facts, const RetainedFact& fact) {
  const RetainedDependency& retained = *fact.foremost;
  const std::string versions = versions_of(retained);
  const std::int64_t grown_by = size_difference(retained.base_bytes, retained.head_bytes);
  const std::string others =
      fact.otherwise == 0 ? "" : fmt::format(" <span class=\"quiet\">{} between other versions</span>", grouped(fact.otherwise));
  return fmt::format("<tr><td>{}</td><td>{}{}</td><td>{}{}</td>", retained_verb(retained.kind), code_html(retained.name, kNameColumns),
                     places_html(facts.places, fact.places), versions.empty() ? "" : code_html(versions, kNameColumns), others) +
         fmt::format(R"(<td class="number" data-key="{}">{}</td>)", fact.attributes, grouped(fact.attributes)) +
         number_cell(grown_by, size_difference_text(grown_by)) + fmt::format("<td>{}</td></tr>\n", way_html(retained));
}

std::string time_row(const PageFacts& facts, const TimeRow& row) {
  return fmt::format("<tr><td>{}{}</td>", path_html(row.change->path), places_html(facts.places, row.places)) +
         number_cell(row.base.count(), duration_text(row.base)) + number_cell(row.head.count(), duration_text(row.head)) +
         number_cell((row.head - row.base).count(), time_difference_text(row)) + "</tr>\n";
}

}  // namespace

std::string sizes_html(const PageFacts& facts) {
  if (facts.sizes.is_empty()) return {};
  std::string text = heading("Sizes", "of runtime closures") + fmt::format("<p>{}.</p>\n", sizes_in_words(facts.sizes, kWriters));
  if (facts.sizes.known() > 0 && facts.sizes.unknown_sum() > 0)
    text += fmt::format("<p class=\"quiet\">Unknown: {}.</p>\n", gaps_in_words(facts.sizes, kWriters));
  return text + size_table(facts);
}

std::string retained_html(const PageFacts& facts) {
  if (facts.retained.size() == 0) return {};
  std::string text = heading("Retained dependencies", retained_in_words(facts.retained)) +
                     R"(<div class="scroll"><table class="sortable"><thead><tr>)" + column("change", "") + column("dependency", "") +
                     column("version", "") + column("closures", "number") + column("difference", "number") + column("for example", "") +
                     "</tr></thead><tbody>\n";
  const std::vector<const RetainedFact*> shown = facts.retained.foremost(kRows);
  for (const RetainedFact* fact : shown) text += retained_row(facts, *fact);
  text += "</tbody></table></div>\n";
  return text + rest_html(shown.size(), facts.retained.size());
}

std::string times_html(const PageFacts& facts) {
  const std::vector<TimeRow>& rows = facts.times.rows;
  if (rows.empty()) return {};
  std::string text = heading("Build times", times_in_words(facts.times)) + R"(<div class="scroll"><table class="sortable"><thead><tr>)" +
                     column("attribute", "") + column("base", "number") + column("head", "number") + column("difference", "number") +
                     "</tr></thead><tbody>\n";
  const std::size_t shown = std::min(kRows, rows.size());
  for (std::size_t i = 0; i < shown; ++i) text += time_row(facts, rows[i]);
  text += "</tbody></table></div>\n";
  return text + rest_html(shown, rows.size());
}

}  // namespace ekaci::report
