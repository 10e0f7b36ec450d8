#include "github/values.h"

#include <string>
#include <string_view>

#include "github/names.h"

namespace ekaci::github {
namespace {

/// GitHub has some that stand for less than the six of ours, and may come to have more: those give no rights.
forge::Association association_from(const JsonField& field) {
  const std::string text = field.text();
  if (text == "FIRST_TIMER") return forge::Association::first_time_contributor;
  return forge::parse_association(text).value_or(forge::Association::none);
}

/// Old payloads do not say `draft`.
forge::PullRequest::State state_from(const JsonField& field) {
  const std::string state = field.at("state").text();
  if (state == "closed") return forge::PullRequest::State::closed;
  if (state != "open") field.at("state").refuse("has to be open or closed");
  const bool is_draft = field.has("draft") && field.at("draft").boolean();
  return is_draft ? forge::PullRequest::State::draft : forge::PullRequest::State::open;
}

/// GitHub has no repository of a head whose fork was deleted, and no owner of one whose account was.
std::string head_owner_from(const JsonField& head) {
  if (!head.has("repo") || !head.at("repo").has("owner")) return {};
  return login_from(head.at("repo"), "owner");
}

std::string checked_text(const JsonField& field, bool (*is_right)(std::string_view), std::string_view what) {
  std::string text = field.text();
  if (!is_right(text)) field.refuse(what);
  return text;
}

}  // namespace

CommitId commit_from(const JsonField& field) {
  Result<CommitId> commit = CommitId::parse(field.text());
  if (commit) return *std::move(commit);
  field.refuse("has to be a git commit's name");
  return CommitId::parse(std::string(40, '0')).value();
}

std::string branch_from(const JsonField& field) { return checked_text(field, is_branch_name, "is no name that git lets a branch have"); }

std::string login_from(const JsonField& parent, const std::string& key) {
  if (!parent.has(key)) return "ghost";
  return checked_text(parent.at(key).at("login"), is_login, "is no login");
}

forge::Repository repository_from(const JsonField& field, forge::InstallationId installation) {
  return {.id = {field.at("id").number()},
          .installation = installation,
          .name = checked_text(field.at("full_name"), is_repository_name, "has to be owner/name"),
          .default_branch = branch_from(field.at("default_branch")),
          .is_private = field.at("private").boolean()};
}

forge::PullRequest pull_request_from(const JsonField& field) {
  return {.number = {field.at("number").number()},
          .state = state_from(field),
          .target = branch_from(field.at("base").at("ref")),
          .head = commit_from(field.at("head").at("sha")),
          .head_owner = head_owner_from(field.at("head")),
          .author = login_from(field, "user"),
          .association = association_from(field.at("author_association")),
          .title = field.at("title").text(),
          .updated = field.at("updated_at").time()};
}

}  // namespace ekaci::github
