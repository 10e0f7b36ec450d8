#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

namespace ekaci::report {

/// Attributes that fail with the same message at the same place. Hostile text.
struct ErrorGroup {
  std::string message{};  ///< without the evaluator's own `error:`; the failure's kind in front where a limit ended it; never empty
  std::optional<SourcePosition> position{};
  /// First the one that is defined in the file where the error is, if there is one; the others in path order. Each once.
  std::vector<AttributePath> attributes{};
  Places places{};
};

/// The errors of head by what they say, for ChangeKind::newly_erroring or still_erroring; those that explain most first.
std::vector<ErrorGroup> error_groups(const std::vector<JobReview>& jobs, ChangeKind kind);

/// What an error says, as ErrorGroup::message has it.
std::string message_of(const EvaluationError& error);

}  // namespace ekaci::report
