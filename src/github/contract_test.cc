#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "forge/merge_queue.h"
#include "github/client.h"
#include "github/transport.h"
#include "net/client.h"
#include "process/child.h"

/// The client against the stateful fake of GitHub, through the proxy that holds every request against GitHub's own description
/// (tests/github). Without them, where scripts/setup-node was not run, these tests are skipped.
namespace ekaci::github {
namespace {

using nlohmann::json;

const std::filesystem::path kFake = EKACI_SOURCE_DIR "/tests/github";

bool is_fake_there() { return std::filesystem::exists(kFake / "main.mjs") && std::filesystem::exists(kFake / "node_modules"); }

std::map<std::string, std::string> environment() {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): one thread
  return {{"PATH", path == nullptr ? "/usr/bin:/bin" : path}, {"HOME", "/nonexistent"}, {"GIT_CONFIG_NOSYSTEM", "1"}};
}

std::string run(std::vector<std::string> arguments) {
  arguments.front() = process::find_program(arguments.front()).value().string();
  const auto completed =
      process::run({.arguments = arguments, .environment = environment(), .directory = {}, .passed_descriptors = {}}, {}, {}, {});
  EXPECT_TRUE(completed && completed->ended.status.succeeded()) << arguments.at(1) << (completed ? completed->error : "");
  return completed ? std::string(trim(completed->output)) : std::string();
}

/// The first line that a child prints; as far as it came where it ended before.
std::string first_line(process::Child& child) {
  std::string line;
  while (!line.ends_with('\n')) {
    pollfd waiting{.fd = child.output().get(), .events = POLLIN, .revents = 0};
    poll(&waiting, 1, -1);
    char byte = 0;
    const ssize_t got = read(child.output().get(), &byte, 1);
    if (got == 0) break;
    if (got == 1) line += byte;
  }
  return line;
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ekaci-contract-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// A fake GitHub with the private repository acme/pkgs, an App that is installed on it, and a pull request from a fork. It ends with its
/// standard input, which is ours.
class GitHubContract : public testing::Test {
 protected:
  void SetUp() override {
    if (!is_fake_there()) GTEST_SKIP() << "the fake GitHub is not there; scripts/setup-node sets it up";
    http_ = net::HttpClient::make({}).value();
    const std::string node = run({"bash", EKACI_SOURCE_DIR "/scripts/setup-node", "--print"});
    child_ = std::make_unique<process::Child>(
        process::spawn({.arguments = {node, (kFake / "main.mjs").string(), "--until-stdin-closes"},
                        .environment = environment(),
                        .directory = {},
                        .passed_descriptors = {}},
                       {.input = process::Stream::pipe, .output = process::Stream::pipe, .error = process::Stream::inherit})
            .value());
    addresses_ = json::parse(first_line(*child_));
    make_world();
  }

  void make_world() {
    const std::string local = folder_.path();
    const auto git = [&](std::vector<std::string> words) {
      words.insert(words.begin(), {"git", "-C", local, "-c", "user.name=Ann", "-c", "user.email=ann@example.invalid"});
      return run(words);
    };
    git({"init", "--quiet", "--initial-branch=main"});
    git({"commit", "--quiet", "--allow-empty", "--message=first"});
    const json app = control("apps", {{"name", "EkaCI"}, {"owner", "acme"}});
    app_ = app.at("id").get<std::int64_t>();
    control("repositories", {{"owner", "acme"},
                             {"owner_type", "Organization"},
                             {"name", "pkgs"},
                             {"from", local},
                             {"private", true},
                             {"collaborators", {{"maya", "write"}}}});
    installation_ =
        control("installations", {{"app", app_}, {"account", "acme"}, {"repositories", {"acme/pkgs"}}}).at("id").get<std::int64_t>();
    git({"checkout", "--quiet", "-b", "bump"});
    git({"commit", "--quiet", "--allow-empty", "--message=bump"});
    head_ = git({"rev-parse", "HEAD"});
    control("pulls", {{"repository", "acme/pkgs"}, {"from", local}, {"ref", "bump"}, {"author", "zoe"}, {"fork", true}, {"title", "bump"}});
    client_ = std::make_unique<Client>(
        ClientSettings{.api = {.url = addresses_.at("api").get<std::string>(), .app = {app_}, .calls_per_hour = 4000},
                       .web_url = addresses_.at("web").get<std::string>(),
                       .details_url = "https://ci.example"},
        PrivateKey::parse(app.at("pem").get<std::string>()).value(), transport_over(*http_), clock_);
  }

  json exchange(net::Method method, const std::string& url, const std::string& body) {
    net::ClientRequest request{.method = method, .url = url, .headers = {}, .body = body};
    const Result<net::ClientResponse> answer = http_->send(request, {});
    EXPECT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status, 200) << url << answer->body;
    return json::parse(answer->body);
  }
  json control(const std::string& command, const json& body) {
    return exchange(net::Method::post, addresses_.at("control").get<std::string>() + "/" + command, body.dump());
  }

  void TearDown() override {
    if (child_ == nullptr) return;
    const json contract = exchange(net::Method::get, addresses_.at("violations").get<std::string>(), {});
    EXPECT_EQ(contract.at("requests"), json::array());
  }

  forge::Repository repository() { return client_->repositories({}).value().at(0); }
  forge::OwedCheck owed() {
    return {.id = {17},
            .version = 1,
            .repository = repository(),
            .check = {.repository = repository().id, .head = CommitId::parse(head_).value(), .name = "EkaCI: a b/c & d", .text = text()},
            .forge_id = {},
            .may_exist = false,
            .failures = 0};
  }
  forge::CheckText text() {
    return {.status = forge::CheckStatus::queued,
            .conclusion = {},
            .title = "Waiting",
            .summary = "soon",
            .text = "",
            .annotations = {{.path = "a.nix", .line = 1, .level = forge::Annotation::Level::notice, .title = "", .message = "here"}},
            .actions = {{.identifier = "cancel", .label = "Cancel", .description = "Stop this review"}},
            .details_path = "/reviews/1",
            .started = clock_.wall(),
            .completed = {}};
  }

  Folder folder_;
  SystemClock clock_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<process::Child> child_;
  json addresses_;
  std::int64_t app_ = 0;
  std::int64_t installation_ = 0;
  std::string head_;
  std::unique_ptr<Client> client_;
};

TEST_F(GitHubContract, ReadsWhatThereIs) {
  const forge::Repository pkgs = repository();
  EXPECT_EQ(pkgs.name, "acme/pkgs");
  EXPECT_EQ(pkgs.installation.value, installation_);
  EXPECT_EQ(pkgs.default_branch, "main");
  EXPECT_TRUE(pkgs.is_private);

  const std::vector<forge::PullRequest> open = client_->open_pull_requests(pkgs, {}).value();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].head.to_string(), head_);
  EXPECT_EQ(open[0].author, "zoe");
  EXPECT_EQ(client_->pull_request(pkgs, open[0].number, {}).value(), open[0]);
  EXPECT_EQ(client_->open_pull_requests(pkgs, {}).value(), open);
  EXPECT_EQ(client_->counters().not_modified, 1U);
  EXPECT_EQ(client_->pull_request(pkgs, {999}, {}).error().code(), ErrorCode::not_found);

  EXPECT_EQ(client_->permission_of(pkgs, "maya", {}).value(), forge::Permission::write);
  EXPECT_LT(client_->permission_of(pkgs, "zoe", {}).value_or(forge::Permission::none), forge::Permission::write);
}

