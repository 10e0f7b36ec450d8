#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ekaci::report {

/// A build that runs.
struct RunningLine {
  std::string name{};                    ///< of its derivation; made printable
  std::chrono::milliseconds elapsed{0};  ///< since it began
  std::string last_line{};               ///< of its log; made printable
};

/// What waits for another try.
struct WaitingLine {
  std::chrono::milliseconds left{0};  ///< until then
  std::string reason{};               ///< made printable
};

/// How far building has come.
struct BuildingLine {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< grows while it is found out what has to be built
  std::uint64_t failed = 0;
  std::chrono::milliseconds elapsed{0};    ///< since building began
  std::chrono::milliseconds remaining{0};  ///< as earlier builds took; 0 where nothing is known
  std::vector<RunningLine> running{};      ///< longest first
  std::optional<WaitingLine> waiting{};    ///< what is tried again next
};

/// Building on one line of at most `columns` columns, without colour or line feed: done of total, failures, then the builds that
/// run with their times, why something waits to be tried again, and the last line of the build that runs longest. What does not fit is
/// dropped from the right.
std::string building_line(const BuildingLine& building, std::size_t columns);

}  // namespace ekaci::report
