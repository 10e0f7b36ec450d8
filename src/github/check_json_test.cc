#include "github/check_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace ekaci::github {
namespace {

using nlohmann::json;

constexpr std::string_view kServer = "https://ci.example";

Clock::Wall at(std::int64_t seconds) { return Clock::Wall(std::chrono::seconds(1'735'689'600 + seconds)); }

forge::OwedCheck owed(forge::CheckText text) {
  return {.id = {17},
          .version = 3,
          .repository = {.id = {4711}, .installation = {99}, .name = "o/n", .default_branch = "main", .is_private = false},
          .check = {.repository = {4711}, .head = CommitId::parse(std::string(40, 'a')).value(), .name = "EkaCI", .text = std::move(text)},
          .forge_id = {},
          .may_exist = false,
          .failures = 0};
}

forge::CheckText concluded() {
  return {.status = forge::CheckStatus::completed,
          .conclusion = forge::Conclusion::action_required,
          .title = "Approval is needed",
          .summary = "**why**",
          .text = "more",
          .annotations = {{.path = "pkgs/a.nix", .line = 7, .level = forge::Annotation::Level::warning, .title = "t", .message = "m"}},
          .actions = {{.identifier = "approve", .label = "Approve", .description = "Build this commit"}},
          .details_path = "/reviews/5",
          .started = at(0),
          .completed = at(61)};
}

TEST(CheckJson, OfAConcludedCheckHasAllOfIt) {
  const json expected = {
      {"name", "EkaCI"},
      {"head_sha", std::string(40, 'a')},
      {"external_id", "ekaci-17"},
      {"details_url", "https://ci.example/reviews/5"},
      {"status", "completed"},
      {"conclusion", "action_required"},
      {"started_at", "2025-01-01T00:00:00Z"},
      {"completed_at", "2025-01-01T00:01:01Z"},
      {"output",
       {{"title", "Approval is needed"},
        {"summary", "**why**"},
        {"text", "more"},
        {"annotations", json::array({{{"path", "pkgs/a.nix"},
                                      {"start_line", 7},
                                      {"end_line", 7},
                                      {"annotation_level", "warning"},
                                      {"title", "t"},
                                      {"message", "m"}}})}}},
      {"actions", json::array({{{"label", "Approve"}, {"description", "Build this commit"}, {"identifier", "approve"}}})}};
  EXPECT_EQ(json::parse(new_check_json(owed(concluded()), kServer)), expected);
}

TEST(CheckJson, OfAChangeDoesNotNameTheCommit) {
  json expected = json::parse(new_check_json(owed(concluded()), kServer));
  expected.erase("head_sha");
  EXPECT_EQ(json::parse(changed_check_json(owed(concluded()), kServer)), expected);
}

TEST(CheckJson, WhatRunsHasNoConclusionForThatWouldEndIt) {
  forge::CheckText text = concluded();
  text.status = forge::CheckStatus::in_progress;
  const json sent = json::parse(changed_check_json(owed(text), kServer));
  EXPECT_EQ(sent.at("status"), "in_progress");
  EXPECT_FALSE(sent.contains("conclusion"));
  EXPECT_FALSE(sent.contains("completed_at"));
}

TEST(CheckJson, WhatIsNotThereIsNotSent) {
  forge::CheckText text;
  text.title = "Waiting";
  const json expected = {{"name", "EkaCI"},
                         {"external_id", "ekaci-17"},
                         {"status", "queued"},
                         {"output", {{"title", "Waiting"}, {"summary", ""}}},
                         {"actions", json::array()}};
  EXPECT_EQ(json::parse(changed_check_json(owed(text), kServer)), expected);
}

TEST(CheckJson, StaysWithinGitHubsLimitsWhateverTheText) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, bool is_long) {
    forge::CheckText text = concluded();
    std::string much = bytes;
    while (is_long && !bytes.empty() && much.size() < 200'000) much += much;
    text.title = bytes;
    text.summary = much;
    text.text = much;
    text.annotations = std::vector<forge::Annotation>(60, text.annotations.front());
    text.annotations[0].message = much;
    text.annotations[0].title = much;
    text.actions = std::vector<forge::CheckAction>(5, text.actions.front());
    const json sent = json::parse(new_check_json(owed(text), kServer));
    RC_ASSERT(sent.at("output").at("annotations").size() == 50U);
    RC_ASSERT(sent.at("actions").size() == 3U);
    // A byte that is no UTF-8 becomes one character of three bytes.
    RC_ASSERT(sent.at("output").at("summary").get<std::string>().size() <= std::size_t{3} * forge::kMaxCheckText);
    RC_ASSERT(sent.at("output").at("annotations").at(0).value("title", "").size() <= std::size_t{3} * 255U);
  }));
}

}  // namespace
}  // namespace ekaci::github
