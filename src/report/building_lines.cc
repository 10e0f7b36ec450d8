#include "report/building_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "base/text.h"
#include "model/store_path.h"
#include "report/layout.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

constexpr std::size_t kNameColumns = 40;

std::string name_of(const RunningBuildLine& build) { return clip(without_drv(printable_line(build.name)), kNameColumns); }

/// What a build does: the line that it wrote last, else the phase that it is in.
std::string activity_of(const RunningBuildLine& build) {
  const std::string line = printable_line(build.last_line);
  return trim(line).empty() ? printable_line(build.phase) : line;
}

std::string summary(const BuildingState& building) {
  std::string line = fmt::format("building {} of {}", review::grouped(building.done), review::grouped(building.total));
  if (building.failed > 0) line += fmt::format(", {} failed", review::grouped(building.failed));
  if (building.remaining >= std::chrono::seconds(1)) line += fmt::format(", about {} left", duration_text(building.remaining));
  return line;
}

/// Whole seconds, so that the line stands still between them; none is left until the last is over.
std::string waiting_line(const WaitingBuildLine& waiting) {
  const auto left = std::max(std::chrono::ceil<std::chrono::seconds>(waiting.left), std::chrono::seconds(0));
  return fmt::format("  waiting {} s to try again: {}", review::grouped(static_cast<std::uint64_t>(left.count())),
                     printable_line(waiting.reason));
}

std::size_t widest(const std::vector<std::string>& texts) {
  std::size_t columns = 0;
  for (const std::string& text : texts) columns = std::max(columns, display_width(text));
  return columns;
}

/// Times and names below each other, so that the eye finds what takes long.
std::vector<std::string> running_lines(std::span<const RunningBuildLine> builds) {
  std::vector<std::string> times;
  std::vector<std::string> names;
  for (const RunningBuildLine& build : builds) {
    times.push_back(duration_text(build.elapsed));
    names.push_back(name_of(build));
  }
  const std::size_t time_columns = widest(times);
  const std::size_t name_columns = widest(names);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < builds.size(); ++i) {
    const std::string activity = activity_of(builds[i]);
    lines.push_back(
        fmt::format("  {}  {}", padded_right(times[i], time_columns), activity.empty() ? names[i] : padded_right(names[i], name_columns)));
    if (!activity.empty()) lines.back() += "  " + activity;
  }
  return lines;
}

}  // namespace

std::vector<std::string> building_lines(const BuildingState& building, const LineRoom& room) {
  std::vector<std::string> lines{summary(building)};
  if (building.waiting) lines.push_back(waiting_line(*building.waiting));
  std::size_t left = room.lines - std::min(room.lines, lines.size());
  if (building.running.size() > left && left > 0) --left;
  const std::size_t shown = std::min(left, building.running.size());
  std::ranges::move(running_lines(std::span(building.running).first(shown)), std::back_inserter(lines));
  if (shown < building.running.size()) lines.push_back(fmt::format("  and {} more", building.running.size() - shown));
  lines.resize(std::min(lines.size(), std::max<std::size_t>(1, room.lines)));
  for (std::string& line : lines) line = clip(line, room.columns);
  return lines;
}

}  // namespace ekaci::report
