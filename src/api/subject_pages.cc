#include "api/subject_pages.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "api/page.h"
#include "base/html_text.h"
#include "model/object_id.h"

namespace ekaci::api {
namespace {

/// The longest that GitHub allows.
constexpr std::size_t kLongestOwner = 39;
constexpr std::size_t kLongestRepository = 100;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// Whether a text can stand in a path as it is, and stays one segment of it.
bool is_segment(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && text != "." && text != ".." && std::ranges::all_of(text, is_plain);
}

/// The repository's page at the forge; nullopt where there cannot be one.
std::optional<std::string> repository_address(const net::Request& request, std::string_view forge) {
  const std::string_view owner = request.parameters.get("owner");
  const std::string_view repository = request.parameters.get("repository");
  if (!is_segment(owner, kLongestOwner) || !is_segment(repository, kLongestRepository)) return std::nullopt;
  return fmt::format("{}/{}/{}", forge, owner, repository);
}

/// What a page links back to.
struct Origin {
  std::string address{};
  std::string_view name{};
};

net::Response page_of(const Origin& origin) {
  return rendered({.status = 200,
                   .title = "Where the report is",
                   .content = fmt::format(
                       "<p>EkaCI reviews changes to Nix package repositories: it evaluates and builds what a change touches, against the "
                       "very revision that it would be merged into, and says what becomes of every package.</p>\n"
                       "<p>What it found of this {0} stands in its checks there: the check <strong>EkaCI</strong> has the verdict and the "
                       "whole report. Who runs this server can also read it with <code>ekaci show</code>.</p>\n"
                       "<p><a class=\"act\" href=\"{1}\">Back to the {0}</a></p>\n",
                       html_line(origin.name), html_line(origin.address))});
}

net::Response no_page() { return net::Response::error(404, "there is no such page"); }

}  // namespace

net::Response pull_request_page(const net::Request& request, std::string_view forge) {
  const std::optional<std::string> repository = repository_address(request, forge);
  const std::optional<std::uint64_t> number = request.parameters.number("number");
  if (!repository || !number || *number == 0 || *number > std::numeric_limits<std::int64_t>::max()) return no_page();
  return page_of({.address = fmt::format("{}/pull/{}", *repository, *number), .name = "pull request"});
}

net::Response commit_page(const net::Request& request, std::string_view forge) {
  const std::optional<std::string> repository = repository_address(request, forge);
  const auto commit = CommitId::parse(request.parameters.get("commit"));
  if (!repository || !commit) return no_page();
  return page_of({.address = fmt::format("{}/commit/{}", *repository, commit->to_string()), .name = "commit"});
}

}  // namespace ekaci::api
