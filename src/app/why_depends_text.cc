#include "app/why_depends_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "report/units.h"
#include "review/wording.h"

namespace ekaci::app {
namespace {

/// Packages of one side that are listed.
constexpr std::size_t kMostPackages = 20;
constexpr std::size_t kMostVersions = 5;

const Change& change_of(const MeasuredAttribute& attribute) { return attribute.job.changes.front(); }

std::string place_of(const MeasuredAttribute& attribute) {
  return fmt::format("{} in {} on {}", printable_line(change_of(attribute).path.to_string()), printable_line(attribute.job.job),
                     printable_line(attribute.job.system));
}

bool is_known(const std::unique_ptr<RuntimeClosure>& side) { return side && side->is_known(); }

std::string versions_text(const std::vector<std::string>& versions) {
  std::vector<std::string> shown;
  shown.reserve(versions.size());
  for (const std::string& version : versions) shown.push_back(version.empty() ? "without version" : printable_line(version));
  return review::enumerated(shown, kMostVersions);
}

std::string package_text(const std::string& name, const std::vector<std::string>& versions) {
  const bool has_version = std::ranges::any_of(versions, [](const std::string& version) { return !version.empty(); });
  return printable_line(name) + (has_version ? " " + versions_text(versions) : "");
}

std::string way_text(const std::vector<StorePath>& way) {
  std::string text;
  for (const StorePath& path : way) text += (text.empty() ? "" : " → ") + path.name();
  return text;
}

std::string_view mark_of(RetainedKind kind) {
  switch (kind) {
    case RetainedKind::gained:
      return "+ gained";
    case RetainedKind::lost:
      return "- lost";
    case RetainedKind::version_changed:
      return "~ changed";
  }
  return "";
}

std::string line_of(const RetainedDependency& retained) {
  std::string what;
  switch (retained.kind) {
    case RetainedKind::gained:
      what = package_text(retained.name, retained.head_versions);
      break;
    case RetainedKind::lost:
      what = package_text(retained.name, retained.base_versions);
      break;
    case RetainedKind::version_changed:
      what = fmt::format("{} {} → {}", printable_line(retained.name), versions_text(retained.base_versions),
                         versions_text(retained.head_versions));
      break;
  }
  const auto difference = static_cast<std::int64_t>(retained.head_bytes) - static_cast<std::int64_t>(retained.base_bytes);
  return fmt::format("  {} {}, {}: {}\n", mark_of(retained.kind), what, report::size_difference_text(difference), way_text(retained.way));
}

std::string sizes_text(const MeasuredAttribute& attribute) {
  const std::uint64_t base = attribute.base->bytes();
  const std::uint64_t head = attribute.head->bytes();
  const auto difference = static_cast<std::int64_t>(head) - static_cast<std::int64_t>(base);
  const std::string percent = report::percent_text(difference, base);
  return fmt::format("{} → {}, {}{}", report::size_text(base), report::size_text(head), report::size_difference_text(difference),
                     percent.empty() ? "" : " (" + percent + ")");
}

std::string compared_text(const MeasuredAttribute& attribute) {
  std::string text = fmt::format("{}: closure {}\n", place_of(attribute), sizes_text(attribute));
  for (const RetainedDependency& retained : attribute.job.retained) text += line_of(retained);
  if (attribute.job.retained.empty()) text += "  it keeps the same dependencies in the same versions\n";
  return text;
}

/// All that one side keeps, the largest first.
std::string side_text(const MeasuredAttribute& attribute, std::string_view name, const RuntimeClosure& side) {
  std::vector<std::pair<std::string, KeptPackage>> packages;
  for (const auto& package : side.packages()) packages.emplace_back(package);
  // The largest first, then by name, as they come.
  std::ranges::sort(packages, {}, [](const auto& package) { return std::pair(~package.second.bytes, std::string_view(package.first)); });
  std::string text = fmt::format("{}: {}'s closure is {}\n", place_of(attribute), name, report::size_text(side.bytes()));
  const std::size_t shown = std::min(packages.size(), kMostPackages);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [package, kept] = packages[i];
    text += fmt::format("  {}, {}\n", package_text(package, kept.versions), report::size_text(kept.bytes));
  }
  if (shown < packages.size()) text += fmt::format("  … {} more\n", packages.size() - shown);
  return text;
}

std::string way_on_side(const MeasuredAttribute& attribute, std::string_view name, const RuntimeClosure& side,
                        const std::string& dependency) {
  const std::vector<StorePath> way = side.way_to(dependency);
  if (way.empty()) return fmt::format("{}: {} does not keep {}\n", place_of(attribute), name, printable_line(dependency));
  std::string text = fmt::format("{}: {} keeps {}\n", place_of(attribute), name, way.back().name());
  std::size_t depth = 1;
  for (const StorePath& path : way) text += fmt::format("{}{}\n", std::string(2 * depth++, ' '), path.to_string());
  return text;
}

bool keeps(const std::unique_ptr<RuntimeClosure>& side, const std::string& dependency) {
  return is_known(side) && !side->way_to(dependency).empty();
}

}  // namespace

std::string dependencies_text(const MeasuredAttribute& attribute) {
  if (is_known(attribute.base) && is_known(attribute.head)) return compared_text(attribute);
  std::string text;
  if (is_known(attribute.head)) text += side_text(attribute, "head", *attribute.head);
  if (is_known(attribute.base)) text += side_text(attribute, "base", *attribute.base);
  return text + unknown_sides_text(attribute);
}

std::string ways_text(const MeasuredAttribute& attribute, const std::string& dependency) {
  if (!keeps(attribute.base, dependency) && !keeps(attribute.head, dependency)) return "";
  std::string text;
  if (is_known(attribute.head)) text += way_on_side(attribute, "head", *attribute.head, dependency);
  if (is_known(attribute.base)) text += way_on_side(attribute, "base", *attribute.base, dependency);
  return text + unknown_sides_text(attribute);
}

std::string unknown_sides_text(const MeasuredAttribute& attribute) {
  std::string text;
  if (attribute.head && !attribute.head->is_known()) {
    text +=
        fmt::format("{}: what head keeps is not known: it was not built, or was collected before it was measured\n", place_of(attribute));
  }
  if (attribute.base && !attribute.base->is_known()) {
    text += fmt::format("{}: what base keeps is not known: ekaci review --base=all builds it\n", place_of(attribute));
  }
  return text;
}

}  // namespace ekaci::app
