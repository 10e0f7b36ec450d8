#include "forge/labels.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/letter_case.h"

namespace ekaci::forge {

std::string label_for(const LabelPolicy& policy, std::uint64_t rebuilds) {
  const auto above = std::ranges::upper_bound(policy.thresholds, rebuilds);
  const std::uint64_t first = above == policy.thresholds.begin() ? 0 : *(above - 1);
  if (above == policy.thresholds.end()) return fmt::format("{}{}+", policy.prefix, first);
  const std::uint64_t last = *above - 1;
  return first == last ? fmt::format("{}{}", policy.prefix, first) : fmt::format("{}{}-{}", policy.prefix, first, last);
}

bool is_ours(std::string_view label, std::string_view prefix) { return lower_case(label).starts_with(lower_case(prefix)); }

}  // namespace ekaci::forge
