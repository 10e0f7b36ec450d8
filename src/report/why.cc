#include "report/why.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_errors.h"
#include "report/terminal_difference.h"
#include "report/terminal_marks.h"
#include "report/terminal_origins.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

using review::counted;
using review::grouped;

constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();

std::string shown_name(const AttributePath& path) { return path.is_root() ? "(the whole job)" : printable_line(path.to_string()); }

void print_heading(Page& page, const JobReview& job, const Change& change) {
  const Mark mark = mark_of(change.kind);
  page.paragraph({{std::string(mark.glyph) + " ", mark.tone}}, shown_name(change.path), Tone::strong);
  page.paragraph({{"  "}}, fmt::format("{}; {}, {}", kind_in_words(change.kind), printable_line(job.job), printable_line(job.system)),
                 Tone::plain);
  const std::string summary = printable_line(summary_of(change));
  if (!summary.empty()) page.paragraph({{"  itself  ", Tone::dim}}, summary, Tone::plain);
  for (const std::optional<Metadata>* side : {&change.head_metadata, &change.base_metadata}) {
    if (!*side || !(*side)->position) continue;
    page.paragraph({{"  at      ", Tone::dim}}, printable_line(position_text(*(*side)->position)), Tone::plain);
    break;
  }
}

/// What stands on one side.
struct SidePrinter {
  Page& page;
  std::string_view side;

  void operator()(const EvaluatedDerivation& derivation) const { print(derivation.path.to_string()); }
  void operator()(const Refusal& refusal) const {
    std::string reasons;
    for (const RefusalReason reason : refusal.reasons)
      reasons += fmt::format("{}{}", reasons.empty() ? ": " : ", ", spelled_out(to_string(reason)));
    print("refused" + (reasons.empty() ? ": not available" : reasons));
  }
  void operator()(const EvaluationError& error) const {
    const std::string message = printable(message_of(error));
    print("does not evaluate");
    for (const std::string_view line : split(message, '\n')) page.paragraph({{"          "}}, printable_line(line), Tone::plain);
    if (error.position) page.paragraph({{"          at ", Tone::dim}}, printable_line(position_text(*error.position)), Tone::plain);
  }
  void operator()(const AttributeSet& /*set*/) const { print("a set"); }
  void operator()(const OtherValue& value) const { print("a " + printable_line(value.type)); }

  void print(std::string_view text) const { page.paragraph({{fmt::format("  {}    ", side), Tone::dim}}, text, Tone::plain); }
};

void print_side(Page& page, std::string_view side, const std::optional<AttributeResult>& result) {
  const SidePrinter printer{page, side};
  if (result) {
    std::visit(printer, *result);
  } else {
    printer.print("not there");
  }
}

/// Indices of the steps from the attribute's derivation to the origin. Ends at the latest after every step there is.
std::vector<std::uint32_t> way_down(const JobReview& job, std::uint32_t start) {
  std::vector<std::uint32_t> steps;
  std::optional<std::uint32_t> next = start;
  while (next && *next < job.rebuilds.size() && steps.size() < job.rebuilds.size()) {
    steps.push_back(*next);
    next = job.rebuilds[*next].towards;
  }
  return steps;
}

/// The attributes that are the derivation of a step.
std::vector<std::string> attributes_of(const JobReview& job, std::uint32_t step) {
  std::vector<std::string> names;
  for (const Change& change : job.changes) {
    if (change.rebuild == step) names.push_back(change.path.to_string());
  }
  return names;
}

void print_step(Page& page, const JobReview& job, std::uint32_t index, std::string_view start) {
  const RebuiltDerivation& step = job.rebuilds[index];
  page.paragraph({{std::string(start), Tone::dim}}, step_in_words(step), Tone::strong);
  const std::vector<std::string> attributes = attributes_of(job, index);
  if (!attributes.empty()) page.paragraph({{"    attribute  ", Tone::dim}}, review::enumerated(attributes, 5), Tone::plain);
  page.paragraph({{"    base       ", Tone::dim}}, step.base ? step.base->to_string() : "none: nothing stood in its place", Tone::plain);
  page.paragraph({{"    head       ", Tone::dim}}, step.head.to_string(), Tone::plain);
  const auto own = std::ranges::lower_bound(job.own_differences, index, {}, &StepDifference::derivation);
  if (own == job.own_differences.end() || own->derivation != index) return;
  page.line({{"    and by itself differs in", Tone::dim}});
  print_difference(page, own->difference, {.indent = 6, .entries = kEverything, .values = Values::whole});
}

