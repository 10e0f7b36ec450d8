#include "github/client.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/letter_case.h"
#include "github/check_json.h"
#include "github/comment_json.h"
#include "github/label_json.h"
#include "github/names.h"
#include "github/reading.h"
#include "github/values.h"
#include "net/url.h"

namespace ekaci::github {
namespace {

/// At 100 a page this is more than any repository has open, or any App is installed in.
constexpr int kMostPages = 300;

/// `/repos/owner/name/…`. The name came from GitHub or from our database, and is looked at once more before it goes into an address.
Result<std::string> path_in(const forge::Repository& repository, std::string_view rest) {
  if (is_repository_name(repository.name)) return fmt::format("/repos/{}{}", repository.name, rest);
  return fail(ErrorCode::invalid_argument, "repository {} has a name that is not owner/name", repository.id.value);
}

/// Least rights: what git gets reads this one repository.
TokenScope scope_of_fetch(const forge::Repository& repository) { return {.installation = repository.installation, .only = repository.id}; }

ApiCall get(std::string path, std::string query = {}) {
  return {.method = net::Method::get, .path = std::move(path), .query = std::move(query), .body = {}};
}

/// Asks for page after page and hands over each. `ask` makes one call.
template <class Ask, class Use>
Status for_each_page(ApiCall call, const Ask& ask, const Use& use) {
  for (int page = 0; page < kMostPages; ++page) {
    const Result<ApiAnswer> answer = ask(call);
    if (!answer) return fail(answer.error());
    const Status used = use_answer(answer->body, use);
    if (!used) return fail(used.error(), describe(call));
    if (answer->next.empty()) return {};
    call.query = answer->next;
  }
  return fail(ErrorCode::unavailable, "GitHub has more than {} pages for {}", kMostPages, describe(call));
}

/// Of someone who was suspended GitHub tells more than whether.
bool is_active(const JsonField& installation) { return !installation.has("suspended_at"); }

/// `permission` knows three of the five roles; `role_name` knows all, and those that organisations make themselves. It is believed only
/// where both say the same, for anybody may call a role of theirs `admin`.
forge::Permission permission_from(const JsonField& document) {
  using forge::Permission;
  const JsonField field = document.at("permission");
  const std::optional<Permission> permission = forge::parse_permission(field.text());
  if (!permission) field.refuse("is no permission that is known");
  const std::string role = document.has("role_name") ? document.at("role_name").text() : std::string();
  if (permission == Permission::write && role == "maintain") return Permission::maintain;
  if (permission == Permission::read && role == "triage") return Permission::triage;
  return permission.value_or(Permission::none);
}

/// `/repos/owner/name/git/ref/heads%2Fmain`: of what is asked for, slashes are no separators of the path.
Result<std::string> reference_path_in(const forge::Repository& repository, std::string_view question, std::string_view branch) {
  return path_in(repository, fmt::format("/git/{}/{}", question, net::encode_path_segment(fmt::format("heads/{}", branch))));
}

/// Where the branch points that was asked for.
CommitId tip_from(const JsonField& reference, std::string_view branch) {
  const JsonField name = reference.at("ref");
  if (name.text() != fmt::format("{}{}", kBranchReference, branch)) name.refuse("is of another branch");
  return commit_from(reference.at("object").at("sha"));
}

/// The branch of the merge queue that a reference is; nullopt for all others. GitHub finds what begins with what it was asked for.
std::optional<forge::BranchTip> queue_branch_from(const JsonField& reference) {
  std::string name = reference.at("ref").text();
  if (!name.starts_with(kBranchReference)) return std::nullopt;
  name.erase(0, kBranchReference.size());
  if (!name.starts_with(forge::kMergeQueue) || !is_branch_name(name)) return std::nullopt;
  return forge::BranchTip{.branch = std::move(name), .tip = commit_from(reference.at("object").at("sha"))};
}

forge::ForgeCheckId check_id_from(const JsonField& document) { return {document.at("id").number()}; }

/// A check's runs at GitHub.
struct FoundRuns {
  std::optional<forge::ForgeCheckId> itself{};
  /// Made under another number of ours: by a server whose backup this one was started from, after the backup. A commit has one check of a
  /// name, so it is this one.
  std::optional<forge::ForgeCheckId> earlier{};
};

/// Adds a page's: another App may have taken our words for its own.
void find_in(const JsonField& page, const forge::OwedCheck& owed, AppId us, FoundRuns& found) {
  for (const JsonField& run : page.at("check_runs").elements()) {
    const bool is_ours = run.has("app") && run.at("app").at("id").number() == us.value && run.has("external_id");
    if (!is_ours) continue;
    const std::string key = run.at("external_id").text();
    if (key == external_id(owed.id) && !found.itself) found.itself = check_id_from(run);
    if (is_external_id(key)) found.earlier = std::max(found.earlier, std::optional(check_id_from(run)));
  }
}

/// GitHub's labels are those of issues, and a pull request is one.
Result<std::string> labels_path(const forge::OwedLabel& label) {
  return path_in(label.repository, fmt::format("/issues/{}/labels", label.wanted.pull_request.value));
}

/// GitHub's comments, too, are those of issues.
Result<std::string> comments_path(const forge::OwedComment& comment) {
  return path_in(comment.repository, fmt::format("/issues/{}/comments", comment.wanted.pull_request.value));
}

forge::ForgeCommentId comment_id_from(const JsonField& document) { return {document.at("id").number()}; }

/// Comments that have our mark.
struct MarkedComments {
  std::optional<forge::ForgeCommentId> ours{};  ///< the first of which GitHub says that our App wrote it
  /// A bot's of which GitHub does not say what App it is.
  struct OfABot {
    forge::ForgeCommentId id{};
    std::string login{};
  };
  std::vector<OfABot> of_bots{};
};

/// Adds a page's. Anybody can write the mark, so who wrote it decides.
void find_marked(const JsonField& page, AppId us, MarkedComments& found) {
  // GitHub takes 65,536 characters of up to four bytes.
  constexpr std::size_t kLongestBody = std::size_t{1} << 20U;
  for (const JsonField& comment : page.elements()) {
    if (!comment.has("body") || !is_marked(comment.at("body").text(kLongestBody))) continue;
    const forge::ForgeCommentId id = comment_id_from(comment);
    if (comment.has("performed_via_github_app")) {
      const bool is_ours = comment.at("performed_via_github_app").at("id").number() == us.value;
      if (is_ours && !found.ours) found.ours = id;
    } else if (comment.has("user") && comment.at("user").at("type").text() == "Bot") {
      found.of_bots.push_back({.id = id, .login = comment.at("user").at("login").text()});
    }
  }
}

/// `checks:write contents:read`: by name, so that the same rights are the same text.
std::string permissions_from(const JsonField& installation) {
  std::string text;
  if (!installation.has("permissions")) return text;
  for (const auto& [name, access] : installation.at("permissions").members()) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", name, access.text());
  }
  return text;
}

bool is_gone(const Error& error) { return error.code() == ErrorCode::not_found || error.code() == ErrorCode::permission_denied; }

}  // namespace

