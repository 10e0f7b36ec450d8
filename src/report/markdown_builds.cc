#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "report/facts_builds.h"
#include "report/markdown_pieces.h"
#include "report/markdown_sections.h"
#include "report/markdown_text.h"
#include "review/wording.h"

/// The sections on what building found.
namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::size_t kSystemColumns = 40;
constexpr std::size_t kUntried = 12;  ///< reasons for which nothing was tried

std::string cell(std::uint64_t number) { return number == 0 ? " – |" : fmt::format(" {} |", grouped(number)); }

std::string job_row(const MarkdownFacts& facts, std::size_t place, const std::vector<Transition>& transitions) {
  std::string row = fmt::format("| {} |", code(facts.places[place], 60));
  for (const Transition transition : transitions) row += cell(count_of(facts.review.jobs[place], transition));
  return row + "\n";
}

std::string total_row(const std::vector<JobReview>& jobs, const std::vector<Transition>& transitions) {
  std::string row = "| all |";
  for (const Transition transition : transitions) row += cell(count_of(jobs, transition));
  return row + "\n";
}

std::string attributes_of(const AffectedAttributes& affected) {
  std::vector<std::string> names;
  names.reserve(affected.names.size());
  for (const std::string& name : affected.names) names.push_back(name.empty() ? "the whole job" : code(name, kNameColumns));
  return listing(names, names.size() + affected.further);
}

std::string on_systems(const RootFacts& facts, const std::vector<std::string>& systems) {
  constexpr std::size_t kSystems = 4;
  if (facts.one_system) return {};
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(kSystems, systems.size()); ++i) named.push_back(code(systems[i], kSystemColumns));
  return " on " + listing(named, systems.size());
}

std::string log_block(const MarkdownFacts& facts, const RootGroup& group, const MarkdownDetail& detail, std::string_view folded) {
  constexpr std::size_t kColumns = 200;
  constexpr std::size_t kCommands = 4;
  const std::vector<std::string> tail = log_tail(group.root, detail.log_lines);
  if (tail.empty()) return {};
  std::string text;
  for (const std::string& line : tail) text += clip(line, kColumns) + "\n";
  std::string whole;
  const std::vector<std::string> commands = facts.log_names.commands(group);
  for (std::size_t i = 0; i < std::min(kCommands, commands.size()); ++i) whole += (i == 0 ? "\n" : " or ") + code(commands[i]);
  if (!whole.empty()) whole += " prints all of it.\n";
  return fmt::format("\n<details{}><summary>The end of its log</summary>\n\n{}{}\n</details>\n", folded,
                     fenced(text, "text", {.lines = detail.log_lines}), whole);
}

std::string message_block(const RootFailure& root, const MarkdownDetail& detail) {
  if (message_lines(root).empty() || detail.log_lines == 0) return {};
  return "\n" + fenced(root.message, "text", {.bytes = 1024, .lines = std::min<std::size_t>(detail.log_lines, 6)});
}

std::string root_block(const MarkdownFacts& facts, const RootGroup& group, const MarkdownDetail& detail, std::string_view folded) {
  const RootFailure& root = group.root;
  std::string text =
      fmt::format("\n{} **{}** {}", is_against_package(root) ? "❌" : "❔", code(name_of(root), kNameColumns), failure_in_words(root));
  if (!root.phase.empty()) text += " in " + code(root.phase, 40);
  text += fmt::format("{}; {}: {}\n", on_systems(facts.roots, systems_of(group)), share_in_words(root),
                      attributes_of(affected_attributes(root, detail.root_names)));
  return text + message_block(root, detail) + log_block(facts, group, detail, folded);
}

std::string untried_line(const MarkdownFacts& facts, const Untried& untried, const MarkdownDetail& detail) {
  const std::string why = trim(untried.message).empty() ? "" : " (" + code(untried.message, 120) + ")";
  return fmt::format("- ❔ {}: {}{}{}, which keeps unknown: {}\n", outcome_in_words(untried.kind),
                     counted(untried.roots.size(), "derivation"), on_systems(facts.roots, {untried.system}), why,
                     attributes_of(affected_attributes(untried, detail.root_names)));
}

std::string untried_list(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  const std::vector<Untried>& all = facts.roots.untried;
  if (all.empty()) return {};
  std::string text = "\n";
  const std::size_t shown = std::min(kUntried, all.size());
  for (std::size_t i = 0; i < shown; ++i) text += untried_line(facts, all[i], detail);
  return shown < all.size() ? text + fmt::format("- and {}\n", counted(all.size() - shown, "more reason")) : text;
}

}  // namespace

std::string build_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  const std::vector<JobReview>& jobs = facts.review.jobs;
  const std::vector<Transition> transitions = occurring_transitions(jobs);
  if (transitions.empty()) return {};
  std::string text = "\n### Builds\n\n| job |";
  std::string rule = "|---|";
  for (const Transition transition : transitions) {
    text += fmt::format(" {} |", transition_in_words(transition));
    rule += "--:|";
  }
  text += "\n" + rule + "\n";
  const std::size_t shown = std::min(detail.jobs, jobs.size());
  for (std::size_t place = 0; place < shown; ++place) text += job_row(facts, place, transitions);
  if (jobs.size() > 1 || shown == 0) text += total_row(jobs, transitions);
  return shown < jobs.size() ? text + fmt::format("\n{} not shown.\n", counted(jobs.size() - shown, "job", "is/are")) : text;
}

std::string root_section(const MarkdownFacts& facts, const MarkdownDetail& detail) {
  if (facts.review.root_failures.empty()) return {};
  std::string text = fmt::format("\n### {}\n", roots_heading(facts.roots));
  const std::vector<RootGroup>& roots = facts.roots.tried;
  const std::size_t shown = std::min(detail.roots, roots.size());
  for (std::size_t i = 0; i < shown; ++i) text += root_block(facts, roots[i], detail, i == 0 ? " open" : "");
  if (shown < roots.size()) text += fmt::format("\nand {}\n", counted(roots.size() - shown, "more root failure"));
  return text + untried_list(facts, detail);
}

std::string built_sentence(const Review& review) {
  constexpr std::size_t kBuilders = 10;
  if (!review.builds) return {};
  const std::vector<std::string>& builders = review.builds->builders;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(kBuilders, builders.size()); ++i) names.push_back(code(builders[i], 120));
  const std::string by = names.empty() ? "" : ", by " + listing(names, builders.size());
  std::string words = builds_in_words(*review.builds);
  words.front() = 'B';
  return fmt::format("{}{}. ", words, by);
}

std::string trouble_mark(const Troubles& troubles, const AttributePath& path) {
  const auto trouble = troubles.find(path);
  return trouble == troubles.end() ? "" : std::string(mark_of_trouble(trouble->second)) + " ";
}

std::string_view mark_of_trouble(Transition trouble) { return standing_of(trouble) == Standing::unknown ? "❔" : "❌"; }

}  // namespace ekaci::report
