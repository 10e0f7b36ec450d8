#include "github/client.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "github/fake_github_test.h"

namespace ekaci::github {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kApi = "https://api.example/v3";
const std::string kHead(40, 'a');

forge::Repository packages() {
  return {.id = {4711}, .installation = {99}, .name = "mountain-lab/packages", .default_branch = "main", .is_private = true};
}

json repository_json(std::int64_t id, const std::string& name) {
  return {{"id", id}, {"full_name", name}, {"default_branch", "main"}, {"private", true}};
}

json pull_request_json(int number, bool is_draft = false) {
  return {{"number", number},
          {"state", "open"},
          {"draft", is_draft},
          {"title", "a title"},
          {"user", {{"login", "anna-k"}}},
          {"author_association", "MEMBER"},
          {"updated_at", "2025-01-01T00:00:00Z"},
          {"head", {{"sha", kHead}}},
          {"base", {{"ref", "main"}}}};
}

forge::OwedCheck owed() {
  return {.id = {17},
          .version = 1,
          .repository = packages(),
          .check = {.repository = {4711}, .head = CommitId::parse(kHead).value(), .name = "EkaCI: x86_64-linux", .text = {}},
          .forge_id = {},
          .may_exist = true,
          .failures = 0};
}

class GitHubClient : public testing::Test {
 protected:
  static std::string header(const net::ClientRequest& request, std::string_view name) {
    return std::string(request.headers.find(name).value_or("none"));
  }
  static std::string next_link(const std::string& query) {
    return fmt::format("<https://elsewhere.example/repositories/1/x?{}>; rel=\"next\"", query);
  }
  template <class T>
  ErrorCode code_of(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? ErrorCode::internal : result.error().code();
  }

  TurnedClock clock_;
  FakeGitHub github_{clock_};
  Client client_{{.api = {.url = "https://api.example/v3", .app = {31}, .calls_per_hour = 1000},
                  .web_url = "https://git.example",
                  .details_url = "https://ci.example"},
                 test_private_key(),
                 github_.transport(),
                 clock_};
  const std::string pulls_ = "GET /v3/repos/mountain-lab/packages/pulls";
};

TEST_F(GitHubClient, SaysWhoItIsAndWhatItSpeaks) {
  github_.answer(pulls_, 200, "[]");
  ASSERT_TRUE(client_.open_pull_requests(packages(), {}));
  ASSERT_EQ(github_.requests().size(), 1U);
  const net::ClientRequest sent = github_.requests()[0];
  EXPECT_EQ(sent.url, kApi + "/repos/mountain-lab/packages/pulls?state=open&sort=created&direction=asc&per_page=100");
  EXPECT_EQ(header(sent, "authorization"), "Bearer token-1");
  EXPECT_EQ(header(sent, "accept"), "application/vnd.github+json");
  EXPECT_EQ(header(sent, "x-github-api-version"), "2022-11-28");
  EXPECT_EQ(sent.redirects, 0U);
  ASSERT_EQ(github_.token_requests().size(), 1U);
  const net::ClientRequest asked = github_.token_requests()[0];
  EXPECT_EQ(asked.url, kApi + "/app/installations/99/access_tokens");
  EXPECT_EQ(asked.method, net::Method::post);
  EXPECT_THAT(header(asked, "authorization"), testing::MatchesRegex("Bearer [^.]+\\.[^.]+\\.[^.]+"));
}

TEST_F(GitHubClient, ListsEveryRepositoryOfEveryInstallation) {
  github_.answer("GET /v3/app/installations", 200, json::array({{{"id", 99}, {"suspended_at", nullptr}}, {{"id", 98}}}).dump(),
                 {{"Link", next_link("per_page=100&page=2")}});
  github_.answer("GET /v3/app/installations", 200,
                 json::array({{{"id", 97}, {"suspended_at", "2025-01-01T00:00:00Z"}}, {{"id", 96}}}).dump());
  const std::string listing = "GET /v3/installation/repositories";
  github_.answer(listing, 200, json{{"total_count", 2}, {"repositories", json::array({repository_json(1, "a/one")})}}.dump(),
                 {{"Link", next_link("per_page=100&page=2")}});
  github_.answer(listing, 200, json{{"total_count", 2}, {"repositories", json::array({repository_json(2, "a/two")})}}.dump());
  github_.answer(listing, 403, R"({"message": "This installation has been suspended"})");
  github_.answer(listing, 200, json{{"total_count", 1}, {"repositories", json::array({repository_json(3, "c/three")})}}.dump());
  const Result<std::vector<forge::Repository>> all = client_.repositories({});
  ASSERT_TRUE(all) << all.error().to_string();
  const auto repository = [](std::int64_t id, std::int64_t installation, std::string name) {
    return forge::Repository{
        .id = {id}, .installation = {installation}, .name = std::move(name), .default_branch = "main", .is_private = true};
  };
  EXPECT_THAT(*all, ElementsAre(repository(1, 99, "a/one"), repository(2, 99, "a/two"), repository(3, 96, "c/three")));
  // The next page is asked of the address that we know: a token never follows a link.
  EXPECT_EQ(github_.requests()[1].url, kApi + "/app/installations?per_page=100&page=2");
}

TEST_F(GitHubClient, AListThatIsNotWholeIsNoList) {
  github_.answer("GET /v3/app/installations", 200, json::array({{{"id", 99}}, {{"id", 98}}}).dump());
  github_.answer("GET /v3/installation/repositories", 200, R"({"repositories": []})");
  github_.answer("GET /v3/installation/repositories", 502, "");
  EXPECT_EQ(code_of(client_.repositories({})), ErrorCode::unavailable);
}

TEST_F(GitHubClient, ReadsOpenPullRequestsPageByPage) {
  github_.answer(pulls_, 200, json::array({pull_request_json(1), pull_request_json(2, true)}).dump(), {{"Link", next_link("page=2")}});
  github_.answer(pulls_, 200, json::array({pull_request_json(3)}).dump());
  const Result<std::vector<forge::PullRequest>> all = client_.open_pull_requests(packages(), {});
  ASSERT_TRUE(all) << all.error().to_string();
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ((*all)[1].state, forge::PullRequest::State::draft);
  EXPECT_EQ((*all)[2].number.value, 3);
  EXPECT_EQ((*all)[2].association, forge::Association::member);
}

TEST_F(GitHubClient, PagesWithoutEndAreGivenUp) {
  github_.answer(pulls_, 200, "[]", {{"Link", next_link("page=2")}});
  EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::unavailable);
  EXPECT_LE(github_.requests().size(), 300U);
}

