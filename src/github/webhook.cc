#include "github/webhook.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "github/json_field.h"
#include "github/json_text.h"
#include "github/names.h"
#include "github/values.h"

namespace ekaci::github {
namespace {

struct Payload {
  JsonField root;
  AppId us;
};

std::string action_of(const Payload& payload) { return payload.root.at("action").text(); }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) { return std::ranges::find(list, text) != list.end(); }

forge::InstallationId installation_of(const Payload& payload) { return {payload.root.at("installation").at("id").number()}; }

forge::Repository repository_of(const Payload& payload) { return repository_from(payload.root.at("repository"), installation_of(payload)); }

forge::Notice nothing(std::string reason) { return forge::NothingToDo{.reason = std::move(reason)}; }

forge::Notice nothing_for(const Payload& payload) {
  return nothing(fmt::format("nothing follows from the action '{}'", clip(printable_line(action_of(payload)), 60)));
}

/// The branch of `refs/heads/main`; nullopt for a tag and all else.
std::optional<std::string> branch_of(const JsonField& field) {
  const std::string reference = field.text();
  if (!reference.starts_with(kBranchReference)) return std::nullopt;
  const nlohmann::json branch = reference.substr(kBranchReference.size());
  Problems problems;
  std::string name = branch_from(JsonField(branch, {}, problems));
  if (problems.first()) field.refuse("is no name that git lets a branch have");
  return name;
}

forge::Notice pull_request(const Payload& payload) {
  return forge::PullRequestNotice{.repository = repository_of(payload), .pull_request = pull_request_from(payload.root.at("pull_request"))};
}

/// An end of a push: GitHub writes zeros where there is none.
std::optional<CommitId> end_from(const JsonField& field) {
  CommitId commit = commit_from(field);
  if (commit.to_string().find_first_not_of('0') == std::string::npos) return std::nullopt;
  return commit;
}

forge::Notice push(const Payload& payload) {
  std::optional<std::string> branch = branch_of(payload.root.at("ref"));
  if (!branch) return nothing("a push to something that is no branch");
  return forge::PushNotice{.repository = repository_of(payload),
                           .branch = *std::move(branch),
                           .tip = end_from(payload.root.at("after")),
                           .before = end_from(payload.root.at("before"))};
}

/// A check run or suite is ours where our App made it.
bool is_ours(const JsonField& check, AppId us) { return check.at("app").at("id").number() == us.value; }

forge::Notice check_run(const Payload& payload) {
  const std::string action = action_of(payload);
  if (!is_one_of(action, {"rerequested", "requested_action"})) return nothing_for(payload);
  const JsonField check = payload.root.at("check_run");
  if (!is_ours(check, payload.us)) return nothing("a check of another App");
  return forge::CheckActionNotice{
      .repository = repository_of(payload),
      .head = commit_from(check.at("head_sha")),
      .check = check.at("name").text(),
      .identifier = action == "requested_action" ? payload.root.at("requested_action").at("identifier").text() : std::string(),
      .by = login_from(payload.root, "sender")};
}

forge::Notice check_suite(const Payload& payload) {
  if (action_of(payload) != "rerequested") return nothing_for(payload);
  const JsonField suite = payload.root.at("check_suite");
  if (!is_ours(suite, payload.us)) return nothing("a check suite of another App");
  return forge::CheckActionNotice{.repository = repository_of(payload),
                                  .head = commit_from(suite.at("head_sha")),
                                  .check = {},
                                  .identifier = {},
                                  .by = login_from(payload.root, "sender")};
}

forge::Notice merge_group(const Payload& payload) {
  const std::string action = action_of(payload);
  if (!is_one_of(action, {"checks_requested", "destroyed"})) return nothing_for(payload);
  const JsonField group = payload.root.at("merge_group");
  const std::optional<std::string> branch = branch_of(group.at("head_ref"));
  if (!branch) group.at("head_ref").refuse("has to begin with refs/heads/");
  return forge::MergeGroupNotice{
      .repository = repository_of(payload),
      .group = {.branch = branch.value_or(""), .head = commit_from(group.at("head_sha")), .base = commit_from(group.at("base_sha"))},
      .is_destroyed = action == "destroyed"};
}

std::vector<forge::RepositoryId> listed(const JsonField& root, const std::string& key) {
  std::vector<forge::RepositoryId> ids;
  if (!root.has(key)) return ids;
  for (const JsonField& repository : root.at(key).elements()) ids.push_back({repository.at("id").number()});
  return ids;
}

forge::Notice installation(const Payload& payload) {
  const std::string action = action_of(payload);
  const bool is_gone = is_one_of(action, {"deleted", "suspend"});
  if (!is_gone && !is_one_of(action, {"created", "unsuspend", "new_permissions_accepted"})) return nothing_for(payload);
  return forge::InstallationNotice{.installation = installation_of(payload),
                                   .is_gone = is_gone,
                                   .has_other_rights = action == "new_permissions_accepted",
                                   .added = is_gone ? std::vector<forge::RepositoryId>() : listed(payload.root, "repositories"),
                                   .removed = {}};
}

forge::Notice installation_repositories(const Payload& payload) {
  if (!is_one_of(action_of(payload), {"added", "removed"})) return nothing_for(payload);
  return forge::InstallationNotice{.installation = installation_of(payload),
                                   .is_gone = false,
                                   .added = listed(payload.root, "repositories_added"),
                                   .removed = listed(payload.root, "repositories_removed")};
}

forge::Notice repository(const Payload& payload) {
  const std::string action = action_of(payload);
  if (action == "deleted") {
    const forge::RepositoryId gone{payload.root.at("repository").at("id").number()};
    return forge::InstallationNotice{.installation = installation_of(payload), .is_gone = false, .added = {}, .removed = {gone}};
  }
  if (!is_one_of(action, {"renamed", "transferred", "edited", "publicized", "privatized"})) return nothing_for(payload);
  return forge::RepositoryNotice{.repository = repository_of(payload)};
}

forge::Notice ping(const Payload& /*payload*/) { return nothing("GitHub tries whether we are there"); }

forge::Notice for_later(const Payload& /*payload*/) { return nothing("a later version acts on comments and reviews"); }

struct Reader {
  std::string_view event;
  forge::Notice (*read)(const Payload&);
};

constexpr std::array<Reader, 12> kReaders = {{{"pull_request", pull_request},
                                              {"push", push},
                                              {"check_run", check_run},
                                              {"check_suite", check_suite},
                                              {"merge_group", merge_group},
                                              {"installation", installation},
                                              {"installation_repositories", installation_repositories},
                                              {"repository", repository},
                                              {"ping", ping},
                                              {"issue_comment", for_later},
                                              {"pull_request_review", for_later},
                                              {"pull_request_review_comment", for_later}}};

Result<forge::Notice> read_with(const Reader& reader, std::string_view text, AppId us) {
  const Result<nlohmann::json> document = parse_json(text);
  if (!document) return fail(document.error());
  Problems problems;
  forge::Notice notice = reader.read({.root = JsonField(*document, {}, problems), .us = us});
  if (const std::optional<Error>& first = problems.first()) return fail(*first);
  return notice;
}

}  // namespace

Result<forge::Notice> read_webhook(std::string_view event, std::string_view payload, AppId us) {
  const auto* const reader = std::ranges::find(kReaders, event, &Reader::event);
  if (reader == kReaders.end()) return nothing("an event that nothing follows from");
  Result<forge::Notice> notice = read_with(*reader, payload, us);
  if (!notice) return fail(std::move(notice).error(), fmt::format("reading the webhook {}", event));
  return notice;
}

}  // namespace ekaci::github
