#pragma once

#include <string>
#include <string_view>

#include "forge/ports.h"

/// Our comments on pull requests (docs.github.com/rest/issues/comments). Pure.
namespace ekaci::github {

/// The body of a request that makes or changes the comment: a mark that nobody sees, what it is to say, and which commit that is about.
/// `web_url` is where GitHub's pages are, without a slash at its end. The repository's name has been checked.
std::string comment_json(const forge::OwedComment& owed, std::string_view web_url);

/// Whether a comment's text begins with our mark. Anybody can write that: it tells our comment from others of ours, and nothing of whose it
/// is.
bool is_marked(std::string_view text);

}  // namespace ekaci::github
