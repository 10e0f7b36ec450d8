#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ekaci::report {

/// A build that runs.
struct RunningLine {
  std::string name{};                    ///< of its derivation; made printable
  std::chrono::milliseconds elapsed{0};  ///< since it began
  std::string last_line{};               ///< of its log; made printable
};

/// How far building has come.
struct BuildingLine {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< grows while it is found out what has to be built
  std::uint64_t failed = 0;
  std::chrono::milliseconds elapsed{0};    ///< since building began
  std::chrono::milliseconds remaining{0};  ///< as earlier builds took; 0 where nothing is known
  std::vector<RunningLine> running{};      ///< longest first
};

/// Building on one line of at most `columns` columns, without colour or line feed: done of total, failures, then the builds that
/// run with their times, and the last line of the one that runs longest. What does not fit is dropped from the right.
std::string building_line(const BuildingLine& building, std::size_t columns);

}  // namespace ekaci::report