TEST_F(GitHubClient, ALinkThatIsNoneIsNotFollowed) {
  for (const char* link : {"<https://api.example/x>; rel=next", "<https://api.example/x?a b>; rel=next", "<?a#b>; rel=next", "nonsense"}) {
    github_.answer(pulls_, 200, "[]", {{"Link", link}});
    EXPECT_FALSE(client_.open_pull_requests(packages(), {})) << link;
  }
}

TEST_F(GitHubClient, WhatDidNotChangeIsNotSentAgain) {
  github_.answer(pulls_, 200, json::array({pull_request_json(1)}).dump(), {{"ETag", "W/\"x\""}, {"Link", next_link("page=2")}});
  github_.answer(pulls_, 200, json::array({pull_request_json(2)}).dump(), {{"ETag", "W/\"y\""}});
  github_.answer(pulls_, 304, "");
  const auto first = client_.open_pull_requests(packages(), {});
  const auto second = client_.open_pull_requests(packages(), {});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(first->size(), 2U);
  EXPECT_EQ(*first, *second);
  ASSERT_EQ(github_.requests().size(), 4U);
  EXPECT_EQ(header(github_.requests()[0], "if-none-match"), "none");
  EXPECT_EQ(header(github_.requests()[2], "if-none-match"), "W/\"x\"");
  EXPECT_EQ(header(github_.requests()[3], "if-none-match"), "W/\"y\"");
  EXPECT_EQ(client_.counters().not_modified, 2U);
}

TEST_F(GitHubClient, ReadsOnePullRequest) {
  github_.answer(pulls_ + "/12", 200, pull_request_json(12).dump());
  EXPECT_EQ(client_.pull_request(packages(), {12}, {}).value().number.value, 12);
  EXPECT_EQ(code_of(client_.pull_request(packages(), {13}, {})), ErrorCode::not_found);
}

