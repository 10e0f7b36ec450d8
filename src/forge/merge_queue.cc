#include "forge/merge_queue.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace ekaci::forge {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether it is a pull request's number as a forge writes it.
bool is_number(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;
  return !text.empty() && text.size() <= kMostDigits && text.front() != '0' && std::ranges::all_of(text, is_digit);
}

/// BASE of `pr-NUMBER-BASE`.
std::optional<CommitId> base_in(std::string_view entry) {
  constexpr std::string_view kPullRequest = "pr-";
  constexpr std::size_t kHashSize = 40;
  if (!entry.starts_with(kPullRequest)) return std::nullopt;
  entry.remove_prefix(kPullRequest.size());
  const std::size_t dash = entry.find('-');
  if (dash == std::string_view::npos || !is_number(entry.substr(0, dash))) return std::nullopt;
  const std::string_view hash = entry.substr(dash + 1);
  Result<CommitId> base = CommitId::parse(hash);
  if (hash.size() != kHashSize || !base) return std::nullopt;
  return *std::move(base);
}

}  // namespace

std::optional<MergeGroup> merge_group_of(std::string_view branch, const CommitId& tip) {
  if (!branch.starts_with(kMergeQueue)) return std::nullopt;
  const std::string_view place = branch.substr(kMergeQueue.size());
  const std::size_t slash = place.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  std::optional<CommitId> base = base_in(place.substr(slash + 1));
  if (!base) return std::nullopt;
  return MergeGroup{.branch = std::string(branch), .head = tip, .base = *std::move(base)};
}

}  // namespace ekaci::forge
