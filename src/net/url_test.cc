#include "net/url.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ekaci::net {
namespace {

TEST(Url, SegmentsAreEncodedWholly) {
  EXPECT_EQ(encode_path_segment("pkgs/a.nix"), "pkgs%2Fa.nix");
  EXPECT_EQ(encode_path_segment("a b?c#d%e+f"), "a%20b%3Fc%23d%25e%2Bf");
  EXPECT_EQ(encode_path_segment("ü"), "%C3%BC");
  EXPECT_EQ(encode_path_segment("A-z_0.9~"), "A-z_0.9~");
}

TEST(Url, QueriesAreEncoded) {
  EXPECT_EQ(encode_query({{"state", "open"}, {"q", "a b&c=d"}}), "state=open&q=a%20b%26c%3Dd");
  EXPECT_EQ(encode_query({}), "");
}

TEST(Url, DecodingNeedsTwoDigits) {
  EXPECT_EQ(decode_percent("a%2Fb+c").value(), "a/b+c");
  for (const char* bad : {"%", "%2", "a%zz", "%%20", "%+1"}) EXPECT_FALSE(decode_percent(bad)) << bad;
}

TEST(Url, PartsAreFound) {
  const Url url = parse_url("HTTPS://API.Example.org:8443/repos/a%2Fb?per_page=100&page=2").value();
  EXPECT_EQ(url, (Url{.scheme = "https", .host = "api.example.org", .port = 8443, .path = "/repos/a%2Fb", .query = "per_page=100&page=2"}));
  EXPECT_EQ(url.origin(), "https://api.example.org:8443");
  EXPECT_EQ(parse_url("http://[::1]:80").value().host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:80").value().to_string(), "http://[::1]:80/");
  EXPECT_EQ(parse_url("http://a?x").value().to_string(), "http://a/?x");
  EXPECT_EQ(parse_url("http://a").value().effective_port(), 80);
  EXPECT_EQ(parse_url("https://a").value().effective_port(), 443);
}

TEST(Url, AllElseIsRefused) {
  for (const char* bad : {"",
                          "/path",
                          "//host/path",
                          "ftp://host/",
                          "file:///etc/passwd",
                          "http://",
                          "http:///x",
                          "http://a b/",
                          "http://a:0/",
                          "http://a:65536/",
                          "http://a:/",
                          "http://a:1x/",
                          "http://[::1/",
                          "http://[]/",
                          "http://[::1]x/",
                          "http://a/\n",
                          "http://a/#b",
                          "http://a/%zz",
                          "http://a\\b/",
                          "http://a/ü"}) {
    EXPECT_EQ(parse_url(bad).error().code(), ErrorCode::invalid_argument) << bad;
  }
  EXPECT_FALSE(parse_url("http://a/" + std::string(kMaxUrlBytes, 'x')));
}

TEST(Url, PasswordsAreRefusedAndNotShown) {
  const Error error = parse_url("https://user:hunter2@host/").error();
  EXPECT_EQ(error.to_string().find("hunter2"), std::string::npos);
  EXPECT_NE(error.message().find("password"), std::string::npos);
}

TEST(Url, WhatIsEncodedIsDecodedAgain) {
  EXPECT_TRUE(rc::check([](const std::string& text) { RC_ASSERT(decode_percent(encode_path_segment(text)).value() == text); }));
}

TEST(Url, WhatIsParsedIsPrintedAndParsedAgain) {
  EXPECT_TRUE(rc::check([](const std::string& segment, const std::vector<std::pair<std::string, std::string>>& query, std::uint16_t port) {
    const std::string text =
        "http://host:" + std::to_string(std::max<std::uint16_t>(port, 1)) + "/" + encode_path_segment(segment) + "?" + encode_query(query);
    const auto url = parse_url(text);
    RC_ASSERT(url.has_value() == (text.size() <= kMaxUrlBytes));
    if (url) RC_ASSERT(parse_url(url->to_string()).value() == *url);
  }));
}

TEST(Url, AnyBytesAreParsedOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto url = parse_url("http://" + text);
    if (url) RC_ASSERT(parse_url(url->to_string()).value() == *url);
  }));
}

}  // namespace
}  // namespace ekaci::net
