#include "api/setup_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <string>

namespace ekaci::api {
namespace {

using testing::HasSubstr;
using testing::Not;

SetupTerms terms() {
  return {.forge = "https://github.com", .server = "https://ci.example", .permissions = "checks: read and write", .events = "push"};
}

std::string policy_of(const net::Response& response) {
  return std::string(response.headers.find("Content-Security-Policy").value_or("none"));
}

net::Request form(std::string body, std::string type = "application/x-www-form-urlencoded") {
  net::Request request;
  request.method = net::Method::post;
  request.headers.add("Content-Type", std::move(type));
  request.body = std::move(body);
  return request;
}

TEST(SetupPages, GoNowhereButWhereTheyHaveTo) {
  EXPECT_THAT(policy_of(setup_form_page(terms(), {}, {})), HasSubstr("form-action 'self';"));
  const net::Response handover =
      setup_handover_page(terms(), {}, {.address = "https://github.com/settings/apps/new?state=x", .manifest = "{}"});
  EXPECT_THAT(policy_of(handover), HasSubstr("form-action https://github.com;"));
  EXPECT_THAT(policy_of(setup_done_page({})), HasSubstr("form-action 'none';"));
  EXPECT_THAT(policy_of(setup_refusal_page({})), HasSubstr("form-action 'none';"));
}

TEST(SetupPages, AreKeptAndToldNowhere) {
  const std::array pages{setup_form_page(terms(), {}, {}), setup_handover_page(terms(), {}, {}), setup_done_page({}),
                         setup_refusal_page({})};
  for (const net::Response& page : pages) {
    EXPECT_THAT(policy_of(page), HasSubstr("default-src 'none'; style-src 'sha256-"));
    EXPECT_THAT(policy_of(page), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(page.headers.find("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(page.headers.find("Cache-Control"), "no-store");
    EXPECT_EQ(page.headers.find("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(page.body, HasSubstr("<html lang=\"en\">"));
  }
}

TEST(SetupPages, AskAgainWithWhatWasFilledIn) {
  const SetupForm filled{.organization = "acme & co", .name = "<b>"};
  const net::Response page = setup_form_page(terms(), filled, "no \"such\" thing");
  EXPECT_EQ(page.status, 422);
  EXPECT_THAT(page.body, HasSubstr("value=\"acme &amp; co\""));
  EXPECT_THAT(page.body, HasSubstr("value=\"&lt;b&gt;\""));
  EXPECT_THAT(page.body, HasSubstr("role=\"alert\">no &quot;such&quot; thing<"));
  EXPECT_EQ(setup_form_page(terms(), {}, {}).status, 200);
}

TEST(SetupPages, BringTheManifestAsItIs) {
  const net::Response page = setup_handover_page(terms(), {.organization = "acme", .name = "EkaCI"},
                                                 {.address = "https://g.example/?a=1&b", .manifest = R"({"a":"'<"})"});
  EXPECT_THAT(page.body, HasSubstr("action=\"https://g.example/?a=1&amp;b\""));
  EXPECT_THAT(page.body, HasSubstr("value=\"{&quot;a&quot;:&quot;&#39;&lt;&quot;}\""));
  EXPECT_THAT(page.body, HasSubstr("the organisation acme"));
}

TEST(SetupPages, SayWhoTheFirstAdministratorIs) {
  EXPECT_THAT(setup_done_page({.name = "EkaCI", .install = "https://g.example/i", .admin = "rae"}).body, HasSubstr("<strong>rae</strong>"));
  EXPECT_THAT(setup_done_page({.name = "EkaCI", .install = "https://g.example/i", .admin = ""}).body, HasSubstr("ekaci admin add"));
  EXPECT_THAT(setup_done_page({.name = "EkaCI", .install = "https://g.example/i", .admin = ""}).body,
              HasSubstr("href=\"https://g.example/i\""));
}

TEST(SetupPages, ShowWhateverTextAsText) {
  const auto tags = [](const std::string& page) { return std::count(page.begin(), page.end(), '<'); };
  EXPECT_TRUE(rc::check([&](const std::string& text) {
    const SetupTerms any{.forge = text, .server = text, .permissions = text, .events = text};
    const SetupTerms none{.forge = "", .server = "", .permissions = "", .events = ""};
    const SetupForm filled{.organization = "o" + text, .name = text};
    const SetupForm empty{.organization = "o", .name = ""};
    RC_ASSERT(tags(setup_form_page(any, filled, "p" + text).body) == tags(setup_form_page(none, empty, "p").body));
    RC_ASSERT(tags(setup_handover_page(any, filled, {text, text}).body) == tags(setup_handover_page(none, empty, {"", ""}).body));
    RC_ASSERT(tags(setup_done_page({text, text, "a" + text}).body) == tags(setup_done_page({"", "", "a"}).body));
    RC_ASSERT(tags(setup_refusal_page({400, text, text}).body) == tags(setup_refusal_page({400, "", ""}).body));
  }));
}

TEST(SetupForm, IsReadAsBrowsersPostIt) {
  const SetupForm read = read_setup_form(form("organization=+acme+&name=EkaCI+%26+co")).value();
  EXPECT_EQ(read.organization, "acme");
  EXPECT_EQ(read.name, "EkaCI & co");
  EXPECT_TRUE(read_setup_form(form("", "Application/x-www-form-urlencoded; charset=utf-8")));
}

TEST(SetupForm, IsNothingElse) {
  EXPECT_FALSE(read_setup_form(form("name=x", "text/plain")));
  EXPECT_FALSE(read_setup_form(form("name=%zz")));
  EXPECT_FALSE(read_setup_form(form("name=%ff")));
  EXPECT_FALSE(read_setup_form(form("name=a b")));
  EXPECT_FALSE(read_setup_form(form("name=" + std::string(5000, 'a'))));
}

}  // namespace
}  // namespace ekaci::api
