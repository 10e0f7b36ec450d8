#include "net/router.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ekaci::net {
namespace {

/// Answers with its name and the parameters of its pattern.
Handler named(std::string name) {
  return [name = std::move(name)](const Request& request, Responder responder) {
    responder.answer(
        Response::text(200, name + ":" + std::string(request.parameters.get("id")) + ":" + std::string(request.parameters.get("log"))));
  };
}

Response ask(const Router& router, Method method, std::string_view target) {
  Response answered;
  router.handle({.method = method, .target = parse_target(target).value()},
                Responder([&](Response response) { answered = std::move(response); }));
  return answered;
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    EXPECT_TRUE(router_.add(Method::get, "/", named("root")));
    EXPECT_TRUE(router_.add(Method::get, "/reviews/{id}", named("review")));
    EXPECT_TRUE(router_.add(Method::remove, "/reviews/{id}", named("delete")));
    EXPECT_TRUE(router_.add(Method::get, "/reviews/latest", named("latest")));
    EXPECT_TRUE(router_.add(Method::post, "/reviews/new", named("new")));
    EXPECT_TRUE(router_.add(Method::get, "/reviews/{id}/logs/{log}", named("log")));
    EXPECT_TRUE(router_.add(Method::get, "/{id}/latest/logs/{log}", named("far")));
  }
  Router router_;
};

TEST_F(RouterTest, FindsExactPathsAndPatterns) {
  EXPECT_EQ(ask(router_, Method::get, "/").body, "root::");
  EXPECT_EQ(ask(router_, Method::get, "/reviews/42").body, "review:42:");
  EXPECT_EQ(ask(router_, Method::remove, "/reviews/42").body, "delete:42:");
  EXPECT_EQ(ask(router_, Method::get, "/reviews/a%2Fb/logs/c").body, "log:a/b:c");
}

TEST_F(RouterTest, TheLiteralFurthestLeftWinsAmongThoseOfTheMethod) {
  EXPECT_EQ(ask(router_, Method::get, "/reviews/latest").body, "latest::");
  EXPECT_EQ(ask(router_, Method::get, "/reviews/new").body, "review:new:");
  EXPECT_EQ(ask(router_, Method::post, "/reviews/new").body, "new::");
  EXPECT_EQ(ask(router_, Method::get, "/reviews/latest/logs/x").body, "log:latest:x");
}

TEST_F(RouterTest, UnknownPathsAreJson) {
  for (const char* target : {"/none", "/reviews", "/reviews/", "/reviews/42/", "//", "/REVIEWS/42"}) {
    const Response response = ask(router_, Method::get, target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.headers.find("content-type"), "application/json");
    EXPECT_EQ(response.body, "{\"error\":\"there is nothing at " + std::string(target) + "\"}\n");
  }
}

TEST_F(RouterTest, OtherMethodsAreNamed) {
  const Response response = ask(router_, Method::put, "/reviews/latest");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.find("Allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(ask(router_, Method::options, "/reviews/new").headers.find("Allow"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(ask(router_, Method::options, "/reviews/new").status, 204);
  EXPECT_EQ(ask(router_, Method::options, "/none").status, 404);
}

TEST_F(RouterTest, HeadIsFoundWhereGetIs) {
  EXPECT_EQ(ask(router_, Method::head, "/reviews/42").body, "review:42:");
  EXPECT_EQ(ask(router_, Method::head, "/reviews/new").status, 200);
}

TEST_F(RouterTest, RefusesPatternsThatAreNoneOrTwice) {
  for (const char* bad : {"", "reviews", "/{", "/{}", "/a{b}", "/{a}b", "/a%20b", "/{a}/{a}", "/a?b"}) {
    EXPECT_EQ(router_.add(Method::get, bad, named("x")).error().code(), ErrorCode::invalid_argument) << bad;
  }
  EXPECT_EQ(router_.add(Method::get, "/reviews/{other}", named("x")).error().code(), ErrorCode::conflict);
  EXPECT_TRUE(router_.add(Method::post, "/reviews/{other}", named("x")));
  EXPECT_EQ(router_.add(Method::head, "/x", named("x")).error().code(), ErrorCode::invalid_argument);
}

TEST(PathParameters, NumbersAreStrict) {
  PathParameters parameters;
  parameters.add("id", "18446744073709551615");
  parameters.add("large", "18446744073709551616");
  parameters.add("signed", "-1");
  parameters.add("space", " 1");
  EXPECT_EQ(parameters.number("id"), UINT64_MAX);
  for (const char* name : {"large", "signed", "space", "none"}) EXPECT_EQ(parameters.number(name), std::nullopt) << name;
}

TEST(Responder, AnswersOnceAndNeverNot) {
  std::vector<int> statuses;
  const auto note = [&](const Response& response) { statuses.push_back(response.status); };
  {
    Responder responder(note);
    responder.answer(Response::empty(204));
    responder.answer(Response::empty(200));
  }
  {
    const Responder dropped(note);
  }
  {
    Responder first(note);
    Responder moved(std::move(first));
    moved = Responder(note);
    moved.answer(Response::empty(202));
  }
  EXPECT_EQ(statuses, (std::vector<int>{204, 500, 500, 202}));
}

TEST(Response, ErrorsAreJsonWhateverTheyHold) {
  EXPECT_EQ(Response::error(400, "a \"b\"\n\xff").body, "{\"error\":\"a \\\"b\\\"\\n\xef\xbf\xbd\"}\n");
}

}  // namespace
}  // namespace ekaci::net