TEST_F(GitHubClient, ARoleCountsWhereItSaysMoreOfTheSame) {
  using forge::Permission;
  const std::string path = "GET /v3/repos/mountain-lab/packages/collaborators/{}/permission";
  struct Case {
    std::string permission;
    json role;
    Permission expected;
  };
  int number = 0;
  for (const Case& each :
       {Case{"admin", "admin", Permission::admin}, Case{"write", "write", Permission::write},
        Case{"write", "maintain", Permission::maintain}, Case{"read", "triage", Permission::triage}, Case{"read", "read", Permission::read},
        Case{"none", "none", Permission::none}, Case{"write", nullptr, Permission::write}, Case{"read", "admin", Permission::read},
        Case{"read", "maintain", Permission::read}, Case{"read", "Release manager", Permission::read},
        Case{"none", "write", Permission::none}}) {
    const std::string login = fmt::format("person-{}", ++number);
    github_.answer(fmt::format(fmt::runtime(path), login), 200, json{{"permission", each.permission}, {"role_name", each.role}}.dump());
    EXPECT_EQ(client_.permission_of(packages(), login, {}).value(), each.expected) << each.permission << each.role;
  }
  EXPECT_EQ(code_of(client_.permission_of(packages(), "nobody", {})), ErrorCode::not_found);
}

TEST_F(GitHubClient, NamesThatWouldLeadElsewhereAreNotAsked) {
  EXPECT_EQ(code_of(client_.permission_of(packages(), "../../x", {})), ErrorCode::invalid_argument);
  forge::Repository evil = packages();
  evil.name = "a/b/../../user";
  EXPECT_EQ(code_of(client_.open_pull_requests(evil, {})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(client_.merge_group_branches(evil, {})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(client_.branch_tips(evil, {"main"}, {})), ErrorCode::invalid_argument);
  for (const std::string branch : {"", "..", "a/../../user", "main\n", "-x", "main?x=1 y"}) {
    EXPECT_EQ(code_of(client_.branch_tips(packages(), {branch}, {})), ErrorCode::invalid_argument) << branch;
  }
  EXPECT_TRUE(github_.requests().empty());
}

TEST_F(GitHubClient, ABotsLoginIsEncoded) {
  github_.answer("GET /v3/repos/mountain-lab/packages/collaborators/bump%5Bbot%5D/permission", 200, R"({"permission": "write"})");
  EXPECT_EQ(client_.permission_of(packages(), "bump[bot]", {}).value(), forge::Permission::write);
}

json reference_json(const std::string& name, char digit = 'a') {
  return {{"ref", name}, {"object", {{"type", "commit"}, {"sha", std::string(40, digit)}}}};
}

TEST_F(GitHubClient, AsksForTheTipOfEachBranch) {
  const std::string of = "GET /v3/repos/mountain-lab/packages/git/ref/";
  github_.answer(of + "heads%2Fmain", 200, reference_json("refs/heads/main", 'b').dump());
  github_.answer(of + "heads%2Frelease%2F24.11", 200, reference_json("refs/heads/release/24.11").dump());
  github_.answer(of + "heads%2Fgone", 404, R"({"message": "Not Found"})");
  github_.answer(of + "heads%2Fempty", 409, R"({"message": "Git Repository is empty."})");
  const auto tips = client_.branch_tips(packages(), {"release/24.11", "gone", "main", "empty"}, {});
  ASSERT_TRUE(tips) << tips.error().to_string();
  EXPECT_THAT(
      *tips, ElementsAre(forge::BranchTip{"release/24.11", CommitId::parse(kHead).value()}, forge::BranchTip{"gone", std::nullopt},
                         forge::BranchTip{"main", CommitId::parse(std::string(40, 'b')).value()}, forge::BranchTip{"empty", std::nullopt}));
  EXPECT_EQ(client_.counters().unanswered, std::nullopt) << "a repository without a commit is no trouble of GitHub's";
  EXPECT_EQ(client_.branch_tips(packages(), {}, {}).value().size(), 0U);
}

TEST_F(GitHubClient, ABranchThatDidNotMoveCostsNothing) {
  const std::string of = "GET /v3/repos/mountain-lab/packages/git/ref/heads%2Fmain";
  github_.answer(of, 200, reference_json("refs/heads/main").dump(), {{"ETag", "\"x\""}});
  github_.answer(of, 304, "");
  const auto first = client_.branch_tips(packages(), {"main"}, {});
  ASSERT_TRUE(first);
  EXPECT_EQ(client_.branch_tips(packages(), {"main"}, {}).value(), *first);
  EXPECT_EQ(header(github_.requests().at(1), "if-none-match"), "\"x\"");
  EXPECT_EQ(client_.counters().not_modified, 1U);
}

TEST_F(GitHubClient, WhatIsNotKnownOfABranchIsNotThatItIsGone) {
  const std::string of = "GET /v3/repos/mountain-lab/packages/git/ref/heads%2Fmain";
  github_.answer(of, 502, "");
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::unavailable);
  github_.answer(of, 403, R"({"message": "Resource not accessible by integration"})");
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::permission_denied);
  github_.answer(of, 301, R"({"message": "Moved Permanently"})");
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::unavailable);
  github_.answer(of, 200, reference_json("refs/heads/main2").dump());
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::unavailable);
  github_.answer(of, 200, R"({"ref": "refs/heads/main", "object": {"sha": "HEAD"}})");
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::unavailable);
  github_.answer("GET /v3/repos/mountain-lab/packages/git/matching-refs/heads%2Fgh-readonly-queue%2F", 404, "");
  EXPECT_EQ(code_of(client_.merge_group_branches(packages(), {})), ErrorCode::not_found);
}

