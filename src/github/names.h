#pragma once

#include <string_view>

/// What GitHub's names may look like. They go into paths, addresses and arguments, so nothing else is let in.
namespace ekaci::github {

/// `owner/name`: two segments of letters, digits, `-`, `_` and `.`, none of them `.` or `..`, at most 140 bytes.
bool is_repository_name(std::string_view text);

/// What git puts before a branch's name.
inline constexpr std::string_view kBranchReference = "refs/heads/";

/// A branch's name by the rules of git-check-ref-format(1), at most 255 bytes; no option of a command either.
bool is_branch_name(std::string_view text);

/// A person's or bot's login: letters, digits, `-` and `_`, and for a bot `[bot]` behind; at most 100 bytes.
bool is_login(std::string_view text);

/// The login of a person or an organisation: is_login(), and no bot's.
bool is_account(std::string_view text);

}  // namespace ekaci::github
