#pragma once

#include <string_view>

#include "net/http.h"

/// The pages that our checks link to (forge::details_path_of): of a pull request and of a commit. Nobody can log in to this server, and
/// repositories may be private: so a page says nothing of any review, nor whether there is one or whether we know the repository. It says
/// where the report is, and links back to the forge.
namespace ekaci::api {

inline constexpr std::string_view kPullRequestPages = "/{owner}/{repository}/pr/{number}";
inline constexpr std::string_view kCommitPages = "/{owner}/{repository}/commit/{commit}";

/// Answers a request that one of the patterns was found for, always with the same page but for the link; 404 where a segment cannot be
/// what it stands for. `forge` is the URL of the forge's pages, without a slash at its end.
net::Response pull_request_page(const net::Request& request, std::string_view forge);
net::Response commit_page(const net::Request& request, std::string_view forge);

}  // namespace ekaci::api