TEST_F(GitHubClient, OfAnInstallationThatIsGoneNoBranchIsSaidToBeGone) {
  github_.answer("POST /v3/app/installations/99/access_tokens", 404, R"({"message": "Not Found"})");
  EXPECT_EQ(code_of(client_.branch_tips(packages(), {"main"}, {})), ErrorCode::not_found);
  EXPECT_EQ(code_of(client_.merge_group_branches(packages(), {})), ErrorCode::not_found);
}

TEST_F(GitHubClient, ListsTheBranchesOfTheMergeQueuePageByPage) {
  const std::string of = "GET /v3/repos/mountain-lab/packages/git/matching-refs/heads%2Fgh-readonly-queue%2F";
  const std::string queue = "refs/heads/gh-readonly-queue/";
  github_.answer(of, 200,
                 json::array({reference_json(queue + "main/pr-1-" + kHead), reference_json("refs/heads/gh-readonly-queue-of-mine/x"),
                              reference_json(queue + "a..b/pr-1-" + kHead), reference_json("refs/tags/gh-readonly-queue/x")})
                     .dump(),
                 {{"Link", next_link("page=2")}});
  github_.answer(of, 200, json::array({reference_json(queue + "release/24.11/pr-2-" + kHead, 'c')}).dump());
  const auto found = client_.merge_group_branches(packages(), {});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_THAT(*found, ElementsAre(forge::BranchTip{"gh-readonly-queue/main/pr-1-" + kHead, CommitId::parse(kHead).value()},
                                  forge::BranchTip{"gh-readonly-queue/release/24.11/pr-2-" + kHead,
                                                   CommitId::parse(std::string(40, 'c')).value()}));
  EXPECT_EQ(github_.requests().at(1).url.substr(github_.requests().at(1).url.find('?')), "?page=2");
}

TEST_F(GitHubClient, AMergeQueueWithoutEndIsGivenUp) {
  github_.answer("GET /v3/repos/mountain-lab/packages/git/matching-refs/heads%2Fgh-readonly-queue%2F", 200, "[]",
                 {{"Link", next_link("page=2")}});
  EXPECT_EQ(code_of(client_.merge_group_branches(packages(), {})), ErrorCode::unavailable);
  EXPECT_LE(github_.requests().size(), 300U);
}

TEST_F(GitHubClient, ARepositoryWithoutACommitHasNoMergeQueue) {
  github_.answer("GET /v3/repos/mountain-lab/packages/git/matching-refs/heads%2Fgh-readonly-queue%2F", 409, "");
  EXPECT_EQ(client_.merge_group_branches(packages(), {}).value().size(), 0U);
}

TEST_F(GitHubClient, CreatesACheckAndSaysItsNumber) {
  github_.answer("POST /v3/repos/mountain-lab/packages/check-runs", 201, R"({"id": 555})");
  EXPECT_EQ(client_.create_check(owed(), {}).value().value, 555);
  const net::ClientRequest sent = github_.requests().at(0);
  EXPECT_EQ(header(sent, "content-type"), "application/json");
  EXPECT_EQ(json::parse(sent.body).at("external_id"), "ekaci-17");
  EXPECT_EQ(json::parse(sent.body).at("head_sha"), kHead);
}

