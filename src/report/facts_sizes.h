#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

/// What the change does to sizes, as all reports for people say it. Hostile text where it is not said otherwise; what is given points
/// into the jobs.
namespace ekaci::report {

/// Why it is not known by how much the runtime closure of an attribute with a new derivation differs.
enum class SizeGap {
  head_not_built,  ///< nothing is known of building head's derivation
  head_failing,    ///< head's cannot be built
  base_not_built,  ///< nothing keeps base's from being built
  base_failing,    ///< base's cannot be built
  not_measured,    ///< both succeeded, but something of a closure is not there any more
};

/// An attribute whose runtime closure is known on both sides and differs, or is known and new.
struct SizeRow {
  const Change* change = nullptr;
  const SizeChange* size = nullptr;  ///< the change's
  Places places{};                   ///< where it differs alike
  std::int64_t difference = 0;       ///< of the closure, in bytes
  std::int64_t outputs = 0;          ///< of all outputs together
};

/// Attributes count once for each job and system.
struct SizeFacts {
  std::uint64_t grown = 0;
  std::uint64_t shrunk = 0;
  std::uint64_t same = 0;
  std::uint64_t added = 0;  ///< base has no derivation there; head's closure is known
  std::map<SizeGap, std::uint64_t> unknown{};
  std::vector<SizeRow> rows{};           ///< that differ: the largest difference first, whatever its sign, then by path
  std::optional<SizeRow> largest_new{};  ///< of the added

  [[nodiscard]] bool is_empty() const { return known() + unknown_sum() == 0; }
  [[nodiscard]] std::uint64_t known() const { return grown + shrunk + same + added; }
  [[nodiscard]] std::uint64_t unknown_sum() const;
};
SizeFacts size_facts(const std::vector<JobReview>& jobs);

/// How a form of report writes strangers' names and commands.
struct NameWriters {
  std::string (*attribute)(const AttributePath& path) = nullptr;
  std::string (*command)(std::string_view text) = nullptr;
};
/// `12 attributes grow, 3 shrink, 40 unknown; largest growth hello +4.2 MiB (+14.2 %)`; where nothing is known why.
std::string sizes_in_words(const SizeFacts& facts, const NameWriters& write);
/// `38 as base is not built (--base=all builds it), 2 are not built at head`; empty where all are known.
std::string gaps_in_words(const SizeFacts& facts, const NameWriters& write);

/// `+4.2 MiB (+14.2 %)`. Ours.
std::string growth_in_words(std::int64_t difference, const std::optional<std::uint64_t>& base);
/// `30.1 MiB → 34.4 MiB`; `unknown` for a side that is. Ours.
std::string sides_in_words(const SizePair& sizes);

/// By how much the two sides differ; sizes that no file system has count as the largest that has a sign.
std::int64_t size_difference(std::uint64_t base, std::uint64_t head);
/// Of a closure; nullopt where a side is not known.
std::optional<std::int64_t> closure_growth(const SizePair& closure);
/// Without its sign.
std::uint64_t magnitude(std::int64_t number);

}  // namespace ekaci::report