Client::Client(ClientSettings settings, PrivateKey key, Transport transport, const Clock& clock)
    : settings_(std::move(settings)), api_(settings_.api, std::move(key), std::move(transport), clock) {}

Result<std::vector<Client::Installation>> Client::installations(const CancelToken& cancel) {
  std::vector<Installation> all;
  const Status read = for_each_page(
      get("/app/installations", "per_page=100"), [&](const ApiCall& call) { return api_.as_app(call, cancel); },
      [&](const JsonField& page) {
        for (const JsonField& installation : page.elements()) {
          if (!is_active(installation)) continue;
          all.push_back({.id = {installation.at("id").number()}, .permissions = permissions_from(installation)});
        }
      });
  if (!read) return fail(read.error());
  return all;
}

void Client::note_rights(const Installation& installation) {
  const bool is_other = rights_.with(
      [&](auto& rights) { return std::exchange(rights[installation.id], installation.permissions) != installation.permissions; });
  if (is_other) api_.forget_tokens(installation.id);
}

Result<std::vector<forge::Repository>> Client::repositories_of(const Installation& installation, const CancelToken& cancel) {
  std::vector<forge::Repository> all;
  const Status read = for_each_page(
      get("/installation/repositories", "per_page=100"),
      [&](const ApiCall& call) { return api_.as_installation(installation.id, call, cancel); },
      [&](const JsonField& page) {
        for (const JsonField& each : page.at("repositories").elements()) {
          forge::Repository repository = repository_from(each, installation.id);
          repository.permissions = installation.permissions;
          all.push_back(std::move(repository));
        }
      });
  if (!read) return fail(read.error());
  return all;
}

