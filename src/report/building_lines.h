#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ekaci::report {

/// A build that runs.
struct RunningBuildLine {
  std::string name{};                    ///< of its derivation; made printable
  std::chrono::milliseconds elapsed{0};  ///< since it began
  std::string phase{};                   ///< that its builder entered last; made printable
  std::string last_line{};               ///< of its log; made printable
};

/// What waits for another try.
struct WaitingBuildLine {
  std::chrono::milliseconds left{0};  ///< until then
  std::string reason{};               ///< made printable
};

/// How far building has come.
struct BuildingState {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< grows while it is found out what has to be built
  std::uint64_t failed = 0;
  std::chrono::milliseconds remaining{0};     ///< as earlier builds took; 0 where nothing is known
  std::vector<RunningBuildLine> running{};    ///< longest first
  std::optional<WaitingBuildLine> waiting{};  ///< what is tried again next
};

/// The room that there is on a terminal.
struct LineRoom {
  std::size_t columns = 80;
  std::size_t lines = 10;  ///< at least 1
};

/// Building on a few lines, without colour or line feeds: done of total, failures and the time left on the first; why something waits
/// to be tried again; then a line for each build that runs, with its time, its name, and what it said last. Where there are more than
/// fit, the last line says how many.
std::vector<std::string> building_lines(const BuildingState& building, const LineRoom& room);

}  // namespace ekaci::report
