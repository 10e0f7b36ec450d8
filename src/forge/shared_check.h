#pragma once

#include <optional>
#include <span>
#include <string>

#include "forge/check.h"
#include "model/review.h"

/// The check of a commit that several subjects have as their head, as a backport and what it was made of may: it stands on the commit, so
/// one of them alone must not have it say that all is well.
namespace ekaci::forge {

/// What is known of one of them.
struct SharedVerdict {
  std::string subject{};               ///< `#12`
  std::optional<Decision> decision{};  ///< empty: not reviewed yet
};

/// Whether the first is the worse news.
bool is_worse(Decision one, Decision other);

/// What the check is to say where `text` is what was found of `own`: the verdicts of all of them, and the worst counts. Open as long as one
/// of them is not reviewed. `text` itself where there are no others.
CheckText share_check(CheckText text, const SharedVerdict& own, std::span<const SharedVerdict> others);

}  // namespace ekaci::forge