TEST_F(GitHubClient, UpdatesACheck) {
  github_.answer("PATCH /v3/repos/mountain-lab/packages/check-runs/555", 200, R"({"id": 555})");
  EXPECT_TRUE(client_.update_check(owed(), {555}, {}));
  EXPECT_FALSE(json::parse(github_.requests().at(0).body).contains("head_sha"));
}

TEST_F(GitHubClient, FindsTheCheckThatItCreatedBefore) {
  const std::string path = "GET /v3/repos/mountain-lab/packages/commits/" + kHead + "/check-runs";
  const json other_app = {{"id", 1}, {"external_id", "ekaci-17"}, {"app", {{"id", 32}}}};
  const json no_app = {{"id", 2}, {"external_id", "ekaci-17"}, {"app", nullptr}};
  const json other_check = {{"id", 3}, {"external_id", "ekaci-170"}, {"app", {{"id", 31}}}};
  const json no_key = {{"id", 4}, {"external_id", nullptr}, {"app", {{"id", 31}}}};
  const json ours = {{"id", 5}, {"external_id", "ekaci-17"}, {"app", {{"id", 31}}}};
  github_.answer(path, 200, json{{"check_runs", json::array({other_app, no_app, other_check, no_key})}}.dump(),
                 {{"Link", next_link("page=2")}});
  github_.answer(path, 200, json{{"check_runs", json::array({ours})}}.dump());
  github_.answer(path, 200, R"({"total_count": 0, "check_runs": []})");
  EXPECT_EQ(client_.find_check(owed(), {}).value(), forge::ForgeCheckId{5});
  EXPECT_EQ(client_.find_check(owed(), {}).value(), std::nullopt);
  EXPECT_THAT(github_.requests().at(0).url, HasSubstr("?check_name=EkaCI%3A%20x86_64-linux&filter=all&app_id=31&per_page=100"));
}

TEST_F(GitHubClient, FindsTheCheckThatWasCreatedUnderAnotherNumberOfOurs) {
  const std::string path = "GET /v3/repos/mountain-lab/packages/commits/" + kHead + "/check-runs";
  const json older = {{"id", 3}, {"external_id", "ekaci-170"}, {"app", {{"id", 31}}}};
  const json newer = {{"id", 6}, {"external_id", "ekaci-171"}, {"app", {{"id", 31}}}};
  const json other_app = {{"id", 7}, {"external_id", "ekaci-172"}, {"app", {{"id", 32}}}};
  const json not_ours = {{"id", 8}, {"external_id", "x"}, {"app", {{"id", 31}}}};
  github_.answer(path, 200, json{{"check_runs", json::array({older, newer, other_app, not_ours})}}.dump());
  EXPECT_EQ(client_.find_check(owed(), {}).value(), forge::ForgeCheckId{6});
}

TEST_F(GitHubClient, ATokenThatIsNotTakenIsAskedForOnceMore) {
  github_.answer(pulls_, 401, R"({"message": "Bad credentials"})");
  github_.answer(pulls_, 200, "[]");
  EXPECT_TRUE(client_.open_pull_requests(packages(), {}));
  EXPECT_EQ(header(github_.requests().at(1), "authorization"), "Bearer token-2");
}

TEST_F(GitHubClient, TwoTokensThatAreNotTakenAreEnough) {
  github_.answer(pulls_, 401, R"({"message": "Bad credentials"})");
  EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::unavailable);
  EXPECT_EQ(github_.requests().size(), 2U);
}

TEST_F(GitHubClient, ATokenIsNeverInAnError) {
  github_.answer(pulls_, 500, R"({"message": "it broke"})");
  const auto failed = client_.open_pull_requests(packages(), {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().to_string(), testing::Not(HasSubstr("token-1")));
  EXPECT_THAT(failed.error().to_string(), HasSubstr("500 to GET /repos/mountain-lab/packages/pulls: it broke"));
}

TEST_F(GitHubClient, LeavesGitHubAloneWhenItSaysSo) {
  github_.answer(pulls_, 403, R"({"message": "too many"})", {{"Retry-After", "30"}});
  github_.answer(pulls_, 200, "[]");
  EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::unavailable);
  EXPECT_EQ(client_.resume_at({99}), clock_.wall() + std::chrono::seconds(30));
  EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::unavailable);
  EXPECT_EQ(github_.requests().size(), 1U);
  EXPECT_EQ(client_.counters().withheld, 1U);
  clock_.turn(std::chrono::seconds(30));
  EXPECT_EQ(client_.resume_at({99}), std::nullopt);
  EXPECT_TRUE(client_.open_pull_requests(packages(), {}));
}