TEST_F(GitHubContract, BranchesAreAtTheirTips) {
  const forge::Repository pkgs = repository();
  control("push", {{"repository", "acme/pkgs"}, {"branch", "release/24.11"}, {"from", folder_.path()}, {"ref", "bump"}});
  const auto tips = [&] { return client_->branch_tips(pkgs, {"release/24.11", "main", "no/such"}, {}).value(); };
  const std::vector<forge::BranchTip> before = tips();
  ASSERT_EQ(before.size(), 3U);
  EXPECT_EQ(before[0].tip, CommitId::parse(head_).value());
  EXPECT_TRUE(before[1].tip && before[1].tip != before[0].tip);
  EXPECT_EQ(before[2].tip, std::nullopt);
  EXPECT_EQ(tips(), before);
  EXPECT_EQ(client_->counters().not_modified, 2U);
  control("push", {{"repository", "acme/pkgs"}, {"branch", "release/24.11"}, {"from", folder_.path()}, {"ref", "main"}});
  EXPECT_EQ(tips()[0].tip, before[1].tip);
  control("push", {{"repository", "acme/pkgs"}, {"branch", "release/24.11"}, {"from", folder_.path()}, {"ref", nullptr}});
  EXPECT_EQ(tips()[0].tip, std::nullopt);
}

