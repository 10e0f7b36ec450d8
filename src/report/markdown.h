#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/review.h"

namespace ekaci::report {

struct MarkdownOptions {
  /// What GitHub takes as a comment, in characters. Counted in bytes here, of which no text has fewer than characters.
  static constexpr std::size_t kGitHubLimit = 65535;
  /// Room for the verdict, its requirements and the totals, whatever they hold; a smaller limit counts as this.
  static constexpr std::size_t kLeastLimit = 32768;
  std::size_t limit = kGitHubLimit;
};

/// The review as a comment on GitHub (docs/report-markdown.md). Never more bytes than the limit: what does not fit is left out in this
/// order, and the text says so: names of rebuilt attributes, sizes, retained dependencies and build times, differences at origins, ends of
/// logs, names of added, removed and refused attributes, ends of error messages, directly changed packages, errors and origins, root
/// failures, package sets, jobs and maintainers, and at last everything but the verdict, its requirements and the totals.
///
/// Text of strangers stands in code only, but for plain words and numbers: it cannot link, mention, refer, embed, format or break out.
std::string to_markdown(const Review& review, const MarkdownOptions& options = {});

/// Of the review no more than its decision, commits, conflicts, foremost root failures and counts, in at most kBriefLimit bytes; strangers'
/// text as above. `title` says in a line what came of it; hostile.
inline constexpr std::size_t kBriefLimit = 16384;
std::string to_brief_markdown(const Review& review, std::string_view title);

}  // namespace ekaci::report
