#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "report/html_pieces.h"
#include "report/html_sections.h"
#include "review/wording.h"

/// All changes: the table for a reader with script, folded lists for one without and for paper.
namespace ekaci::report {
namespace {

using review::grouped;

constexpr std::size_t kSets = 100;
constexpr std::size_t kNames = 500;  ///< of each set

std::string capitalised(std::string words) {
  if (!words.empty() && words.front() >= 'a' && words.front() <= 'z') words.front() = static_cast<char>(words.front() - 'a' + 'A');
  return words;
}

std::string set_html(std::string_view words, const SetChanges& set, const Troubles& troubles) {
  std::string names;
  for (std::size_t i = 0; i < std::min(kNames, set.attributes.size()); ++i) {
    const std::vector<std::string>& path = set.attributes[i]->names();
    const auto trouble = troubles.find(*set.attributes[i]);
    names += fmt::format("<li>{}{}</li>", path.empty() ? "the whole job" : code_html(AttributePath({path.back()}).to_string()),
                         trouble == troubles.end() ? "" : trouble_html(trouble->second));
  }
  if (set.attributes.size() > kNames) names += fmt::format("<li class=\"quiet\">and {} more</li>", grouped(set.attributes.size() - kNames));
  return fmt::format(
      "<details><summary><span>{}: {}</span><span class=\"number\">{}</span></summary><div><ul class=\"names\">{}</ul></div></details>\n",
      words, set.set.empty() ? "top level" : code_html(set.set), grouped(set.attributes.size()), names);
}

std::string select(std::string_view id, std::string_view label, std::string_view all) {
  return fmt::format("<label>{}<select id=\"{}\"><option value=\"\">{}</option></select></label>\n", label, id, all);
}

std::string column(std::string_view name, std::string_view label, std::string_view style) {
  return fmt::format(R"(<th scope="col" data-column="{}" class="{}"><button type="button">{}</button></th>)", name, style, label);
}

}  // namespace

std::string lists_html(const PageFacts& facts) {
  std::string text;
  for (const ChangeKind kind : kinds_in_order()) {
    if (kind == ChangeKind::unchanged || kind == ChangeKind::not_a_derivation) continue;
    // What the change itself does has a table of its own.
    const bool is_rebuilt = kind == ChangeKind::rebuilt;
    const std::vector<SetChanges> sets = is_rebuilt ? rebuilt_through_inputs(facts.review.jobs) : changes_by_set(facts.review.jobs, kind);
    const std::string words = is_rebuilt ? "Rebuilt through their inputs" : capitalised(kind_in_words(kind));
    const std::size_t shown = std::min(kSets, sets.size());
    for (std::size_t i = 0; i < shown; ++i) text += set_html(words, sets[i], facts.troubles);
    if (shown < sets.size())
      text += fmt::format("<p class=\"quiet\">and {} more sets {}</p>\n", grouped(sets.size() - shown), kind_in_words(kind));
  }
  return text.empty() ? "<p>No attribute changes.</p>\n" : "<h3 class=\"gap\">By package set</h3>\n" + text;
}

std::string explorer_html(const PageFacts& facts) {
  std::string text = heading("All changes", "");
  text +=
      "<noscript><p class=\"lead\">With scripts this page also has a table of all changes with filters, and draws for each rebuilt "
      "attribute the way down to where the change entered.</p></noscript>\n";
  text += "<div id=\"explorer\" class=\"explorer\" hidden>\n<div class=\"filters\">\n";
  text +=
      "<label class=\"search\">Search<input id=\"filter-text\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
      "placeholder=\"attribute, version, message\"></label>\n";
  text += select("filter-set", "Package set", "any") + select("filter-person", "Maintainer", "any") +
          select("filter-place", "Job and system", "any") + select("filter-origin", "Origin", "any") + "</div>\n";
  text += "<div class=\"chips\" id=\"filter-kinds\" role=\"group\" aria-label=\"Kinds of change\"></div>\n";
  text +=
      "<p class=\"found\" id=\"found\" role=\"status\"></p>\n<div class=\"window\" id=\"window\"><table id=\"table\"><thead><tr "
      "aria-rowindex=\"1\">";
  text += column("attribute", "attribute", "col-attribute") + column("kind", "change", "col-kind") + column("detail", "what", "") +
          column("origin", "comes from", "col-origin") + column("steps", "steps", "number col-steps") +
          (facts.sizes.known() > 0 ? column("size", "closure", "number col-size") : "") + column("where", "on", "col-where");
  text +=
      "</tr></thead><tbody id=\"rows\"></tbody></table><p class=\"nothing\" id=\"nothing\" hidden>Nothing matches these "
      "filters.</p></div>\n"
      "<p class=\"found\">Choose an attribute to see why it is built: the way down to where the change entered.</p>\n</div>\n";
  text +=
      "<dialog id=\"way\" aria-labelledby=\"way-title\"><header><h2 id=\"way-title\"></h2><button type=\"button\" class=\"plain\" "
      "id=\"way-close\">Close</button></header><div id=\"way-body\"></div></dialog>\n";
  return text;
}

}  // namespace ekaci::report