Result<std::vector<forge::Repository>> Client::repositories(const CancelToken& cancel) {
  const Result<std::vector<Installation>> installed = installations(cancel);
  if (!installed) return fail(installed.error());
  std::vector<forge::Repository> all;
  for (const Installation& installation : *installed) {
    note_rights(installation);
    Result<std::vector<forge::Repository>> some = repositories_of(installation, cancel);
    // It was removed or suspended since it was listed.
    if (!some && is_gone(some.error())) continue;
    if (!some) return fail(std::move(some).error(), fmt::format("reading the repositories of installation {}", installation.id.value));
    std::ranges::move(*some, std::back_inserter(all));
  }
  return all;
}

Result<std::vector<forge::PullRequest>> Client::open_pull_requests(const forge::Repository& repository, const CancelToken& cancel) {
  Result<std::string> path = path_in(repository, "/pulls");
  if (!path) return fail(std::move(path).error());
  std::vector<forge::PullRequest> all;
  // In the order in which they were opened, so that a new one moves no other to another page.
  const Status read = for_each_page(
      get(*std::move(path), "state=open&sort=created&direction=asc&per_page=100"),
      [&](const ApiCall& call) { return api_.as_installation(repository.installation, call, cancel); },
      [&](const JsonField& page) {
        for (const JsonField& pull_request : page.elements()) all.push_back(pull_request_from(pull_request));
      });
  if (!read) return fail(read.error());
  return all;
}

Result<forge::PullRequest> Client::pull_request(const forge::Repository& repository, forge::PullRequestNumber number,
                                                const CancelToken& cancel) {
  Result<std::string> path = path_in(repository, fmt::format("/pulls/{}", number.value));
  if (!path) return fail(std::move(path).error());
  const Result<ApiAnswer> answer = api_.as_installation(repository.installation, get(*std::move(path)), cancel);
  if (!answer) return fail(answer.error());
  return read_answer(answer->body, pull_request_from);
}

Result<forge::Permission> Client::permission_of(const forge::Repository& repository, std::string_view login, const CancelToken& cancel) {
  if (!is_login(login)) return fail(ErrorCode::invalid_argument, "a login of GitHub's has letters, digits, - and _ only");
  Result<std::string> path = path_in(repository, fmt::format("/collaborators/{}/permission", net::encode_path_segment(login)));
  if (!path) return fail(std::move(path).error());
  const Result<ApiAnswer> answer = api_.as_installation(repository.installation, get(*std::move(path)), cancel);
  if (!answer) return fail(answer.error());
  return read_answer(answer->body, permission_from);
}

Result<std::optional<CommitId>> Client::tip_of(const forge::Repository& repository, const std::string& branch, const CancelToken& cancel) {
  if (!is_branch_name(branch)) return fail(ErrorCode::invalid_argument, "git lets no branch have the name that was asked for");
  Result<std::string> path = reference_path_in(repository, "ref", branch);
  if (!path) return fail(std::move(path).error());
  const auto found =
      api_.find_as_installation(repository.installation, get(*std::move(path)), {Outcome::missing, Outcome::conflicting}, cancel);
  if (!found) return fail(found.error());
  const std::optional<ApiAnswer>& answer = *found;
  if (!answer) return std::optional<CommitId>();
  return read_answer(answer->body, [&](const JsonField& reference) { return std::optional(tip_from(reference, branch)); });
}

Result<std::vector<forge::BranchTip>> Client::branch_tips(const forge::Repository& repository, const std::vector<std::string>& branches,
                                                          const CancelToken& cancel) {
  std::vector<forge::BranchTip> tips;
  for (const std::string& branch : branches) {
    Result<std::optional<CommitId>> tip = tip_of(repository, branch, cancel);
    if (!tip) return fail(std::move(tip).error());
    tips.push_back({.branch = branch, .tip = *std::move(tip)});
  }
  return tips;
}

