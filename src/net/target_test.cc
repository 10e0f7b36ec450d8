#include "net/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "net/url.h"

namespace ekaci::net {
namespace {

using ::testing::ElementsAre;

TEST(Target, PathsAreSplitAndDecoded) {
  EXPECT_THAT(parse_target("/api/reviews/42").value().segments, ElementsAre("api", "reviews", "42"));
  EXPECT_THAT(parse_target("/repos/a%2Fb/c%20d").value().segments, ElementsAre("repos", "a/b", "c d"));
  EXPECT_THAT(parse_target("/").value().segments, ElementsAre(""));
  EXPECT_THAT(parse_target("/a/").value().segments, ElementsAre("a", ""));
  EXPECT_EQ(parse_target("/a%2Fb?c").value().path, "/a%2Fb");
}

TEST(Target, QueriesAreDecoded) {
  const Target target = parse_target("/x?q=a+b%26c&empty=&flag&&q=2&n%61me==").value();
  EXPECT_EQ(target.query.find("q"), "a b&c");
  EXPECT_THAT(target.query.find_all("q"), ElementsAre("a b&c", "2"));
  EXPECT_EQ(target.query.find("empty"), "");
  EXPECT_EQ(target.query.find("flag"), "");
  EXPECT_EQ(target.query.find("name"), "=");
  EXPECT_EQ(target.query.find("none"), std::nullopt);
}

TEST(Target, AbsoluteOnesCountByTheirPath) { EXPECT_EQ(parse_target("http://host:1/a?b=c").value(), parse_target("/a?b=c").value()); }

TEST(Target, WhatIsNoPathIsRefused) {
  for (const char* bad : {"",     "*",    "a",    "host:443", "ftp://host/", "/a b", "/\x01", "/a#b",    "/ü",      "/%",
                          "/%zz", "/%00", "/%0a", "/a/../b",  "/%2e%2e/b",   "/.",   "/%ff",  "/?a=%00", "/?a=%ff", "/?%=1"}) {
    EXPECT_EQ(parse_target(bad).error().code(), ErrorCode::invalid_argument) << bad;
  }
}

TEST(Target, BoundsHold) {
  std::string deep;
  for (std::size_t i = 0; i < kMaxSegments; ++i) deep += "/a";
  EXPECT_TRUE(parse_target(deep));
  EXPECT_FALSE(parse_target(deep + "/a"));
  std::string many = "/?";
  for (std::size_t i = 0; i < kMaxQueryParameters; ++i) many += "a&";
  EXPECT_TRUE(parse_target(many));
  EXPECT_FALSE(parse_target(many + "a"));
  EXPECT_FALSE(parse_target("/" + std::string(kMaxUrlBytes, 'a')));
}

TEST(Target, WhatIsTakenIsText) {
  EXPECT_TRUE(rc::check([](const std::string& path, const std::string& query) {
    const auto target = parse_target("/" + path + "?" + query);
    if (!target) return;
    for (const std::string& segment : target->segments) {
      RC_ASSERT((is_utf8(segment) && segment != "." && segment != ".."));
      RC_ASSERT(std::ranges::none_of(segment, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    }
    for (const auto& [name, value] : target->query.parameters()) RC_ASSERT((is_utf8(name) && is_utf8(value)));
  }));
}

TEST(Target, WhatOurClientEncodesIsReadAgain) {
  EXPECT_TRUE(rc::check([](const std::string& name, const std::string& value) {
    const std::string clean_name = to_utf8(name);
    const std::string clean_value = to_utf8(value);
    RC_PRE((clean_name.find('\0') == std::string::npos && clean_value.find('\0') == std::string::npos));
    const auto target = parse_target("/?" + encode_query({{clean_name, clean_value}}));
    RC_ASSERT(target.value().query.parameters() == (std::vector<QueryParameter>{{.name = clean_name, .value = clean_value}}));
  }));
}

}  // namespace
}  // namespace ekaci::net