TEST_F(GitHubContract, MergeGroupsAreFoundByTheirBranches) {
  const forge::Repository pkgs = repository();
  EXPECT_TRUE(client_->merge_group_branches(pkgs, {}).value().empty());
  const json made = control("merge-groups", {{"repository", "acme/pkgs"}, {"numbers", {1}}});
  const std::vector<forge::BranchTip> found = client_->merge_group_branches(pkgs, {}).value();
  ASSERT_EQ(found.size(), 1U);
  const std::optional<CommitId>& tip = found[0].tip;
  ASSERT_TRUE(tip);
  const auto group = forge::merge_group_of(found[0].branch, *tip);
  ASSERT_TRUE(group);
  EXPECT_EQ("refs/heads/" + group->branch, made.at("ref").get<std::string>());
  EXPECT_EQ(group->head.to_string(), made.at("head_sha").get<std::string>());
  EXPECT_EQ(group->base.to_string(), made.at("base_sha").get<std::string>());
  control("destroy-merge-group", {{"repository", "acme/pkgs"}, {"ref", made.at("ref")}, {"reason", "dequeued"}});
  EXPECT_TRUE(client_->merge_group_branches(pkgs, {}).value().empty());
}

TEST_F(GitHubContract, ARepositoryWithoutACommitHasNoBranches) {
  control("repositories", {{"owner", "acme"}, {"name", "empty"}, {"from", folder_.path()}, {"branches", json::array()}});
  control("installation-repositories", {{"installation", installation_}, {"add", {"acme/empty"}}});
  const std::vector<forge::Repository> all = client_->repositories({}).value();
  const auto empty = std::ranges::find(all, "acme/empty", &forge::Repository::name);
  ASSERT_NE(empty, all.end());
  EXPECT_EQ(client_->branch_tips(*empty, {"main"}, {}).value(), std::vector{(forge::BranchTip{.branch = "main", .tip = {}})});
  EXPECT_TRUE(client_->merge_group_branches(*empty, {}).value().empty());
}

