#include "api/subject_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "net/router.h"

namespace ekaci::api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kForge = "https://github.example";

net::Request request_of(std::string owner, std::string repository, std::string name, std::string value) {
  net::Request request;
  request.parameters.add("owner", std::move(owner));
  request.parameters.add("repository", std::move(repository));
  request.parameters.add(std::move(name), std::move(value));
  return request;
}

net::Response pull_request(std::string owner, std::string repository, std::string number) {
  return pull_request_page(request_of(std::move(owner), std::move(repository), "number", std::move(number)), kForge);
}

net::Response commit(std::string id) { return commit_page(request_of("acme", "pkgs", "commit", std::move(id)), kForge); }

std::string header_of(const net::Response& response, std::string_view name) {
  return std::string(response.headers.find(name).value_or(""));
}

std::string replaced(std::string_view text, std::string_view part, std::string_view by) {
  std::string made;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part)) {
    made.append(text.substr(0, at)).append(by);
    text.remove_prefix(at + part.size());
  }
  return made.append(text);
}

TEST(SubjectPages, LinkBackToTheForge) {
  const net::Response page = pull_request("acme", "pkgs.nix", "12");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("href=\"https://github.example/acme/pkgs.nix/pull/12\""));
  EXPECT_THAT(page.body, HasSubstr("Back to the pull request"));
  const std::string id(40, 'a');
  EXPECT_THAT(commit(id).body, HasSubstr("href=\"https://github.example/acme/pkgs/commit/" + id + "\""));
}

TEST(SubjectPages, SayTheSameOfEverySubject) {
  EXPECT_EQ(replaced(pull_request("acme", "pkgs", "12").body, "/acme/pkgs/pull/12", "X"),
            replaced(pull_request("other", "vault", "999").body, "/other/vault/pull/999", "X"));
}

TEST(SubjectPages, LoadAndRunAndTellNothing) {
  const net::Response page = pull_request("acme", "pkgs", "1");
  EXPECT_THAT(header_of(page, "Content-Security-Policy"), HasSubstr("default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(header_of(page, "Content-Security-Policy"), HasSubstr("form-action 'none'; base-uri 'none'; frame-ancestors 'none'"));
  EXPECT_EQ(header_of(page, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header_of(page, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
}

TEST(SubjectPages, AreNotThereForWhatCannotBeASubject) {
  for (const char* bad : {".", "..", "a b", "a/b", "<b>", "a\"b", "javascript:x", "%2e", "a?b", "a#b", "a\\b", "ä"}) {
    EXPECT_EQ(pull_request(bad, "pkgs", "1").status, 404) << bad;
    EXPECT_EQ(pull_request("acme", bad, "1").status, 404) << bad;
    EXPECT_THAT(pull_request("acme", bad, "1").body, Not(HasSubstr(bad))) << bad;
  }
  EXPECT_EQ(pull_request(std::string(40, 'a'), "pkgs", "1").status, 404);
  EXPECT_EQ(pull_request("acme", std::string(101, 'a'), "1").status, 404);
  for (const char* bad : {"0", "-1", "+1", "1x", "x", "9223372036854775808", "99999999999999999999"}) {
    EXPECT_EQ(pull_request("acme", "pkgs", bad).status, 404) << bad;
  }
  for (const std::string& bad : {std::string("abc"), std::string(40, 'A'), std::string(41, 'a'), std::string(39, 'a') + "/"}) {
    EXPECT_EQ(commit(bad).status, 404) << bad;
  }
}

TEST(SubjectPages, WhateverIsAskedForNeverMakesHtmlOfIt) {
  EXPECT_TRUE(rc::check([](const std::string& owner, const std::string& repository, const std::string& number) {
    const net::Response page = pull_request(owner, repository, number);
    if (page.status == 404) return;
    const std::string address = "https://github.example/" + owner + "/" + repository + "/pull/";
    RC_ASSERT(page.body.find("href=\"" + address) != std::string::npos);
    RC_ASSERT(address.find_first_of("<>&\"' %?#\\") == std::string::npos);
  }));
}

TEST(SubjectPages, AreRoutes) {
  net::Router router;
  const auto handler = [](const net::Request&, const net::Responder&) {};
  ASSERT_TRUE(router.add(net::Method::get, kPullRequestPages, handler));
  ASSERT_TRUE(router.add(net::Method::get, kCommitPages, handler));
  const auto finds = [&](std::string_view path) {
    return std::holds_alternative<net::Router::Found>(router.find(net::Method::get, net::parse_target(path).value()));
  };
  EXPECT_TRUE(finds("/acme/pkgs/pr/12"));
  EXPECT_TRUE(finds("/acme/pkgs/commit/" + std::string(40, 'a')));
  EXPECT_FALSE(finds("/acme/pkgs/pr/12/"));
  EXPECT_FALSE(finds("/acme/pkgs"));
}

}  // namespace
}  // namespace ekaci::api