Result<std::vector<forge::BranchTip>> Client::merge_group_branches(const forge::Repository& repository, const CancelToken& cancel) {
  Result<std::string> path = reference_path_in(repository, "matching-refs", forge::kMergeQueue);
  if (!path) return fail(std::move(path).error());
  // A repository without a commit has no branch either.
  const auto ask = [&](const ApiCall& call) -> Result<ApiAnswer> {
    Result<std::optional<ApiAnswer>> page = api_.find_as_installation(repository.installation, call, {Outcome::conflicting}, cancel);
    if (!page) return fail(std::move(page).error());
    return std::move(*page).value_or(ApiAnswer{.body = "[]", .next = {}});
  };
  std::vector<forge::BranchTip> found;
  const Status read = for_each_page(get(*std::move(path)), ask, [&](const JsonField& page) {
    for (const JsonField& reference : page.elements()) {
      if (std::optional<forge::BranchTip> branch = queue_branch_from(reference)) found.push_back(*std::move(branch));
    }
  });
  if (!read) return fail(read.error());
  return found;
}

Result<forge::ForgeCheckId> Client::create_check(const forge::OwedCheck& check, const CancelToken& cancel) {
  Result<std::string> path = path_in(check.repository, "/check-runs");
  if (!path) return fail(std::move(path).error());
  const ApiCall call{
      .method = net::Method::post, .path = *std::move(path), .query = {}, .body = new_check_json(check, settings_.details_url)};
  const Result<ApiAnswer> answer = api_.as_installation(check.repository.installation, call, cancel);
  if (!answer) return fail(answer.error());
  return read_answer(answer->body, check_id_from);
}

Status Client::update_check(const forge::OwedCheck& check, forge::ForgeCheckId id, const CancelToken& cancel) {
  Result<std::string> path = path_in(check.repository, fmt::format("/check-runs/{}", id.value));
  if (!path) return fail(std::move(path).error());
  const ApiCall call{
      .method = net::Method::patch, .path = *std::move(path), .query = {}, .body = changed_check_json(check, settings_.details_url)};
  const Result<ApiAnswer> answer = api_.as_installation(check.repository.installation, call, cancel);
  if (!answer) return fail(answer.error());
  return {};
}

Result<std::optional<forge::ForgeCheckId>> Client::find_check(const forge::OwedCheck& check, const CancelToken& cancel) {
  Result<std::string> path = path_in(check.repository, fmt::format("/commits/{}/check-runs", check.check.head.to_string()));
  if (!path) return fail(std::move(path).error());
  const std::string query = net::encode_query(
      {{"check_name", check.check.name}, {"filter", "all"}, {"app_id", fmt::format("{}", api_.app().value)}, {"per_page", "100"}});
  FoundRuns found;
  const Status read = for_each_page(
      get(*std::move(path), query), [&](const ApiCall& call) { return api_.as_installation(check.repository.installation, call, cancel); },
      [&](const JsonField& page) { find_in(page, check, api_.app(), found); });
  if (!read) return fail(read.error());
  return found.itself ? found.itself : found.earlier;
}

Result<std::vector<std::string>> Client::labels_of(const forge::OwedLabel& label, std::string_view prefix, const CancelToken& cancel) {
  Result<std::string> path = labels_path(label);
  if (!path) return fail(std::move(path).error());
  std::vector<std::string> ours;
  const Status read = for_each_page(
      get(*std::move(path), "per_page=100"),
      [&](const ApiCall& call) { return api_.as_installation(label.repository.installation, call, cancel); },
      [&](const JsonField& page) {
        for (const JsonField& each : page.elements()) {
          std::string name = each.at("name").text();
          if (forge::is_ours(name, prefix)) ours.push_back(std::move(name));
        }
      });
  if (!read) return fail(read.error());
  return ours;
}

Status Client::add_label(const forge::OwedLabel& label, const std::string& name, const CancelToken& cancel) {
  Result<std::string> path = labels_path(label);
  if (!path) return fail(std::move(path).error());
  const ApiCall call{.method = net::Method::post, .path = *std::move(path), .query = {}, .body = added_label_json(name)};
  const Result<ApiAnswer> answer = api_.as_installation(label.repository.installation, call, cancel);
  if (!answer) return fail(answer.error());
  return {};
}

