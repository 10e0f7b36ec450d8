#pragma once

#include "base/error.h"
#include "model/review.h"

namespace ekaci::app {

/// What the process tells its caller. Documented in README.md; never renumbered.
enum class ExitStatus {
  merge = 0,
  do_not_merge = 1,
  undecided = 2,      ///< wait, or cannot tell
  usage = 3,          ///< the command line asks for something that cannot be
  could_not_run = 4,  ///< everything else that kept a verdict from being made, an interrupt included
};

constexpr ExitStatus exit_status_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return ExitStatus::merge;
    case Decision::do_not_merge:
      return ExitStatus::do_not_merge;
    case Decision::wait:
    case Decision::cannot_tell:
      return ExitStatus::undecided;
  }
  return ExitStatus::undecided;
}

constexpr ExitStatus exit_status_of(ErrorCode code) {
  return code == ErrorCode::invalid_argument ? ExitStatus::usage : ExitStatus::could_not_run;
}

}  // namespace ekaci::app