void print_origin(Page& page, const JobReview& job, const Origin& origin, const RebuiltDerivation& step) {
  page.gap();
  page.line({{"what differs there", Tone::strong}});
  if (origin.difference) {
    print_difference(page, *origin.difference, {.indent = 2, .entries = kEverything, .values = Values::whole});
    if (origin.difference->same_outputs)
      page.paragraph({{"  "}}, "its outputs stay the same: nothing that is built from it changes", Tone::good);
  } else if (!step.base) {
    page.paragraph({{"  "}}, "all of it: base has nothing in its place", Tone::plain);
  } else {
    page.paragraph({{"  "}}, "not looked at: only the foremost origins are compared", Tone::dim);
  }
  print_changed_lines(page, origin.lines, 2);
  std::uint64_t total = 0;
  for (const Origin& each : job.origins) total += each.explained;
  page.gap();
  if (origin.position) page.paragraph({{"  near  ", Tone::dim}}, printable_line(position_text(*origin.position)), Tone::plain);
  page.paragraph({{"  "}},
                 fmt::format("{} of {} and {} are built from it", grouped(origin.attributes),
                             counted(total, "attribute") + " with a new derivation", counted(origin.derivations, "new derivation")),
                 Tone::plain);
}

void print_way(Page& page, const JobReview& job, const std::vector<std::uint32_t>& steps) {
  const RebuiltDerivation& last = job.rebuilds[steps.back()];
  page.gap();
  const std::string distance = steps.size() == 1 ? "it is an origin itself" : counted(steps.size() - 1, "step") + " down to the origin";
  page.line({{"why", Tone::strong}, {": " + distance}});
  for (std::size_t i = 0; i < steps.size(); ++i) print_step(page, job, steps[i], i == 0 ? "    " : "  ↓ ");
  if (last.origin < job.origins.size()) print_origin(page, job, job.origins[last.origin], last);
}

std::string_view reason_without_way(const Change& change) {
  switch (change.kind) {
    case ChangeKind::unchanged:
      return "not rebuilt: same derivation";
    case ChangeKind::metadata_only:
      return "not rebuilt: only what it says of itself changed";
    case ChangeKind::rebuilt:
    case ChangeKind::added:
    case ChangeKind::error_fixed:
    case ChangeKind::no_longer_refused:
      return "nothing new to build: base builds the same derivation somewhere";
    case ChangeKind::removed:
    case ChangeKind::not_a_derivation:
      return "nothing is built: head has no derivation there";
    case ChangeKind::newly_erroring:
    case ChangeKind::still_erroring:
      return "nothing is built: it does not evaluate";
    case ChangeKind::newly_refused:
    case ChangeKind::still_refused:
      return "nothing is built: the package says that it cannot be";
  }
  return "";
}

}  // namespace

std::string why_to_terminal(const JobReview& job, const Change& change, const TerminalStyle& style) {
  Page page(style.columns, style.colour);
  print_heading(page, job, change);
  const std::vector<std::uint32_t> steps = change.rebuild ? way_down(job, *change.rebuild) : std::vector<std::uint32_t>();
  // The first step shows the derivations that the attribute has; of what is as it was a report says no more than that.
  const bool is_only_named = !change.base && !change.head;
  if (!is_only_named && (steps.empty() || derivation_of(change.base) == nullptr)) {
    print_side(page, "base", change.base);
    if (steps.empty()) print_side(page, "head", change.head);
  }
  if (!steps.empty()) {
    print_way(page, job, steps);
  } else {
    page.gap();
    page.paragraph({{"why: ", Tone::strong}},
                   derivation_of(change.head) != nullptr && job.rebuilds.empty() && change.kind == ChangeKind::rebuilt
                       ? "not known: this review did not look for the ways down"
                       : reason_without_way(change),
                   Tone::plain);
  }
  return std::move(page).take();
}

}  // namespace ekaci::report