Status Client::remove_label(const forge::OwedLabel& label, const std::string& name, const CancelToken& cancel) {
  Result<std::string> path = labels_path(label);
  if (!path) return fail(std::move(path).error());
  const ApiCall call{.method = net::Method::remove, .path = *path + "/" + net::encode_path_segment(name), .query = {}, .body = {}};
  const Result<ApiAnswer> answer = api_.as_installation(label.repository.installation, call, cancel);
  // Someone else was faster.
  if (!answer && answer.error().code() != ErrorCode::not_found) return fail(answer.error());
  return {};
}

Status Client::put_label(const forge::OwedLabel& label, std::string_view prefix, const CancelToken& cancel) {
  const Result<std::vector<std::string>> ours = labels_of(label, prefix, cancel);
  if (!ours) return fail(ours.error());
  const std::string wanted = lower_case(label.wanted.name.value_or(""));
  const auto is_wanted = [&](const std::string& name) { return label.wanted.name && lower_case(name) == wanted; };
  if (label.wanted.name && std::ranges::none_of(*ours, is_wanted)) {
    if (const Status added = add_label(label, *label.wanted.name, cancel); !added) return fail(added.error());
  }
  for (const std::string& name : *ours) {
    if (is_wanted(name)) continue;
    if (const Status removed = remove_label(label, name, cancel); !removed) return fail(removed.error());
  }
  return {};
}

Result<forge::ForgeCommentId> Client::create_comment(const forge::OwedComment& comment, const CancelToken& cancel) {
  Result<std::string> path = comments_path(comment);
  if (!path) return fail(std::move(path).error());
  const ApiCall call{.method = net::Method::post, .path = *std::move(path), .query = {}, .body = comment_json(comment, settings_.web_url)};
  const Result<ApiAnswer> answer = api_.as_installation(comment.repository.installation, call, cancel);
  if (!answer) return fail(answer.error());
  return read_answer(answer->body, comment_id_from);
}

Status Client::update_comment(const forge::OwedComment& comment, forge::ForgeCommentId id, const CancelToken& cancel) {
  Result<std::string> path = path_in(comment.repository, fmt::format("/issues/comments/{}", id.value));
  if (!path) return fail(std::move(path).error());
  const ApiCall call{.method = net::Method::patch, .path = *std::move(path), .query = {}, .body = comment_json(comment, settings_.web_url)};
  const Result<ApiAnswer> answer = api_.as_installation(comment.repository.installation, call, cancel);
  if (!answer) return fail(answer.error());
  return {};
}

Result<std::optional<forge::ForgeCommentId>> Client::find_comment(const forge::OwedComment& comment, const CancelToken& cancel) {
  Result<std::string> path = comments_path(comment);
  if (!path) return fail(std::move(path).error());
  MarkedComments found;
  // Not the most at once: so many of the longest are 16 MiB.
  const Status read = for_each_page(
      get(*std::move(path), "per_page=50"),
      [&](const ApiCall& call) { return api_.as_installation(comment.repository.installation, call, cancel); },
      [&](const JsonField& page) { find_marked(page, api_.app(), found); });
  if (!read) return fail(read.error());
  if (found.ours || found.of_bots.empty()) return found.ours;
  const Result<std::string> login = own_login(cancel);
  if (!login) return fail(login.error());
  const auto ours = std::ranges::find(found.of_bots, *login, &MarkedComments::OfABot::login);
  return ours == found.of_bots.end() ? std::nullopt : std::optional(ours->id);
}

Result<std::string> Client::own_login(const CancelToken& cancel) {
  std::string known = own_login_.with([](const std::string& login) { return login; });
  if (!known.empty()) return known;
  const Result<ApiAnswer> answer = api_.as_app(get("/app"), cancel);
  if (!answer) return fail(answer.error());
  Result<std::string> login = read_answer(answer->body, [](const JsonField& app) { return app.at("slug").text() + "[bot]"; });
  if (login) own_login_.with([&](std::string& kept) { kept = *login; });
  return login;
}

Result<SharedToken> Client::fetch_token(const forge::Repository& repository, const CancelToken& cancel) {
  return api_.token(scope_of_fetch(repository), cancel);
}

void Client::forget_fetch_token(const forge::Repository& repository, const SharedToken& token) {
  api_.forget_token(scope_of_fetch(repository), token);
}

std::string Client::fetch_url(const forge::Repository& repository) const {
  return fmt::format("{}/{}.git", settings_.web_url, repository.name);
}

}  // namespace ekaci::github
