#include "report/building_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "model/store_path.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

constexpr std::size_t kNamedBuilds = 3;
constexpr std::size_t kReasonColumns = 100;

std::string name_of(const RunningLine& build) { return std::string(without_drv(printable_line(build.name))); }

std::string builds_in_words(const std::vector<RunningLine>& running) {
  std::string words;
  for (std::size_t i = 0; i < running.size() && i < kNamedBuilds; ++i) {
    words += fmt::format("{}{} {}", i == 0 ? "" : ", ", name_of(running[i]), duration_text(running[i].elapsed));
  }
  if (running.size() > kNamedBuilds) words += fmt::format(" and {} more", running.size() - kNamedBuilds);
  return words;
}

/// Whole seconds, so that the line stands still between them; none is left until the last is over.
std::string waiting_in_words(const WaitingLine& waiting) {
  const auto left = std::max(std::chrono::ceil<std::chrono::seconds>(waiting.left), std::chrono::seconds(0));
  return fmt::format("waiting {} s to try again: {}", review::grouped(static_cast<std::uint64_t>(left.count())),
                     clip(printable_line(waiting.reason), kReasonColumns));
}

/// What is under way, and what is not.
std::string activity_in_words(const BuildingLine& building) {
  const std::string builds = builds_in_words(building.running);
  if (!building.waiting) return builds;
  return builds + (builds.empty() ? "" : "; ") + waiting_in_words(*building.waiting);
}

}  // namespace

std::string building_line(const BuildingLine& building, std::size_t columns) {
  std::string line = fmt::format("building {} of {}", review::grouped(building.done), review::grouped(building.total));
  if (building.failed > 0) line += fmt::format(", {} failed", review::grouped(building.failed));
  if (building.remaining >= std::chrono::seconds(1)) line += fmt::format(", about {} left", duration_text(building.remaining));
  if (const std::string activity = activity_in_words(building); !activity.empty()) line += ": " + activity;
  if (!building.running.empty()) {
    const std::string last = printable_line(building.running.front().last_line);
    if (!last.empty()) line += " │ " + last;
  }
  return clip(line, columns);
}

}  // namespace ekaci::report
