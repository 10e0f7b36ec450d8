#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong_id.h"
#include "forge/subject.h"

/// Labels that tell on a pull request how much it rebuilds.
namespace ekaci::forge {

/// The operator's choices.
struct LabelPolicy {
  std::string prefix{};                     ///< labels that begin so, whatever their case, are ours
  std::vector<std::uint64_t> thresholds{};  ///< where the bands begin: rising, each at least 1, at least one
};

/// The label for so many rebuilds: the prefix and the band that they are in. With thresholds 1, 11 and 101 the bands are `0`, `1-10`,
/// `11-100` and `101+`.
std::string label_for(const LabelPolicy& policy, std::uint64_t rebuilds);

/// Whether a label is ours. Forges tell labels of one name in two cases not apart.
bool is_ours(std::string_view label, std::string_view prefix);

/// Which label of ours a pull request is to have.
struct WantedLabel {
  RepositoryId repository{};
  PullRequestNumber pull_request{};
  std::optional<std::string> name{};  ///< empty: none
  friend bool operator==(const WantedLabel&, const WantedLabel&) = default;
};

/// Our own number of a wish for a label: a newer wish for the same pull request has another.
using LabelId = StrongId<struct LabelIdTag, std::int64_t>;

/// A pull request that may not have the label of ours that it is to have.
struct OwedLabel {
  LabelId id{};
  Repository repository{};
  WantedLabel wanted{};
  std::uint32_t failures = 0;  ///< in a row
  friend bool operator==(const OwedLabel&, const OwedLabel&) = default;
};

}  // namespace ekaci::forge
