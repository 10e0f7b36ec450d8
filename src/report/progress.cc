#include "report/progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// Below these a rate says more about start-up than about the work.
constexpr std::chrono::milliseconds kLeastElapsed{1500};
constexpr std::uint64_t kLeastDone = 20;

/// Longer than this is a rate that cannot be right; saying a number would be worse than saying none.
constexpr double kLongestSeconds = 24.0 * 3600.0;

struct Sums {
  double left = 0;         // a sum that cannot overflow
  std::uint64_t done = 0;  ///< in this run: what was reused took no time
  std::uint64_t errors = 0;
  bool all_known = true;
};

Sums sums_of(const std::vector<ProgressPart>& parts) {
  Sums sums;
  for (const ProgressPart& part : parts) {
    sums.errors += part.errors;
    switch (part.state) {
      case ProgressPart::State::waiting:
      case ProgressPart::State::running:
        sums.done += part.done;
        sums.left += static_cast<double>(part.known - std::min(part.known, part.done));
        sums.all_known = sums.all_known && part.known > 0;
        break;
      case ProgressPart::State::finished:
        sums.done += part.done;
        break;
      case ProgressPart::State::reused:
        break;
    }
  }
  return sums;
}

std::optional<double> rate_of(const Progress& progress, const Sums& sums) {
  if (progress.elapsed >= kLeastElapsed && sums.done >= kLeastDone) {
    return static_cast<double>(sums.done) * 1000.0 / static_cast<double>(progress.elapsed.count());
  }
  return progress.prior_rate && *progress.prior_rate > 0 ? progress.prior_rate : std::nullopt;
}

std::string part_text(const ProgressPart& part) {
  std::string name = printable_line(part.name);
  switch (part.state) {
    case ProgressPart::State::waiting:
      return name + " waiting";
    case ProgressPart::State::running:
      if (part.known == 0) return name + " …";
      return fmt::format("{} {} of {}", name, review::grouped(part.done), review::grouped(part.known));
    case ProgressPart::State::finished:
      return fmt::format("{} {} done", name, review::grouped(part.done));
    case ProgressPart::State::reused:
      return name + " reused";
  }
  return name;
}

std::string time_text(std::chrono::seconds left) {
  if (left < std::chrono::minutes(1)) return fmt::format("about {} s left", left.count());
  return fmt::format("about {} left", duration_text(left));
}

}  // namespace

std::optional<std::chrono::seconds> time_left(const Progress& progress) {
  const Sums sums = sums_of(progress.parts);
  if (sums.left <= 0 || !sums.all_known) return std::nullopt;
  const std::optional<double> rate = rate_of(progress, sums);
  if (!rate) return std::nullopt;
  const double seconds = sums.left / *rate;
  if (!std::isfinite(seconds) || seconds > kLongestSeconds) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

std::string progress_line(const Progress& progress, std::size_t columns) {
  std::vector<std::string> pieces;
  pieces.reserve(progress.parts.size() + 2);
  for (const ProgressPart& part : progress.parts) pieces.push_back(part_text(part));
  const std::uint64_t errors = sums_of(progress.parts).errors;
  if (errors > 0) pieces.push_back(review::counted(errors, "error"));
  if (const auto left = time_left(progress)) {
    pieces.push_back(time_text(*left));
  } else if (progress.elapsed >= std::chrono::seconds(1)) {
    pieces.push_back(duration_text(progress.elapsed) + " so far");
  }
  std::string line = clip(printable_line(progress.phase), columns);
  std::string_view separator = "  ";
  for (const std::string& piece : pieces) {
    if (display_width(line) + display_width(separator) + display_width(piece) > columns) break;
    line += std::string(separator) + piece;
    separator = " · ";
  }
  return line;
}

std::string change_line(const Change& change, std::size_t columns) {
  std::string what = spelled_out(to_string(change.kind));
  const bool has_both = change.base_metadata && change.head_metadata;
  if (has_both && change.aspects.contains(MetadataAspect::version)) {
    what = fmt::format("{} → {}", change.base_metadata->version, change.head_metadata->version);
  }
  return clip(fmt::format("{}: {}", printable_line(change.path.to_string()), printable_line(what)), columns);
}

}  // namespace ekaci::report
