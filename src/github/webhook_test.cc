#include "github/webhook.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ekaci::github {
namespace {

using forge::CheckActionNotice;
using forge::InstallationNotice;
using forge::MergeGroupNotice;
using forge::NothingToDo;
using forge::Notice;
using forge::PullRequestNotice;
using forge::PushNotice;
using forge::RepositoryNotice;
using testing::HasSubstr;
using testing::StartsWith;

constexpr AppId kUs{31};
const std::string kHead(40, '1');
const std::string kBase(40, '2');

/// A payload of ours, by its name in data/: `push.branch`.
nlohmann::json payload_of(const std::string& name) {
  std::ifstream file(EKACI_SOURCE_DIR "/src/github/data/" + name + ".json");
  return nlohmann::json::parse(file);
}

std::string event_of(const std::string& name) { return name.substr(0, name.find('.')); }

Result<Notice> read(const std::string& name, const nlohmann::json& payload) { return read_webhook(event_of(name), payload.dump(), kUs); }

template <class T>
T read_as(const std::string& name, const nlohmann::json& payload) {
  const Result<Notice> notice = read(name, payload);
  EXPECT_TRUE(notice.has_value()) << (notice ? "" : notice.error().to_string());
  if (notice && std::holds_alternative<T>(*notice)) return std::get<T>(*notice);
  ADD_FAILURE() << name << " says something else";
  std::abort();
}

template <class T>
T read_as(const std::string& name) {
  return read_as<T>(name, payload_of(name));
}

std::string error_of(const std::string& name, const nlohmann::json& payload) {
  const Result<Notice> notice = read(name, payload);
  if (notice) return "no error";
  EXPECT_EQ(notice.error().code(), ErrorCode::invalid_argument);
  return notice.error().message();
}

/// `/pull_request/head` as errors write it.
std::string path_of(const std::string& pointer) {
  std::string path = pointer.substr(1);
  std::ranges::replace(path, '/', '.');
  return path;
}

forge::Repository packages() {
  return {.id = {4711}, .installation = {99}, .name = "mountain-lab/packages", .default_branch = "main", .is_private = false};
}

TEST(Webhook, APullRequestIsToldInItsState) {
  const auto notice = read_as<PullRequestNotice>("pull_request.opened");
  EXPECT_EQ(notice.repository, packages());
  const forge::PullRequest expected{.number = {12},
                                    .state = forge::PullRequest::State::open,
                                    .target = "main",
                                    .head = CommitId::parse(kHead).value(),
                                    .head_owner = "anna-k",
                                    .author = "anna-k",
                                    .association = forge::Association::first_time_contributor,
                                    .title = "hello: 2.12 -> 2.13",
                                    .updated = Clock::Wall(std::chrono::seconds(1'735'726'830))};
  EXPECT_EQ(notice.pull_request, expected);
  EXPECT_EQ(read_as<PullRequestNotice>("pull_request.converted_to_draft").pull_request.state, forge::PullRequest::State::draft);
  EXPECT_EQ(read_as<PullRequestNotice>("pull_request.closed").pull_request.state, forge::PullRequest::State::closed);
}

TEST(Webhook, AnyActionOfAPullRequestTellsIt) {
  nlohmann::json payload = payload_of("pull_request.opened");
  for (const char* action : {"synchronize", "reopened", "edited", "ready_for_review", "labeled", "what comes some day"}) {
    payload["action"] = action;
    EXPECT_EQ(read_as<PullRequestNotice>("pull_request.opened", payload).pull_request.number.value, 12) << action;
  }
}

TEST(Webhook, WhatIsNotKnownOfAnAuthorGivesNoRights) {
  nlohmann::json payload = payload_of("pull_request.opened");
  payload["pull_request"]["author_association"] = "FIRST_TIMER";
  EXPECT_EQ(read_as<PullRequestNotice>("pull_request.opened", payload).pull_request.association,
            forge::Association::first_time_contributor);
  payload["pull_request"]["author_association"] = "MANNEQUIN";
  EXPECT_EQ(read_as<PullRequestNotice>("pull_request.opened", payload).pull_request.association, forge::Association::none);
  payload["pull_request"]["user"] = nullptr;
  EXPECT_EQ(read_as<PullRequestNotice>("pull_request.opened", payload).pull_request.author, "ghost");
}

TEST(Webhook, WhoseForkAHeadIsInIsToldWhereThereIsOne) {
  nlohmann::json payload = payload_of("pull_request.opened");
  const auto owner = [&] { return read_as<PullRequestNotice>("pull_request.opened", payload).pull_request.head_owner; };
  nlohmann::json& head = payload["pull_request"]["head"];
  head["repo"]["owner"]["login"] = "eve";
  EXPECT_EQ(owner(), "eve");
  head["repo"]["owner"] = nullptr;
  EXPECT_EQ(owner(), "");
  head["repo"] = nullptr;
  EXPECT_EQ(owner(), "");
  head.erase("repo");
  EXPECT_EQ(owner(), "");
  head["repo"]["owner"]["login"] = "a b";
  EXPECT_THAT(error_of("pull_request.opened", payload), HasSubstr("pull_request.head.repo.owner.login"));
}

TEST(Webhook, ABranchThatMovedIsToldWithItsTip) {
  const auto notice = read_as<PushNotice>("push.branch");
  EXPECT_EQ(notice.repository, packages());
  EXPECT_EQ(notice.branch, "main");
  EXPECT_EQ(notice.tip, CommitId::parse(kHead).value());
  EXPECT_EQ(notice.before, CommitId::parse(kBase).value());
}

TEST(Webhook, ANewBranchWasNowhereBefore) {
  nlohmann::json payload = payload_of("push.branch");
  payload["before"] = std::string(40, '0');
  const auto notice = read_as<PushNotice>("push.branch", payload);
  EXPECT_EQ(notice.tip, CommitId::parse(kHead).value());
  EXPECT_EQ(notice.before, std::nullopt);
}

TEST(Webhook, ADeletedBranchHasNoTip) {
  const auto notice = read_as<PushNotice>("push.deleted");
  EXPECT_EQ(notice.branch, "feature/x");
  EXPECT_EQ(notice.tip, std::nullopt);
  EXPECT_EQ(notice.before, CommitId::parse(kBase).value());
}

TEST(Webhook, ATagIsNothingToUs) { EXPECT_THAT(read_as<NothingToDo>("push.tag").reason, HasSubstr("no branch")); }

TEST(Webhook, ACheckOfOursIsMadeAgain) {
  const auto notice = read_as<CheckActionNotice>("check_run.rerequested");
  EXPECT_EQ(notice.repository, packages());
  EXPECT_EQ(notice.head.to_string(), kHead);
  EXPECT_EQ(notice.check, "EkaCI");
  EXPECT_EQ(notice.identifier, "");
  EXPECT_EQ(notice.by, "berta-h");
}

TEST(Webhook, AButtonSaysWhichOneItIs) { EXPECT_EQ(read_as<CheckActionNotice>("check_run.requested_action").identifier, "approve"); }

TEST(Webhook, ASuiteIsAllOfItsChecks) {
  const auto notice = read_as<CheckActionNotice>("check_suite.rerequested");
  EXPECT_EQ(notice.check, "");
  EXPECT_EQ(notice.head.to_string(), kHead);
}

TEST(Webhook, ChecksOfOtherAppsAreNothingToUs) {
  for (const auto& [name, key] : {std::pair("check_run.rerequested", "check_run"), std::pair("check_suite.rerequested", "check_suite")}) {
    nlohmann::json payload = payload_of(name);
    payload[key]["app"]["id"] = 32;
    EXPECT_THAT(read_as<NothingToDo>(name, payload).reason, HasSubstr("another App"));
  }
}

TEST(Webhook, WhatWeDidOurselvesIsNothingToUs) {
  nlohmann::json payload = payload_of("check_run.rerequested");
  for (const char* action : {"created", "completed"}) {
    payload["action"] = action;
    EXPECT_THAT(read_as<NothingToDo>("check_run.rerequested", payload).reason, HasSubstr(action));
  }
}

TEST(Webhook, AMergeGroupIsToldAndGivenUp) {
  nlohmann::json payload = payload_of("merge_group.checks_requested");
  const auto wanted = read_as<MergeGroupNotice>("merge_group.checks_requested", payload);
  EXPECT_EQ(wanted.group.branch, "gh-readonly-queue/main/pr-12-" + kBase);
  EXPECT_EQ(wanted.group.head.to_string(), kHead);
  EXPECT_EQ(wanted.group.base.to_string(), kBase);
  EXPECT_FALSE(wanted.is_destroyed);
  payload["action"] = "destroyed";
  payload["reason"] = "invalidated";
  EXPECT_TRUE(read_as<MergeGroupNotice>("merge_group.checks_requested", payload).is_destroyed);
}

TEST(Webhook, AnInstallationListsWhatItAdds) {
  const auto notice = read_as<InstallationNotice>("installation.created");
  EXPECT_EQ(notice.installation.value, 99);
  EXPECT_FALSE(notice.is_gone);
  EXPECT_THAT(notice.added, testing::ElementsAre(forge::RepositoryId{4711}, forge::RepositoryId{4712}));
  EXPECT_TRUE(notice.removed.empty());
}

TEST(Webhook, AnInstallationThatIsSuspendedIsGone) {
  nlohmann::json payload = payload_of("installation.created");
  for (const auto& [action, is_gone] : {std::pair("deleted", true), std::pair("suspend", true), std::pair("unsuspend", false),
                                        std::pair("new_permissions_accepted", false)}) {
    payload["action"] = action;
    const auto notice = read_as<InstallationNotice>("installation.created", payload);
    EXPECT_EQ(notice.is_gone, is_gone) << action;
    EXPECT_EQ(notice.added.empty(), is_gone) << action;
    EXPECT_EQ(notice.has_other_rights, action == std::string_view("new_permissions_accepted")) << action;
  }
}

TEST(Webhook, RepositoriesLeaveAnInstallation) {
  const auto notice = read_as<InstallationNotice>("installation_repositories.removed");
  EXPECT_FALSE(notice.is_gone);
  EXPECT_TRUE(notice.added.empty());
  EXPECT_THAT(notice.removed, testing::ElementsAre(forge::RepositoryId{4712}));
}

TEST(Webhook, ARepositoryHasAnotherName) {
  nlohmann::json payload = payload_of("repository.renamed");
  EXPECT_EQ(read_as<RepositoryNotice>("repository.renamed", payload).repository, packages());
  payload["action"] = "archived";
  EXPECT_THAT(read_as<NothingToDo>("repository.renamed", payload).reason, HasSubstr("archived"));
}

TEST(Webhook, ADeletedRepositoryLeft) {
  nlohmann::json payload = payload_of("repository.renamed");
  payload["action"] = "deleted";
  EXPECT_THAT(read_as<InstallationNotice>("repository.renamed", payload).removed, testing::ElementsAre(forge::RepositoryId{4711}));
}

TEST(Webhook, CommentsAndReviewsAreForALaterVersion) {
  for (const std::string name : {"issue_comment.created", "pull_request_review.submitted"}) {
    EXPECT_THAT(read_as<NothingToDo>(name).reason, HasSubstr("later version")) << name;
  }
}

TEST(Webhook, EventsThatNobodyKnowsAreNothingToUs) {
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(read_webhook("sponsorship", "not even JSON", kUs).value()));
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(read_webhook("", "", kUs).value()));
}

TEST(Webhook, WhatIsMissingIsNamed) {
  const std::vector<std::pair<std::string, std::string>> needed = {{"pull_request.opened", "/pull_request/head/sha"},
                                                                   {"pull_request.opened", "/pull_request/base/ref"},
                                                                   {"pull_request.opened", "/pull_request/updated_at"},
                                                                   {"pull_request.opened", "/installation/id"},
                                                                   {"pull_request.opened", "/repository/full_name"},
                                                                   {"pull_request.opened", "/repository"},
                                                                   {"push.branch", "/ref"},
                                                                   {"push.branch", "/after"},
                                                                   {"push.branch", "/before"},
                                                                   {"push.branch", "/repository/default_branch"},
                                                                   {"check_run.rerequested", "/action"},
                                                                   {"check_run.rerequested", "/check_run/app/id"},
                                                                   {"check_run.requested_action", "/requested_action/identifier"},
                                                                   {"merge_group.checks_requested", "/merge_group/base_sha"},
                                                                   {"installation.created", "/repositories/1/id"}};
  for (const auto& [name, pointer] : needed) {
    const nlohmann::json::json_pointer place(pointer);
    nlohmann::json payload = payload_of(name);
    payload[place.parent_pointer()].erase(place.back());
    const std::string path = name == "installation.created" ? "repositories[1].id" : path_of(pointer);
    EXPECT_THAT(error_of(name, payload), StartsWith(path)) << name;
    EXPECT_THAT(error_of(name, payload), HasSubstr(": is missing")) << name << pointer;
  }
}

TEST(Webhook, WhatIsOfAnotherKindIsNamed) {
  const std::vector<std::pair<std::string, nlohmann::json>> wrong = {
      {"/pull_request/head/sha", 7},
      {"/pull_request/head/sha", "HEAD"},
      {"/pull_request/head/sha", std::string(39, '1')},
      {"/pull_request/head/sha", "--upload-pack=evil" + std::string(22, '1')},
      {"/pull_request/base/ref", "-evil"},
      {"/pull_request/base/ref", "a..b"},
      {"/pull_request/number", -1},
      {"/pull_request/number", 1.5},
      {"/pull_request/number", 18'446'744'073'709'551'615U},
      {"/pull_request/state", "merged"},
      {"/pull_request/draft", "yes"},
      {"/pull_request/title", std::string(5000, 'x')},
      {"/pull_request/updated_at", "yesterday"},
      {"/pull_request/updated_at", nlohmann::json::array()},
      {"/pull_request/user/login", "../../x"},
      {"/repository/full_name", "../.."},
      {"/repository/full_name", "a/b/c"},
      {"/repository/id", 0},
      {"/repository/private", nullptr},
      {"/installation/id", "99"},
  };
  for (const auto& [pointer, value] : wrong) {
    nlohmann::json payload = payload_of("pull_request.opened");
    payload[nlohmann::json::json_pointer(pointer)] = value;
    EXPECT_THAT(error_of("pull_request.opened", payload), StartsWith(path_of(pointer) + ": ")) << value.dump();
  }
}

TEST(Webhook, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "null", "[]", "7", "\"x\"", "{", "{}x", "{\"action\": \"\xff\"}", "\xef\xbb\xbf"}) {
    const Result<Notice> notice = read_webhook("pull_request", text, kUs);
    ASSERT_FALSE(notice) << text;
    EXPECT_EQ(notice.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(notice.error().to_string(), StartsWith("reading the webhook pull_request: "));
  }
}

TEST(Webhook, BombsAreRefusedBeforeTheyAreInMemory) {
  const std::string deep = "{\"a\":" + std::string(1'000'000, '[');
  EXPECT_THAT(read_webhook("push", deep, kUs).error().message(), HasSubstr("64 levels"));
  std::string wide = "[0";
  for (int i = 0; i < 1'000'001; ++i) wide += ",0";
  EXPECT_THAT(read_webhook("push", wide + "]", kUs).error().message(), HasSubstr("1000000 values"));
  EXPECT_FALSE(read_webhook("push", "{\"ref\": 1e999999}", kUs));
}

TEST(Webhook, SurvivesAnyOneByteThatIsOther) {
  const std::string text = payload_of("pull_request.opened").dump();
  EXPECT_TRUE(rc::check([&] {
    std::string other = text;
    other[*rc::gen::inRange<std::size_t>(0, other.size())] = *rc::gen::arbitrary<char>();
    const Result<Notice> notice = read_webhook("pull_request", other, kUs);
    if (!notice) RC_ASSERT(notice.error().code() == ErrorCode::invalid_argument);
  }));
}

/// GitHub's own examples, where scripts/setup has got them.
nlohmann::json examples_of_github() {
  std::ifstream file(EKACI_SOURCE_DIR "/tests/github/node_modules/@octokit/webhooks-examples/api.github.com/index.json");
  return file ? nlohmann::json::parse(file) : nlohmann::json::array();
}

TEST(Webhook, ReadsEveryExampleOfGitHubs) {
  const nlohmann::json events = examples_of_github();
  if (events.empty()) GTEST_SKIP() << "GitHub's examples are not there; scripts/setup gets them";
  std::size_t meaningful = 0;
  std::size_t pushes = 0;
  for (const nlohmann::json& event : events) {
    for (nlohmann::json payload : event.at("examples")) {
      payload["installation"]["id"] = 1;  // webhooks of an App have it; many of the examples are of repositories' own
      const Result<Notice> notice = read_webhook(event.at("name").get<std::string>(), payload.dump(), {29'310});
      ASSERT_TRUE(notice) << notice.error().to_string() << payload.dump(1);
      if (!std::holds_alternative<NothingToDo>(*notice)) ++meaningful;
      if (const auto* push = std::get_if<PushNotice>(&*notice)) {
        EXPECT_EQ(push->before.has_value(), !payload.at("created").get<bool>());
        EXPECT_EQ(push->tip.has_value(), !payload.at("deleted").get<bool>());
        ++pushes;
      }
    }
  }
  EXPECT_GT(meaningful, 50U);
  EXPECT_GT(pushes, 0U);
}

}  // namespace
}  // namespace ekaci::github
