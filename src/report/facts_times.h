#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

/// How long builds take on both sides, as all reports for people say it; what is given points into the jobs.
namespace ekaci::report {

/// An attribute whose build takes another time at head.
struct TimeRow {
  const Change* change = nullptr;
  Places places{};  ///< one
  std::chrono::microseconds base{};
  std::chrono::microseconds head{};
};

/// Attributes with a known time on both sides, each once for each job and system. Times that differ by less than a second or a tenth
/// count as alike: machines are not steadier.
struct TimeFacts {
  std::uint64_t longer = 0;
  std::uint64_t shorter = 0;
  std::uint64_t alike = 0;
  std::vector<TimeRow> rows{};  ///< that are not alike: those that differ most first, then by path
};
TimeFacts time_facts(const std::vector<JobReview>& jobs);

/// `2 attributes take longer to build, 1 takes less, 40 as long as before`. Ours.
std::string times_in_words(const TimeFacts& facts);
/// `+2 min 07 s`. Ours.
std::string time_difference_text(const TimeRow& row);

}  // namespace ekaci::report