TEST_F(GitHubClient, SpendsNoMoreThanItsBudget) {
  github_.answer(pulls_ + "/1", 200, pull_request_json(1).dump());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(client_.pull_request(packages(), {1}, {}));
  EXPECT_EQ(code_of(client_.pull_request(packages(), {1}, {})), ErrorCode::unavailable);
  EXPECT_EQ(client_.resume_at({99}), clock_.wall() + std::chrono::hours(1));
}

TEST_F(GitHubClient, SaysWhenItHasNoCallsToSpare) {
  github_.answer(pulls_ + "/1", 200, pull_request_json(1).dump());
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(client_.pull_request(packages(), {1}, {}));
  EXPECT_EQ(client_.spares_from({99}), std::nullopt);
  ASSERT_TRUE(client_.pull_request(packages(), {1}, {}));
  EXPECT_EQ(client_.spares_from({99}), clock_.wall() + std::chrono::hours(1));
  EXPECT_EQ(client_.resume_at({99}), std::nullopt);
}

TEST_F(GitHubClient, WhatIsNotThereCanBeTriedLater) {
  for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::corrupt, ErrorCode::resource_exhausted, ErrorCode::io}) {
    github_.be_unreachable(pulls_, code);
    EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::unavailable);
    github_.be_unreachable(pulls_, ErrorCode::cancelled);
    EXPECT_EQ(code_of(client_.open_pull_requests(packages(), {})), ErrorCode::cancelled);
  }
}

TEST_F(GitHubClient, WhatIsNoAnswerOfGitHubsIsNotHeldAgainstTheRequest) {
  for (const char* body : {"", "<html>", "[]", "{\"id\": \"5\"}", "{\"id\": -5}", "null"}) {
    github_.answer("POST /v3/repos/mountain-lab/packages/check-runs", 201, body);
    EXPECT_EQ(code_of(client_.create_check(owed(), {})), ErrorCode::unavailable) << body;
  }
}

TEST_F(GitHubClient, WhatWillNeverBeTakenSaysWhy) {
  github_.answer("POST /v3/repos/mountain-lab/packages/check-runs", 422, R"({"message": "No commit found for SHA"})");
  const auto refused = client_.create_check(owed(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message(), HasSubstr("No commit found for SHA"));
}

TEST_F(GitHubClient, GitGetsATokenThatReadsOneRepository) {
  const SharedToken token = client_.fetch_token(packages(), {}).value();
  EXPECT_EQ(token->reveal(), "token-1");
  EXPECT_EQ(json::parse(github_.token_requests().at(0).body),
            (json{{"repository_ids", json::array({4711})}, {"permissions", {{"contents", "read"}}}}));
  EXPECT_EQ(client_.fetch_token(packages(), {}).value(), token);
  EXPECT_EQ(client_.fetch_url(packages()), "https://git.example/mountain-lab/packages.git");
}

TEST_F(GitHubClient, GitGetsAnotherTokenWhereOneMayNotHaveBeenTaken) {
  const SharedToken token = client_.fetch_token(packages(), {}).value();
  client_.forget_fetch_token(packages(), token);
  const SharedToken another = client_.fetch_token(packages(), {}).value();
  EXPECT_EQ(another->reveal(), "token-2");
  client_.forget_fetch_token(packages(), token);
  EXPECT_EQ(client_.fetch_token(packages(), {}).value(), another);
}

TEST_F(GitHubClient, CountsWhatCameOfItsCalls) {
  github_.answer(pulls_ + "/1", 200, pull_request_json(1).dump(), {{"X-RateLimit-Remaining", "4999"}});
  github_.answer(pulls_ + "/2", 500, "");
  github_.be_unreachable(pulls_ + "/3", ErrorCode::unavailable);
  for (const std::int64_t number : {1, 2, 3, 4}) static_cast<void>(client_.pull_request(packages(), {number}, {}).has_value());
  const ApiCounters counters = client_.counters();
  EXPECT_EQ(counters.good, 2U);  // one of them for the token
  EXPECT_EQ(counters.failed, 1U);
  EXPECT_EQ(counters.unreachable, 1U);
  EXPECT_EQ(counters.refused, 1U);
  ASSERT_EQ(counters.remaining.size(), 1U);
  EXPECT_EQ(counters.remaining[0].remaining, 4999U);
}

TEST_F(GitHubClient, ManyThreadsShareOneToken) {
  github_.answer(pulls_ + "/1", 200, pull_request_json(1).dump(), {{"ETag", "\"x\""}});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 20; ++n) EXPECT_TRUE(client_.pull_request(packages(), {1}, {}));
      });
    }
  }
  EXPECT_EQ(github_.token_requests().size(), 1U);
  EXPECT_EQ(github_.requests().size(), 160U);
}

