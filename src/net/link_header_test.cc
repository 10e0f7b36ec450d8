#include "net/link_header.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ekaci::net {
namespace {

TEST(LinkHeader, FindsTheNextPage) {
  const auto links =
      parse_links(R"(<https://api.example.org/items?page=2&q=a,b;c>; rel="next", <https://api.example.org/items?page=9>; rel="last")");
  EXPECT_EQ(find_link(links.value(), "next"), "https://api.example.org/items?page=2&q=a,b;c");
  EXPECT_EQ(find_link(links.value(), "last"), "https://api.example.org/items?page=9");
  EXPECT_EQ(find_link(links.value(), "prev"), std::nullopt);
}

TEST(LinkHeader, TakesWhatTheStandardAllows) {
  const auto links = parse_links(",, <a> ; REL=\"Prev next\" ;; title=\"x \\\"y\\\", z\";flag ,\t<b>;rel = first,<c>");
  ASSERT_EQ(links.value().size(), 3U);
  EXPECT_TRUE(links->at(0).has_relation("NEXT"));
  EXPECT_TRUE(links->at(0).has_relation("prev"));
  EXPECT_FALSE(links->at(0).has_relation(""));
  EXPECT_EQ(links->at(0).find("title"), "x \"y\", z");
  EXPECT_EQ(links->at(0).find("flag"), "");
  EXPECT_EQ(find_link(*links, "first"), "b");
  EXPECT_EQ(links->at(2), Link{.target = "c"});
  EXPECT_TRUE(parse_links("").value().empty());
}

TEST(LinkHeader, RefusesWhatIsNone) {
  for (const char* bad : {"a", "<a", "<a> b", "<a>; rel=\"next", "<a>; =x", "<a>; b c=d", "<a>,b"}) {
    EXPECT_EQ(parse_links(bad).error().code(), ErrorCode::corrupt) << bad;
  }
}

TEST(LinkHeader, BoundsHold) {
  std::string many;
  for (std::size_t i = 0; i < kMaxLinks; ++i) many += "<a>,";
  EXPECT_TRUE(parse_links(many));
  EXPECT_FALSE(parse_links(many + "<a>"));
  EXPECT_FALSE(parse_links(std::string(kMaxLinkHeaderBytes + 1, ',')));
}

TEST(LinkHeader, WhatIsWrittenIsReadAgain) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::string, std::string>>& pages) {
    RC_PRE(pages.size() <= kMaxLinks);
    std::string header;
    std::vector<Link> expected;
    for (const auto& [any, title] : pages) {
      std::string target = any;
      std::ranges::replace(target, '>', '<');
      std::string quoted;
      for (const char c : title) quoted += std::string("\\") + c;
      header += "<" + target + ">; rel=next; title=\"" + quoted + "\", ";
      expected.push_back({.target = target, .parameters = {{.name = "rel", .value = "next"}, {.name = "title", .value = title}}});
    }
    RC_ASSERT(parse_links(header).value() == expected);
  }));
}

TEST(LinkHeader, AnyBytesAreReadOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const auto links = parse_links("<" + bytes);
    if (!links) RC_ASSERT(links.error().code() == ErrorCode::corrupt);
  }));
}

}  // namespace
}  // namespace ekaci::net
