#include "github/app_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/files.h"
#include "github/fake_github_test.h"

namespace ekaci::github {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kApi = "https://api.example/v3";
const std::string kConversion = "POST /v3/app-manifests/a-Code_1/conversions";

AppManifest manifest() {
  return {.name = "EkaCI \"here\"",
          .home = "https://ci.example",
          .webhook = "https://ci.example/github/webhook",
          .return_page = "https://ci.example/setup/done"};
}

TEST(AppManifest, HasWhatGitHubWantsAndTheAppNeeds) {
  EXPECT_EQ(
      json::parse(manifest_json(manifest())),
      (json{{"name", "EkaCI \"here\""},
            {"url", "https://ci.example"},
            {"hook_attributes", {{"url", "https://ci.example/github/webhook"}, {"active", true}}},
            {"redirect_url", "https://ci.example/setup/done"},
            {"public", false},
            {"default_permissions",
             {{"checks", "write"}, {"contents", "read"}, {"metadata", "read"}, {"pull_requests", "read"}, {"merge_queues", "read"}}},
            {"default_events",
             {"pull_request", "pull_request_review", "issue_comment", "push", "check_run", "check_suite", "merge_group", "repository"}}}));
}

/// As the documentation has it: the least, and what more is needed where.
std::string documented_permissions() {
  std::string list = list_permissions({});
  const std::string least = "pull requests: read";
  for (const AppUse use : {AppUse{.labels = true}, AppUse{.comments = true}}) {
    EXPECT_EQ(list_permissions(use), std::string(list).replace(list.find(least), least.size(), least + " and write"));
  }
  return list.replace(list.find(least), least.size(), least + " (and write, where `[labels]` or `[comments]` are asked for)");
}

TEST(AppManifest, IsWhatTheDocumentationSays) {
  const std::string text = read_file(std::filesystem::path(EKACI_SOURCE_DIR) / "docs/server.md", std::uint64_t{1} << 20U).value();
  EXPECT_THAT(text, HasSubstr("\n| permissions | " + documented_permissions() + " |\n"));
  EXPECT_THAT(text, HasSubstr("\n| events | " + list_events() + " |\n"));
}

TEST(AppManifest, NamesNoEventThatComesByItself) {
  for (const std::string_view event : app_events()) EXPECT_FALSE(event.starts_with("installation")) << event;
}

TEST(AppManifest, GoesToThePersonsOrTheOrganisationsSettings) {
  EXPECT_EQ(registration_address("https://github.com", "", "s"), "https://github.com/settings/apps/new?state=s");
  EXPECT_EQ(registration_address("https://g.example", "acme", "s"), "https://g.example/organizations/acme/settings/apps/new?state=s");
}

class ManifestConversion : public testing::Test {
 protected:
  static json app(const std::string& owner_type = "User") {
    return {{"id", 31},
            {"slug", "ekaci"},
            {"name", "EkaCI"},
            {"html_url", "https://github.com/apps/ekaci"},
            {"client_id", "Iv1.1"},
            {"client_secret", "between-us"},
            {"webhook_secret", "signed-with"},
            {"pem", test_key().pkcs1},
            {"owner", {{"login", "rae-m"}, {"type", owner_type}}}};
  }
  Result<RegisteredApp> convert(const std::string& code = "a-Code_1") { return convert_manifest(kApi, code, github_.transport(), {}); }
  Result<RegisteredApp> convert(const json& answer) {
    github_.answer(kConversion, 201, answer.dump());
    return convert();
  }

