#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/html_text.h"
#include "base/text.h"
#include "report/facts_builds.h"
#include "report/html_pieces.h"
#include "report/html_sections.h"
#include "review/wording.h"

/// The sections on what building found.
namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::size_t kRoots = 200;
constexpr std::size_t kUntried = 100;  ///< reasons for which nothing was tried
constexpr std::size_t kAttributes = 60;
constexpr std::size_t kLogLines = 100;
constexpr std::size_t kLogColumns = 500;

std::string job_row(const JobReview& job, const std::vector<Transition>& transitions) {
  std::string row = fmt::format("<tr><th scope=\"row\">{} {}</th>", code_html(job.job, 60), code_html(job.system, 64));
  for (const Transition transition : transitions) row += number_cell(count_of(job, transition));
  return row + "</tr>\n";
}

std::string total_row(const std::vector<JobReview>& jobs, const std::vector<Transition>& transitions) {
  std::string row = R"(<tr class="sum"><th scope="row">all</th>)";
  for (const Transition transition : transitions) row += number_cell(count_of(jobs, transition));
  return row + "</tr>\n";
}

std::string attributes_html(const AffectedAttributes& affected) {
  std::string names;
  for (const std::string& name : affected.names) names += fmt::format("<li>{}</li>", name.empty() ? "the whole job" : code_html(name));
  if (affected.further > 0) names += fmt::format("<li class=\"quiet\">and {} more</li>", grouped(affected.further));
  return names.empty() ? "" : fmt::format("<ul class=\"names\">{}</ul>", names);
}

std::string on_systems(const RootFacts& facts, const std::vector<std::string>& systems) {
  constexpr std::size_t kSystems = 8;
  if (facts.one_system) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(kSystems, systems.size()); ++i) names += (i == 0 ? "" : ", ") + code_html(systems[i], 64);
  if (systems.size() > kSystems) names += fmt::format(" and {} more", grouped(systems.size() - kSystems));
  return fmt::format(" <span class=\"quiet\">on {}</span>", names);
}

std::string message_html(const RootFailure& root) {
  constexpr std::size_t kLines = 20;
  const std::vector<std::string> lines = message_lines(root);
  std::string text;
  for (std::size_t i = 0; i < std::min(kLines, lines.size()); ++i) text += (i == 0 ? "" : "\n") + clip(lines[i], kLogColumns);
  return text.empty() ? "" : fmt::format("<pre tabindex=\"0\">{}</pre>", html_block(text));
}

std::string log_html(const PageFacts& facts, const RootGroup& group, std::string_view open) {
  constexpr std::size_t kCommands = 8;
  const std::vector<std::string> tail = log_tail(group.root, kLogLines);
  if (tail.empty()) return {};
  std::string text;
  for (const std::string& line : tail) text += (text.empty() ? "" : "\n") + clip(line, kLogColumns);
  std::string whole;
  const std::vector<std::string> commands = facts.log_names.commands(group);
  for (std::size_t i = 0; i < std::min(kCommands, commands.size()); ++i) whole += (i == 0 ? "" : " or ") + code_html(commands[i]);
  if (!whole.empty()) whole = fmt::format("<p class=\"place\">{} prints all of it.</p>", whole);
  return fmt::format(
      "<details class=\"gap\"{}><summary><span>The end of its log</span><span class=\"number\">{}</span></summary><div><pre "
      "tabindex=\"0\">{}</pre>{}</div></details>\n",
      open, counted(tail.size(), "line"), html_block(text), whole);
}

/// What is against the package has the border of errors.
std::string root_html(const PageFacts& facts, const RootGroup& group, std::string_view open) {
  const RootFailure& root = group.root;
  const bool is_bad = is_against_package(root);
  std::string text = fmt::format(R"(<article class="{}"><h3>{} <span class="{}">{}</span>)", is_bad ? "error" : "origin",
                                 code_html(name_of(root)), is_bad ? "bad" : "quiet", failure_in_words(root));
  if (!root.phase.empty()) text += " in " + code_html(root.phase, 40);
  text += fmt::format("{}</h3><p>{}</p>", on_systems(facts.roots, systems_of(group)), share_in_words(root));
  return text + attributes_html(affected_attributes(root, kAttributes)) + message_html(root) + log_html(facts, group, open) +
         "</article>\n";
}

std::string untried_html(const PageFacts& facts, const Untried& untried) {
  return fmt::format("<article class=\"origin\"><h3>{}: {}{}</h3>{}<p class=\"place\">keeps unknown:</p>{}</article>\n",
                     outcome_in_words(untried.kind), counted(untried.roots.size(), "derivation"), on_systems(facts.roots, {untried.system}),
                     message_html(*untried.roots.front()), attributes_html(affected_attributes(untried, kAttributes)));
}

std::string rest_html(std::size_t hidden, std::string_view noun) {
  return hidden == 0 ? "" : fmt::format("<p class=\"quiet\">and {}</p>\n", counted(hidden, noun));
}

}  // namespace

std::string builds_html(const PageFacts& facts) {
  const std::vector<JobReview>& jobs = facts.review.jobs;
  const std::vector<Transition> transitions = occurring_transitions(jobs);
  if (transitions.empty()) return {};
  std::string text = heading("Builds", "of attributes with a new derivation, by job and system") +
                     R"(<div class="scroll"><table class="counts"><thead><tr><th scope="col">job</th>)";
  for (const Transition transition : transitions)
    text += fmt::format(R"(<th scope="col" class="number">{}</th>)", transition_in_words(transition));
  text += "</tr></thead><tbody>\n";
  for (const JobReview& job : jobs) text += job_row(job, transitions);
  if (jobs.size() > 1) text += total_row(jobs, transitions);
  return text + "</tbody></table></div>\n";
}

std::string roots_html(const PageFacts& facts) {
  const std::vector<RootGroup>& tried = facts.roots.tried;
  const std::vector<Untried>& untried = facts.roots.untried;
  if (tried.empty() && untried.empty()) return {};
  std::string text = heading(roots_heading(facts.roots), "");
  const std::size_t shown = std::min(kRoots, tried.size());
  for (std::size_t i = 0; i < shown; ++i) text += root_html(facts, tried[i], i == 0 ? " open" : "");
  text += rest_html(tried.size() - shown, "more root failure");
  const std::size_t reasons = std::min(kUntried, untried.size());
  for (std::size_t i = 0; i < reasons; ++i) text += untried_html(facts, untried[i]);
  return text + rest_html(untried.size() - reasons, "more reason");
}

std::string built_html(const Review& review) {
  constexpr std::size_t kBuilders = 20;
  if (!review.builds) return {};
  const std::vector<std::string>& builders = review.builds->builders;
  std::string words = builds_in_words(*review.builds);
  words.front() = 'B';
  for (std::size_t i = 0; i < std::min(kBuilders, builders.size()); ++i) words += (i == 0 ? ", by " : ", ") + code_html(builders[i]);
  if (builders.size() > kBuilders) words += fmt::format(" and {} more", grouped(builders.size() - kBuilders));
  return words + ". ";
}

std::string trouble_html(const std::optional<Transition>& trouble) {
  if (!trouble) return {};
  const std::string_view style = standing_of(*trouble) == Standing::unknown ? "quiet" : "bad";
  return fmt::format(" <span class=\"{}\">{}</span>", style, transition_in_words(*trouble));
}

}  // namespace ekaci::report
