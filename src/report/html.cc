#include "report/html.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/html_text.h"
#include "base/sha256.h"
#include "base/text.h"
#include "report/html_assets.h"
#include "report/html_data.h"
#include "report/html_sections.h"

namespace ekaci::report {
namespace {

/// As a Content-Security-Policy names an inline script or style.
std::string hash_source(std::string_view content) {
  const Sha256 hash = sha256(content);
  std::string bytes;
  for (const std::uint8_t byte : hash) bytes += static_cast<char>(byte);
  return "'sha256-" + base64(bytes) + "'";
}

std::string head_html(const Review& review) {
  const std::string policy = fmt::format("default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
                                         hash_source(page_style()), hash_source(page_script()));
  return fmt::format(
      "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}: {} into {} – EkaCI</title>\n<style>{}</style>\n",
      policy, to_string(review.verdict.decision), html_line(clip(printable_line(review.head_name), 60)),
      html_line(clip(printable_line(review.base_name), 60)), page_style());
}

struct Section {
  std::string_view id;
  std::string_view title;
  std::string content;
};

std::string contents_html(const std::vector<Section>& sections) {
  std::string links;
  for (const Section& section : sections) {
    if (!section.content.empty()) links += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, section.title);
  }
  return fmt::format("<nav aria-label=\"Contents\"><div class=\"wide\"><ul>{}</ul></div></nav>\n", links);
}

}  // namespace

std::string to_html(const Review& review) {
  const PageFacts facts = page_facts(review);
  const bool has_jobs = !review.jobs.empty();
  const std::vector<Section> sections = {{"requirements", "Requirements", requirements_html(facts)},
                                         {"conflicts", "Conflicts", conflicts_html(facts)},
                                         {"builds", "Builds", builds_html(facts)},
                                         {"roots", "Root failures", roots_html(facts)},
                                         {"errors", "New errors", errors_html(facts)},
                                         {"direct", "The change itself", direct_html(facts)},
                                         {"sizes", "Sizes", sizes_html(facts)},
                                         {"retained", "Retained", retained_html(facts)},
                                         {"times", "Build times", times_html(facts)},
                                         {"origins", "Origins", origins_html(facts)},
                                         {"counts", "Counts", counts_html(facts)},
                                         {"changes", "All changes", has_jobs ? explorer_html(facts) + lists_html(facts) : ""},
                                         {"notes", "Notes", notes_html(facts)}};
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n" + head_html(review) + "</head>\n<body>\n";
  page += "<a class=\"skip\" href=\"#requirements\">Skip to the requirements</a>\n" + verdict_html(facts) + contents_html(sections);
  page += "<main class=\"wide\">\n";
  for (const Section& section : sections) {
    if (!section.content.empty()) page += fmt::format("<section id=\"{}\">\n{}</section>\n", section.id, section.content);
  }
  page += "</main>\n" + cost_html(facts);
  if (has_jobs) {
    page += R"(<script type="application/json" id="data">)" + page_data(review, facts.origins) + "</script>\n<script>";
    page += page_script();
    page += "</script>\n";
  }
  return page + "</body>\n</html>\n";
}

}  // namespace ekaci::report
