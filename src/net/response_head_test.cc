#include "net/response_head.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace ekaci::net {
namespace {

constexpr Clock::Wall kThen{std::chrono::seconds(784111777)};  // the standard's own example

TEST(ResponseHead, DatesAreWrittenAsTheStandardWants) { EXPECT_EQ(http_date(kThen), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(ResponseHead, SaysWhatIsNeeded) {
  EXPECT_EQ(
      response_head(Response::text(200, "abc"), {.keeps_connection = true, .now = kThen}),
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: keep-alive\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 3\r\n\r\n");
}

TEST(ResponseHead, FramingIsNotTheHandlers) {
  Response response = Response::empty(200);
  response.headers = {{.name = "content-length", .value = "9"},
                      {.name = "Transfer-Encoding", .value = "chunked"},
                      {.name = "connection", .value = "upgrade"}};
  EXPECT_EQ(response_head(response, {.now = kThen}),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, SomeAnswersHaveNoBody) {
  EXPECT_FALSE(has_body(Response::text(200, "x"), Method::head));
  EXPECT_FALSE(has_body(Response::text(204, "x"), Method::get));
  EXPECT_FALSE(has_body(Response::text(304, "x"), Method::get));
  EXPECT_TRUE(has_body(Response::text(404, "x"), Method::get));
  EXPECT_NE(response_head(Response::text(200, "abc"), {.method = Method::head}).find("Content-Length: 3"), std::string::npos);
  EXPECT_EQ(response_head(Response::empty(200), {.method = Method::head}).find("Content-Length"), std::string::npos);
  EXPECT_EQ(response_head(Response::empty(204), {}).find("Content-Length"), std::string::npos);
}

TEST(ResponseHead, WhatCouldBecomeAnotherFieldIsNotSent) {
  const auto with = [](std::string name, std::string value) {
    return Response{.headers = {{.name = std::move(name), .value = std::move(value)}}};
  };
  EXPECT_TRUE(is_sendable(with("ETag", "\"ü\"\t")));
  EXPECT_FALSE(is_sendable(with("Location", "/a\r\nSet-Cookie: b")));
  EXPECT_FALSE(is_sendable(with("X", std::string("a\0b", 3))));
  EXPECT_FALSE(is_sendable(with("X:", "a")));
  EXPECT_FALSE(is_sendable(with("", "a")));
  EXPECT_FALSE(is_sendable(Response::empty(99)));
  EXPECT_FALSE(is_sendable(Response::empty(600)));
}

TEST(Headers, AreFoundWhateverTheirCase) {
  Headers headers{{.name = "Link", .value = "a"}, {.name = "ETag", .value = "b"}};
  headers.add("LINK", "c");
  EXPECT_EQ(headers.find("link"), "a");
  EXPECT_EQ(headers.joined("liNK"), "a, c");
  EXPECT_EQ(headers.joined("none"), std::nullopt);
  headers.set("link", "d");
  EXPECT_EQ(headers.joined("Link"), "d");
  EXPECT_EQ(headers.size(), 2U);
}

}  // namespace
}  // namespace ekaci::net
