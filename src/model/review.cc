#include "model/review.h"

namespace ekaci {

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::unchanged:
      return "unchanged";
    case ChangeKind::added:
      return "added";
    case ChangeKind::removed:
      return "removed";
    case ChangeKind::rebuilt:
      return "rebuilt";
    case ChangeKind::metadata_only:
      return "metadata_only";
    case ChangeKind::newly_erroring:
      return "newly_erroring";
    case ChangeKind::error_fixed:
      return "error_fixed";
    case ChangeKind::still_erroring:
      return "still_erroring";
    case ChangeKind::newly_refused:
      return "newly_refused";
    case ChangeKind::no_longer_refused:
      return "no_longer_refused";
    case ChangeKind::still_refused:
      return "still_refused";
    case ChangeKind::not_a_derivation:
      return "not_a_derivation";
  }
  return "unchanged";
}

bool is_change(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::unchanged:
    case ChangeKind::still_erroring:
    case ChangeKind::still_refused:
    case ChangeKind::not_a_derivation:
      return false;
    case ChangeKind::added:
    case ChangeKind::removed:
    case ChangeKind::rebuilt:
    case ChangeKind::metadata_only:
    case ChangeKind::newly_erroring:
    case ChangeKind::error_fixed:
    case ChangeKind::newly_refused:
    case ChangeKind::no_longer_refused:
      return true;
  }
  return true;
}

std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "merge";
    case Decision::do_not_merge:
      return "do not merge";
    case Decision::wait:
      return "wait";
    case Decision::cannot_tell:
      return "cannot tell";
  }
  return "cannot tell";
}

std::string_view to_string(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return "met";
    case Requirement::State::not_met:
      return "not_met";
    case Requirement::State::pending:
      return "pending";
    case Requirement::State::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Requirement::Acceptance acceptance) {
  switch (acceptance) {
    case Requirement::Acceptance::of_no_use:
      return "of_no_use";
    case Requirement::Acceptance::awaited:
      return "awaited";
    case Requirement::Acceptance::given:
      return "given";
  }
  return "of_no_use";
}

}  // namespace ekaci
