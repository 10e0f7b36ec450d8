#include "nix/known_vulnerabilities.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <optional>
#include <span>

namespace ekaci::nix {
namespace {

struct Version {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Vulnerability {
  std::string_view name;
  Version introduced;
  /// The first release without it of each series that had one, oldest first. Later series never had it; others never lost it.
  std::span<const Version> fixed;
};

constexpr std::array kFixed27297 = {Version{2, 3, 18}, Version{2, 18, 2}, Version{2, 19, 4}, Version{2, 20, 5}};
constexpr std::array kFixed45593 = {Version{2, 24, 6}};
constexpr std::array kFixed46415 = {Version{2, 24, 15}, Version{2, 26, 4}, Version{2, 28, 4}, Version{2, 29, 1}};
constexpr std::array kFixed39860 = {Version{2, 28, 6}, Version{2, 29, 3}, Version{2, 30, 4}, Version{2, 31, 4},
                                    Version{2, 32, 7}, Version{2, 33, 4}, Version{2, 34, 5}};
constexpr std::array kFixed44028 = {Version{2, 28, 7}, Version{2, 29, 4}, Version{2, 30, 5}, Version{2, 31, 5},
                                    Version{2, 32, 8}, Version{2, 33, 6}, Version{2, 34, 7}};

constexpr std::array kVulnerabilities = {
    Vulnerability{"CVE-2024-27297", {}, kFixed27297},         Vulnerability{"CVE-2024-45593", {2, 24, 0}, kFixed45593},
    Vulnerability{"CVE-2025-46415", {}, kFixed46415},         Vulnerability{"CVE-2026-39860", {2, 21, 0}, kFixed39860},
    Vulnerability{"CVE-2026-44028", {2, 24, 4}, kFixed44028},
};

/// `2.8.0`, `2.19.0pre20231010_abc`.
std::optional<Version> parse_version(std::string_view text) {
  Version version;
  for (unsigned* part : {&version.major, &version.minor, &version.patch}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *part);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) return part == &version.major ? std::nullopt : std::optional(version);
    text.remove_prefix(1);
  }
  return version;
}

bool has(const Version& version, const Vulnerability& vulnerability) {
  if (version < vulnerability.introduced || version > vulnerability.fixed.back()) return false;
  return std::ranges::none_of(vulnerability.fixed, [&version](const Version& fixed) {
    return fixed.major == version.major && fixed.minor == version.minor && fixed.patch <= version.patch;
  });
}

}  // namespace

std::vector<std::string> known_vulnerabilities(std::string_view daemon_version) {
  std::vector<std::string> names;
  const std::optional<Version> version = parse_version(daemon_version);
  if (!version) return names;
  for (const Vulnerability& vulnerability : kVulnerabilities) {
    if (has(*version, vulnerability)) names.emplace_back(vulnerability.name);
  }
  return names;
}

}  // namespace ekaci::nix