// ---- labels

class GitHubLabels : public GitHubClient {
 protected:
  static constexpr std::string_view kLabels = "/v3/repos/mountain-lab/packages/issues/12/labels";

  void has(const std::vector<std::string>& names) {
    json labels = json::array();
    for (const std::string& name : names) labels.push_back({{"name", name}});
    github_.answer(fmt::format("GET {}", kLabels), 200, labels.dump());
  }
  void takes(std::string_view method, std::string_view path, int status = 200) {
    github_.answer(fmt::format("{} {}{}", method, kLabels, path), status, "[]");
  }
  Status put(std::optional<std::string> name) {
    const forge::OwedLabel label{
        .id = {1}, .repository = packages(), .wanted = {.repository = packages().id, .pull_request = {12}, .name = std::move(name)}};
    return client_.put_label(label, "rebuilds: ", {});
  }
  /// `POST BODY` or `DELETE URL` of each that changed something.
  std::vector<std::string> changes() {
    std::vector<std::string> all;
    for (const net::ClientRequest& request : github_.requests()) {
      if (request.method == net::Method::post) all.push_back("POST " + request.body);
      if (request.method == net::Method::remove) all.push_back("DELETE " + request.url.substr(request.url.rfind('/') + 1));
    }
    return all;
  }
};

TEST_F(GitHubLabels, AreGivenBeforeOthersAreTaken) {
  has({"bug", "rebuilds: 1-10", "Rebuilds: 7/8"});
  takes("POST", "");
  takes("DELETE", "/rebuilds%3A%201-10");
  takes("DELETE", "/Rebuilds%3A%207%2F8", 404);
  const Status done = put("rebuilds: 11+");
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_THAT(changes(), ElementsAre(R"(POST {"labels":["rebuilds: 11+"]})", "DELETE rebuilds%3A%201-10", "DELETE Rebuilds%3A%207%2F8"));
}

TEST_F(GitHubLabels, ThatAreRightAreLeftAlone) {
  has({"REBUILDS: 11+", "bug"});
  EXPECT_TRUE(put("rebuilds: 11+"));
  EXPECT_THAT(changes(), testing::IsEmpty());
}

TEST_F(GitHubLabels, AreTakenWhereNoneIsWanted) {
  has({"rebuilds: 11+", "bug"});
  takes("DELETE", "/rebuilds%3A%2011%2B");
  EXPECT_TRUE(put(std::nullopt));
  EXPECT_THAT(changes(), ElementsAre("DELETE rebuilds%3A%2011%2B"));
}

TEST_F(GitHubLabels, MayBeRefused) {
  has({});
  takes("POST", "", 403);
  EXPECT_EQ(code_of(put("rebuilds: 11+")), ErrorCode::permission_denied);
}

// ---- comments

class GitHubComments : public GitHubClient {
 protected:
  static constexpr std::string_view kIssues = "/v3/repos/mountain-lab/packages/issues";
  static constexpr std::string_view kMarked = "<!-- ekaci: review -->\nbad";

  static json comment(std::int64_t id, std::string_view body, const json& user, const json& app = nullptr) {
    return {{"id", id}, {"body", body}, {"user", user}, {"performed_via_github_app", app}};
  }
  static json bot(std::string_view login) { return {{"login", login}, {"type", "Bot"}}; }
  void has(const json& comments) { github_.answer(fmt::format("GET {}/12/comments", kIssues), 200, comments.dump()); }
  void is_called(std::string_view slug) { github_.answer("GET /v3/app", 200, json{{"slug", slug}}.dump()); }
  static forge::OwedComment owed_comment() {
    return {.id = {1},
            .version = 1,
            .repository = packages(),
            .wanted = {.repository = packages().id, .pull_request = {12}, .head = CommitId::parse(kHead).value(), .text = "bad"}};
  }
  std::optional<forge::ForgeCommentId> found() { return client_.find_comment(owed_comment(), {}).value(); }
  std::size_t asked_who_we_are() {
    const auto requests = github_.requests();
    return static_cast<std::size_t>(
        std::ranges::count_if(requests, [](const net::ClientRequest& request) { return request.url.ends_with("/v3/app"); }));
  }
};

