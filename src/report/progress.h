#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/review.h"

namespace ekaci::report {

/// How far one evaluation (or whatever the phase consists of) has come.
struct ProgressPart {
  enum class State { waiting, running, finished, reused };
  std::string name;  ///< `base`, `head`; made printable
  State state = State::running;
  std::uint64_t known = 0;  ///< attributes known to exist; grows while sets are entered
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
};

/// What is known while a review runs.
struct Progress {
  std::string phase;  ///< `evaluating`, `merging`, …; made printable
  std::vector<ProgressPart> parts{};
  std::chrono::milliseconds elapsed{0};  ///< since the phase began
  /// Attributes a second that an earlier run of this repository made, for the time before this run's own rate can be told.
  std::optional<double> prior_rate{};
};

/// How long the phase will still take; nullopt until that can be said: before anything is known to be left to do, or while too
/// little has been done to tell a rate and no earlier one is known.
std::optional<std::chrono::seconds> time_left(const Progress& progress);

/// The state of a review on one line of at most `columns` columns, without colour or line feed: phase, done of known for each part,
/// errors so far, time left. What does not fit is dropped from the right, part by part.
std::string progress_line(const Progress& progress, std::size_t columns);

/// One change on one line of at most `columns` columns, for telling it while others are still looked for: `~ hello  1.0 → 1.1`.
std::string change_line(const Change& change, std::size_t columns);

}  // namespace ekaci::report