  TurnedClock clock_;
  FakeGitHub github_{clock_};
};

TEST_F(ManifestConversion, GivesTheAppAndItsSecrets) {
  const RegisteredApp made = convert(app()).value();
  EXPECT_EQ(made.id.value, 31);
  EXPECT_EQ(made.name, "EkaCI");
  EXPECT_EQ(made.page, "https://github.com/apps/ekaci");
  EXPECT_EQ(made.client_id, "Iv1.1");
  EXPECT_EQ(made.owner, "rae-m");
  EXPECT_TRUE(made.is_owned_by_user);
  EXPECT_EQ(made.private_key.reveal(), test_key().pkcs1);
  EXPECT_EQ(made.webhook_secret.reveal(), "signed-with");
  EXPECT_EQ(made.client_secret.reveal(), "between-us");
}

TEST_F(ManifestConversion, IsAskedForByNobody) {
  convert(app());
  const net::ClientRequest request = github_.requests().front();
  EXPECT_FALSE(request.headers.contains("Authorization"));
  EXPECT_TRUE(request.body.empty());
  EXPECT_LE(request.largest_answer, std::uint64_t{1} << 20U);
}

TEST_F(ManifestConversion, TellsWhoseTheAppIs) {
  const RegisteredApp of_organisation = convert(app("Organization")).value();
  EXPECT_FALSE(of_organisation.is_owned_by_user);
  json enterprise = app();
  enterprise["owner"] = {{"slug", "big"}, {"name", "Big"}};
  const RegisteredApp of_enterprise = convert(enterprise).value();
  EXPECT_FALSE(of_enterprise.is_owned_by_user);
  EXPECT_EQ(of_enterprise.owner, "big");
  EXPECT_FALSE(convert(app("Bot")).value().is_owned_by_user);
}

TEST_F(ManifestConversion, TakesNoAppThatLacksWhatIsNeeded) {
  for (const char* key : {"id", "name", "html_url", "client_id", "client_secret", "webhook_secret", "pem", "owner"}) {
    json without = app();
    without.erase(key);
    EXPECT_EQ(convert(without).error().code(), ErrorCode::unavailable) << key;
    json with_nothing = app();
    with_nothing[key] = nullptr;
    EXPECT_EQ(convert(with_nothing).error().code(), ErrorCode::unavailable) << key;
  }
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"pem", "no key"}, {"html_url", "javascript:alert(1)"}, {"html_url", "https://u:p@g.example"}, {"webhook_secret", ""}}) {
    json wrong = app();
    wrong[key] = value;
    EXPECT_EQ(convert(wrong).error().code(), ErrorCode::unavailable) << key;
  }
  github_.answer(kConversion, 201, "<html>");
  EXPECT_EQ(convert().error().code(), ErrorCode::unavailable);
}

TEST_F(ManifestConversion, SaysWhetherTryingAgainMayHelp) {
  github_.answer(kConversion, 404, R"({"message":"Not Found"})");
  EXPECT_EQ(convert().error().code(), ErrorCode::not_found);
  github_.answer(kConversion, 422, R"({"message":"no"})");
  EXPECT_EQ(convert().error().code(), ErrorCode::invalid_argument);
  github_.answer(kConversion, 502, "");
  EXPECT_EQ(convert().error().code(), ErrorCode::unavailable);
  github_.be_unreachable(kConversion, ErrorCode::resource_exhausted);
  EXPECT_EQ(convert().error().code(), ErrorCode::unavailable);
  github_.be_unreachable(kConversion, ErrorCode::cancelled);
  EXPECT_EQ(convert().error().code(), ErrorCode::cancelled);
}

TEST_F(ManifestConversion, NeverTellsTheCode) {
  const Transport failing = [](const net::ClientRequest& request, const CancelToken&) -> Result<net::ClientResponse> {
    return fail(ErrorCode::unavailable, "POST {} and {}: no route", request.url, request.url);
  };
  const std::string said = convert_manifest(kApi, "a-Code_1", failing, {}).error().to_string();
  EXPECT_THAT(said, HasSubstr("no route"));
  EXPECT_THAT(said, Not(HasSubstr("a-Code_1")));
  github_.answer(kConversion, 404, R"({"message":"a-Code_1 is unknown"})");
  EXPECT_THAT(convert().error().to_string(), Not(HasSubstr("a-Code_1")));
}

TEST_F(ManifestConversion, AsksForNothingThatIsNoCode) {
  for (const std::string& code : {std::string(), std::string("a/b"), std::string(".."), std::string("a b"), std::string("a?b"),
                                  std::string("a\nb"), std::string(201, 'a')}) {
    EXPECT_EQ(convert(code).error().code(), ErrorCode::invalid_argument) << code;
  }
  EXPECT_TRUE(github_.requests().empty());
}

}  // namespace
}  // namespace ekaci::github