TEST_F(GitHubComments, AreMadeAndChanged) {
  github_.answer(fmt::format("POST {}/12/comments", kIssues), 201, R"({"id": 77})");
  EXPECT_EQ(client_.create_comment(owed_comment(), {}).value().value, 77);
  const std::string body = json::parse(github_.requests().back().body)["body"];
  EXPECT_THAT(body, testing::StartsWith("<!-- ekaci: review -->\nbad\n"));
  EXPECT_THAT(body, HasSubstr("/mountain-lab/packages/pull/12/checks?sha=" + kHead));
  github_.answer(fmt::format("PATCH {}/comments/77", kIssues), 200, "{}");
  EXPECT_TRUE(client_.update_comment(owed_comment(), {77}, {}));
  github_.answer(fmt::format("PATCH {}/comments/78", kIssues), 404, "{}");
  EXPECT_EQ(code_of(client_.update_comment(owed_comment(), {78}, {})), ErrorCode::not_found);
}

TEST_F(GitHubComments, AreFoundByTheAppThatWroteThem) {
  has({comment(1, "hello", bot("ekaci[bot]")), comment(2, kMarked, bot("other[bot]"), {{"id", 4242}}),
       comment(3, kMarked, bot("whatever[bot]"), {{"id", 31}}), comment(4, kMarked, bot("whatever[bot]"), {{"id", 31}})});
  EXPECT_EQ(found(), forge::ForgeCommentId{3});
  EXPECT_EQ(asked_who_we_are(), 0U);
}

TEST_F(GitHubComments, AreFoundByTheAppsLoginWhereGitHubDoesNotSayWhichAppItWas) {
  is_called("ekaci");
  has({comment(1, kMarked, {{"login", "ekaci"}, {"type", "User"}}), comment(2, kMarked, bot("another[bot]")),
       comment(3, kMarked, bot("ekaci[bot]"))});
  EXPECT_EQ(found(), forge::ForgeCommentId{3});
  EXPECT_EQ(found(), forge::ForgeCommentId{3});
  EXPECT_EQ(asked_who_we_are(), 1U) << "it is remembered";
}

TEST_F(GitHubComments, OfOthersAreNotOursWhateverTheySay) {
  is_called("ekaci");
  has({comment(1, kMarked, {{"login", "eve"}, {"type", "User"}}),
       comment(2, kMarked, nullptr),
       comment(3, kMarked, bot("evil[bot]")),
       {{"id", 4}},
       comment(5, std::string(262'144, 'x'), {{"login", "eve"}, {"type", "User"}})});
  EXPECT_EQ(found(), std::nullopt);
}

// ---- rights

TEST_F(GitHubClient, SaysWhatItMayDoAndUsesNoTokenOfOtherRights) {
  const auto installed = [&](const json& permissions) {
    github_.answer("GET /v3/app/installations", 200, json::array({{{"id", 99}, {"permissions", permissions}}}).dump());
    github_.answer("GET /v3/installation/repositories", 200,
                   json{{"repositories", json::array({repository_json(4711, "mountain-lab/packages")})}}.dump());
    const auto repositories = client_.repositories({}).value();
    return repositories.at(0).permissions;
  };
  EXPECT_EQ(installed({{"contents", "read"}, {"checks", "read"}}), "checks:read contents:read");
  EXPECT_EQ(github_.token_requests().size(), 1U);
  EXPECT_EQ(installed({{"checks", "read"}, {"contents", "read"}}), "checks:read contents:read");
  EXPECT_EQ(github_.token_requests().size(), 1U);
  EXPECT_EQ(installed({{"checks", "write"}, {"contents", "read"}}), "checks:write contents:read");
  EXPECT_EQ(github_.token_requests().size(), 2U);
}

}  // namespace
}  // namespace ekaci::github