TEST_F(GitHubContract, ACheckGoesItsWay) {
  forge::OwedCheck check = owed();
  EXPECT_EQ(client_->find_check(check, {}).value(), std::nullopt);
  const forge::ForgeCheckId id = client_->create_check(check, {}).value();
  EXPECT_EQ(client_->find_check(check, {}).value(), id);

  check.check.text.status = forge::CheckStatus::in_progress;
  EXPECT_TRUE(client_->update_check(check, id, {}));
  check.check.text.status = forge::CheckStatus::completed;
  check.check.text.conclusion = forge::Conclusion::failure;
  check.check.text.completed = clock_.wall();
  check.check.text.summary = std::string(100'000, 'x');
  check.check.text.annotations.resize(80, check.check.text.annotations.front());
  const Status concluded = client_->update_check(check, id, {});
  EXPECT_TRUE(concluded) << concluded.error().to_string();

  check.check.head = CommitId::parse(std::string(40, 'f')).value();
  EXPECT_EQ(client_->create_check(check, {}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(GitHubContract, ALostAnswerLeavesACheckThatIsFound) {
  const forge::OwedCheck check = owed();
  control("faults", {{"faults", {{{"match", "POST .*/check-runs"}, {"drop", true}, {"carried_out", true}, {"times", 1}}}}});
  const Result<forge::ForgeCheckId> created = client_->create_check(check, {});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(client_->find_check(check, {}).value().has_value());
}

TEST_F(GitHubContract, ALabelTakesTheOthersPlace) {
  forge::OwedLabel label{.id = {1}, .repository = repository(), .wanted = {.repository = repository().id, .pull_request = {1}}};
  const auto put = [&](std::optional<std::string> name) {
    label.wanted.name = std::move(name);
    const Status done = client_->put_label(label, "rebuilds: ", {});
    EXPECT_TRUE(done) << done.error().to_string();
  };
  put("rebuilds: 1-10");
  put("rebuilds: 11+");
  put("rebuilds: 11+");
  put(std::nullopt);
  put(std::nullopt);
  label.wanted.pull_request = {999};
  EXPECT_EQ(client_->put_label(label, "rebuilds: ", {}).error().code(), ErrorCode::not_found);
}

TEST_F(GitHubContract, ACommentIsMadeChangedAndFoundAgain) {
  forge::OwedComment comment{.id = {1},
                             .version = 1,
                             .repository = repository(),
                             .wanted = {.repository = repository().id,
                                        .pull_request = {1},
                                        .head = CommitId::parse(head_).value(),
                                        .text = "### do not merge",
                                        .makes_comment = true}};
  EXPECT_EQ(client_->find_comment(comment, {}).value(), std::nullopt);
  control("comments", {{"repository", "acme/pkgs"}, {"number", 1}, {"sender", "zoe"}, {"body", "<!-- ekaci: review --> not ours"}});
  EXPECT_EQ(client_->find_comment(comment, {}).value(), std::nullopt);
  control("faults", {{"faults", {{{"match", "POST .*/comments"}, {"drop", true}, {"carried_out", true}, {"times", 1}}}}});
  EXPECT_EQ(client_->create_comment(comment, {}).error().code(), ErrorCode::unavailable);
  const std::optional<forge::ForgeCommentId> found = client_->find_comment(comment, {}).value();
  ASSERT_TRUE(found);
  comment.wanted.text = std::string(forge::kMaxComment, 'x');
  const Status updated = client_->update_comment(comment, *found, {});
  EXPECT_TRUE(updated) << updated.error().to_string();
  control("delete-comment", {{"repository", "acme/pkgs"}, {"comment", found->value}});
  EXPECT_EQ(client_->update_comment(comment, *found, {}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(client_->find_comment(comment, {}).value(), std::nullopt);
  EXPECT_NE(client_->create_comment(comment, {}).value(), *found);
  comment.wanted.pull_request = {999};
  EXPECT_EQ(client_->create_comment(comment, {}).error().code(), ErrorCode::not_found);
}

TEST_F(GitHubContract, OtherRightsAreSeenAndUsedAtOnce) {
  const forge::OwedCheck check = owed();
  const std::string before = repository().permissions;
  EXPECT_THAT(before, testing::HasSubstr("checks:write"));
  control("accept-permissions", {{"installation", installation_}, {"permissions", {{"contents", "read"}}}});
  EXPECT_EQ(repository().permissions, "contents:read metadata:read");
  EXPECT_EQ(client_->create_check(check, {}).error().code(), ErrorCode::permission_denied);
  control("accept-permissions", {{"installation", installation_}, {"permissions", {{"contents", "read"}, {"checks", "write"}}}});
  EXPECT_EQ(client_->create_check(check, {}).error().code(), ErrorCode::permission_denied) << "with the token that was given out before";
  EXPECT_EQ(repository().permissions, "checks:write contents:read metadata:read");
  EXPECT_TRUE(client_->create_check(check, {}));
}

TEST_F(GitHubContract, TokensThatEndedAreRenewed) {
  const forge::Repository pkgs = repository();
  control("expire-tokens", json::object());
  EXPECT_EQ(client_->open_pull_requests(pkgs, {}).value().size(), 1U);
}

TEST_F(GitHubContract, LimitsAreKept) {
  const forge::Repository pkgs = repository();
  control("faults", {{"faults", {{{"match", "GET .*/pulls"}, {"status", 403}, {"headers", {{"retry-after", "30"}}}}}}});
  EXPECT_EQ(client_->open_pull_requests(pkgs, {}).error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(client_->resume_at(pkgs.installation));
  EXPECT_EQ(client_->open_pull_requests(pkgs, {}).error().code(), ErrorCode::unavailable);
  EXPECT_EQ(client_->counters().withheld, 1U);
}

TEST_F(GitHubContract, WhatIsLeftOfTheHourIsKeptForMoreThanProgress) {
  const forge::Repository pkgs = repository();
  EXPECT_EQ(client_->spares_from(pkgs.installation), std::nullopt);
  control("limits", {{"installation", installation_}, {"limit", 5000}, {"used", 3600}, {"reset_in_seconds", 600}});
  EXPECT_TRUE(client_->open_pull_requests(pkgs, {}));
  const std::optional<Clock::Wall> from = client_->spares_from(pkgs.installation);
  ASSERT_TRUE(from);
  EXPECT_LE(*from, clock_.wall() + std::chrono::seconds(600));
  EXPECT_EQ(client_->resume_at(pkgs.installation), std::nullopt);
  EXPECT_TRUE(client_->create_check(owed(), {}));
}

TEST_F(GitHubContract, GitReadsWithATokenForOneRepository) {
  const forge::Repository pkgs = repository();
  const SharedToken token = client_->fetch_token(pkgs, {}).value();
  std::string url = client_->fetch_url(pkgs);
  url.insert(url.find("://") + 3, fmt::format("x-access-token:{}@", token->reveal()));
  EXPECT_THAT(run({"git", "-C", folder_.path(), "ls-remote", url, "refs/pull/1/head"}), testing::StartsWith(head_));
}

}  // namespace
}  // namespace ekaci::github
