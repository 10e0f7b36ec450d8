#include "report/markdown.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "report/markdown_sections.h"
#include "report/markdown_text.h"

namespace ekaci::report {
namespace {

/// One step further in leaving things out; each keeps what those before it left out. docs/report-markdown.md states the order.
struct Step {
  std::string_view left_out;
  void (*apply)(MarkdownDetail& detail);
  bool only_with_builds = false;
};

constexpr std::array kSteps = {
    Step{"names of rebuilt attributes", [](MarkdownDetail& detail) { detail.rebuilt_names = 300; }},
    Step{"names of rebuilt attributes", [](MarkdownDetail& detail) { detail.rebuilt_names = 40; }},
    Step{"names of rebuilt attributes", [](MarkdownDetail& detail) { detail.rebuilt_names = 8; }},
    Step{"names of rebuilt attributes", [](MarkdownDetail& detail) { detail.rebuilt_names = 0; }},
    Step{"sizes, retained dependencies and build times", [](MarkdownDetail& detail) { detail.sizes = detail.retained = detail.times = 3; },
         true},
    Step{"sizes, retained dependencies and build times", [](MarkdownDetail& detail) { detail.sizes = detail.retained = detail.times = 0; },
         true},
    Step{"differences at origins", [](MarkdownDetail& detail) { detail.difference_lines = 8; }},
    Step{"differences at origins", [](MarkdownDetail& detail) { detail.difference_lines = 0; }},
    Step{"ends of logs", [](MarkdownDetail& detail) { detail.log_lines = 8; }, true},
    Step{"ends of logs", [](MarkdownDetail& detail) { detail.log_lines = 3; }, true},
    Step{"names of added, removed and refused attributes", [](MarkdownDetail& detail) { detail.listed = 10; }},
    Step{"ends of error messages",
         [](MarkdownDetail& detail) {
           detail.message_lines = 8;
           detail.message_bytes = 1024;
         }},
    Step{"ends of error messages",
         [](MarkdownDetail& detail) {
           detail.message_lines = 2;
           detail.message_bytes = 256;
         }},
    Step{"directly changed packages", [](MarkdownDetail& detail) { detail.direct = 12; }},
    Step{"errors and origins",
         [](MarkdownDetail& detail) {
           detail.errors = 10;
           detail.error_names = 4;
           detail.origins = 4;
         }},
    Step{"root failures",
         [](MarkdownDetail& detail) {
           detail.roots = 8;
           detail.root_names = 4;
           detail.log_lines = 0;
         },
         true},
    Step{"package sets, jobs and maintainers",
         [](MarkdownDetail& detail) {
           detail.sets = 10;
           detail.jobs = 8;
           detail.maintainers = 10;
           detail.listed = 4;
           detail.direct = 4;
         }},
};

constexpr std::array kListed = {ChangeKind::removed, ChangeKind::newly_refused, ChangeKind::added, ChangeKind::error_fixed,
                                ChangeKind::no_longer_refused};

/// The steps that mean something for the review.
std::vector<Step> steps_for(const Review& review) {
  std::vector<Step> steps;
  std::ranges::copy_if(kSteps, std::back_inserter(steps), [&review](const Step& step) { return review.builds || !step.only_with_builds; });
  return steps;
}

/// What these steps leave out, each once.
std::string left_out_note(std::span<const Step> steps) {
  if (steps.empty()) return {};
  std::string words;
  std::string_view last;
  for (const Step& step : steps) {
    if (step.left_out == last) continue;
    last = step.left_out;
    words += fmt::format("{}{}", words.empty() ? "" : ", ", last);
  }
  return fmt::format("\nShortened to fit a comment: {} are not all shown.\n", words);
}

std::string with_detail(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  std::string text = verdict_section(facts) + conflict_section(facts) + build_section(facts, detail) + root_section(facts, detail) +
                     count_section(facts, detail) + direct_section(facts, detail) + error_section(facts, detail) +
                     size_section(facts, detail) + retained_section(facts, detail) + time_section(facts, detail) +
                     origin_section(facts, detail) + rebuilt_section(facts, detail);
  for (const ChangeKind kind : kListed) text += listed_section(facts, kind, detail);
  return text + maintainer_section(facts, detail) + note_section(facts) + cost_section(facts);
}

std::string least(const MarkdownFacts& facts) {
  const MarkdownDetail totals{.jobs = 0};
  return verdict_section(facts) + build_section(facts, totals) + count_section(facts, totals) +
         "\nShortened to fit a comment: only the verdict and the totals are shown.\n" + cost_section(facts);
}

}  // namespace

std::string to_markdown(const Review& review, const MarkdownOptions& options) {
  const std::size_t limit = std::max(options.limit, MarkdownOptions::kLeastLimit);
  const MarkdownFacts facts = markdown_facts(review);
  const std::vector<Step> steps = steps_for(review);
  MarkdownDetail detail;
  for (std::size_t taken = 0;; ++taken) {
    std::string text = with_detail(facts, detail) + left_out_note(std::span(steps).first(taken));
    if (text.size() <= limit) return text;
    if (taken == steps.size()) return least(facts);
    steps[taken].apply(detail);
  }
}

std::string to_brief_markdown(const Review& review, std::string_view title) {
  constexpr std::array kDetails = {
      MarkdownDetail{.jobs = 20, .roots = 5, .root_names = 5, .log_lines = 8},
      MarkdownDetail{.jobs = 8, .roots = 3, .root_names = 3, .log_lines = 0},
      MarkdownDetail{.jobs = 0, .roots = 0, .root_names = 0, .log_lines = 0},
  };
  const MarkdownFacts facts = markdown_facts(review);
  std::string head = fmt::format("{}\n{}\n\n{}", decision_heading(facts), prose(title, 200), sides_line(facts));
  for (const MarkdownDetail& detail : kDetails) {
    std::string text = head + conflict_section(facts) + root_section(facts, detail) + count_section(facts, detail);
    if (text.size() <= kBriefLimit) return text;
  }
  return head;
}

}  // namespace ekaci::report
