#include "report/terminal_origins.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_origins.h"
#include "report/terminal_difference.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::enumerated;

std::string in_words(const StepName& name) {
  if (name.is_new) return printable_line(name.after.empty() ? name.name : name.name + " " + name.after) + " (new)";
  if (name.before == name.after) return printable_line(name.after.empty() ? name.name : name.name + " " + name.after);
  // Where the whole name is another, both stand for themselves.
  const bool whole = name.after.starts_with(name.name);
  const auto shown = [](const std::string& version) { return version.empty() ? std::string("no version") : printable_line(version); };
  return fmt::format("{}{}{} → {}", whole ? "" : printable_line(name.name), whole ? "" : " ", shown(name.before), shown(name.after));
}

/// An attribute, and its derivation on the way to an origin; nullptr where there is none.
struct Above {
  const Change* change = nullptr;
  const RebuiltDerivation* step = nullptr;
};

/// What stands closest above an origin, direct changes before others.
Above nearest(const JobReview& job, const Origin& origin) {
  const auto index = static_cast<std::uint32_t>(&origin - job.origins.data());
  Above found;
  const auto rank = [](const Above& above) { return std::tuple(above.step->distance, !above.change->direct); };
  for (const Change& change : job.changes) {
    if (!change.rebuild || *change.rebuild >= job.rebuilds.size()) continue;
    const Above above{.change = &change, .step = &job.rebuilds[*change.rebuild]};
    if (above.step->origin != index) continue;
    if (found.change == nullptr || rank(above) < rank(found)) found = above;
  }
  return found;
}

/// `xz 5.4.1 → 5.4.2 (pkgs/xz/default.nix:12:3), by its input xz-5.4.2.tar.gz`
std::string source_of(const OriginFact& fact, const JobReview& job, Verbosity verbosity) {
  const auto [change, step] = nearest(job, *fact.origin);
  const std::string position = fact.origin->position ? fmt::format(" ({})", printable_line(position_text(*fact.origin->position))) : "";
  if (change == nullptr || step->distance == 0) return in_words(fact.name) + position;
  if (change->direct && step->distance == 1)
    return fmt::format("{}{}, by its input {}", step_in_words(*step), position,
                       without_drv(job.rebuilds[fact.origin->derivation].head.name()));
  const std::string path = printable_line(change->path.to_string());
  return fmt::format("{}, below {}{}", in_words(fact.name), verbosity == Verbosity::all ? path : clip(path, 60), position);
}

/// ` on aarch64-linux` where it is not everywhere.
std::string places_of(const OriginFact& fact, const std::vector<JobReview>& jobs) {
  const std::vector<std::string> places = places_shown(place_names(jobs), fact.places);
  return places.empty() ? "" : " on " + enumerated(places, 3);
}

/// Few are told in full: after the foremost nobody reads differences.
constexpr std::size_t kInFull = 3;

/// Where from, how much of what comes from there, and what differs there in a few words.
std::string origin_in_words(const OriginFact& fact, const OriginFacts& facts, const std::vector<JobReview>& jobs, Verbosity verbosity) {
  std::string text =
      fmt::format("{} {}{}", share_in_words(fact, facts), source_of(fact, jobs[fact.place], verbosity), places_of(fact, jobs));
  if (const auto& difference = fact.origin->difference) {
    text += fmt::format(": {}", difference_in_words(*difference));
    if (difference->same_outputs) text += "; its outputs stay the same";
  }
  return text;
}

}  // namespace

std::string step_in_words(const RebuiltDerivation& step) { return in_words(step_name(step)); }

void print_origins(Page& page, const std::vector<JobReview>& jobs, const TerminalStyle& style) {
  const OriginFacts facts = origin_facts(jobs);
  if (facts.origins.empty()) return;
  const bool everything = style.verbosity == Verbosity::all;
  const std::size_t shown = everything ? facts.origins.size() : std::min(style.rows, facts.origins.size());
  page.gap();
  page.line({{facts.are_all_rebuilt ? "why rebuilt" : "why built", Tone::strong},
             {fmt::format(": {}, from {}", counted(facts.explained, "attribute"), counted(facts.origins.size(), "origin"))}});
  for (std::size_t i = 0; i < shown; ++i) {
    const OriginFact& fact = facts.origins[i];
    page.paragraph({{"  "}}, origin_in_words(fact, facts, jobs, style.verbosity), Tone::plain);
    if (!everything && i >= kInFull) continue;
    // A line of the change says the same in the words of its author.
    const std::size_t few = fact.origin->lines.empty() ? 3 : 1;
    const std::size_t entries = everything ? style.rows : few;
    if (fact.origin->difference) print_difference(page, *fact.origin->difference, {.entries = entries});
    print_changed_lines(page, fact.origin->lines, 4);
  }
  print_rest(page, facts.origins.size() - shown);
}

}  // namespace ekaci::report
