#include "report/terminal_marks.h"

#include <fmt/core.h>

#include "base/text.h"
#include "review/wording.h"

namespace ekaci::report {

Mark mark_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return {"✓", Tone::strong_good};
    case Decision::do_not_merge:
      return {"✗", Tone::strong_bad};
    case Decision::wait:
      return {"…", Tone::strong_doubtful};
    case Decision::cannot_tell:
      return {"?", Tone::strong_doubtful};
  }
  return {"?", Tone::strong_doubtful};
}

Mark mark_of(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return {"✓", Tone::good};
    case Requirement::State::not_met:
      return {"✗", Tone::bad};
    case Requirement::State::pending:
      return {"…", Tone::doubtful};
    case Requirement::State::unknown:
      return {"?", Tone::doubtful};
  }
  return {"?", Tone::doubtful};
}

Mark mark_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::newly_erroring:
      return {"✗", Tone::bad};
    case ChangeKind::newly_refused:
      return {"⊘", Tone::doubtful};
    case ChangeKind::removed:
      return {"-", Tone::doubtful};
    case ChangeKind::rebuilt:
    case ChangeKind::metadata_only:
      return {"~", Tone::plain};
    case ChangeKind::added:
      return {"+", Tone::good};
    case ChangeKind::error_fixed:
    case ChangeKind::no_longer_refused:
      return {"✓", Tone::good};
    case ChangeKind::still_erroring:
      return {"✗", Tone::dim};
    case ChangeKind::still_refused:
      return {"⊘", Tone::dim};
    case ChangeKind::unchanged:
    case ChangeKind::not_a_derivation:
      return {"=", Tone::dim};
  }
  return {"?", Tone::plain};
}

Mark mark_of(Transition transition) {
  switch (transition) {
    case Transition::newly_failing:
    case Transition::added_failing:
    case Transition::failing_base_unknown:
      return {"✗", Tone::bad};
    case Transition::still_failing:
      return {"✗", Tone::dim};
    case Transition::newly_succeeding:
    case Transition::added_succeeding:
      return {"✓", Tone::good};
    case Transition::still_succeeding:
    case Transition::succeeding_base_not_built:
      return {"✓", Tone::dim};
    case Transition::unknown:
      return {"!", Tone::doubtful};
  }
  return {"!", Tone::doubtful};
}

void print_rest(Page& page, std::uint64_t hidden) {
  if (hidden > 0) print_rest(page, review::grouped(hidden) + " more");
}

void print_rest(Page& page, std::string_view hidden) {
  const std::string brief = fmt::format("  … and {}", hidden);
  const std::string whole = brief + " (--all shows them)";
  page.line({{display_width(whole) <= page.columns() ? whole : brief, Tone::dim}});
}

}  // namespace ekaci::report
