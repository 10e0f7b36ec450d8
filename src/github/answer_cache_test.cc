#include "github/answer_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

namespace ekaci::github {
namespace {

TEST(AnswerCache, FindsWhatWasKeptLast) {
  AnswerCache cache(10'000);
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.keep("a", {.tag = "1", .link = {}, .body = "old"});
  cache.keep("a", {.tag = "2", .link = {}, .body = "new"});
  ASSERT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("a")->tag, "2");
  EXPECT_EQ(cache.find("a")->body, "new");
}

TEST(AnswerCache, WhatWasNotUsedForLongestGoesFirst) {
  AnswerCache cache(4'000);
  const std::string body(1000, 'x');
  for (const char* key : {"a", "b", "c"}) cache.keep(key, {.tag = key, .link = {}, .body = body});
  cache.find("a");
  cache.keep("d", {.tag = "d", .link = {}, .body = body});
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("d"), nullptr);
}

TEST(AnswerCache, AnAnswerThatIsTooLargeTakesTheOldOneAwayAndIsNotKept) {
  AnswerCache cache(4'000);
  cache.keep("a", {.tag = "1", .link = {}, .body = "small"});
  cache.keep("a", {.tag = "2", .link = {}, .body = std::string(3000, 'x')});
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AnswerCache, NeverHoldsMoreThanItMay) {
  EXPECT_TRUE(rc::check([] {
    AnswerCache cache(5'000);
    const auto steps =
        *rc::gen::container<std::vector<std::pair<int, int>>>(rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 3000)));
    for (const auto& [key, size] : steps) {
      const std::string name = std::to_string(key);
      const std::string body(static_cast<std::size_t>(size), 'x');
      cache.keep(name, {.tag = "t", .link = {}, .body = body});
      RC_ASSERT(cache.bytes() <= 5'000U);
      if (size >= 2'000) continue;
      const auto kept = cache.find(name);
      RC_ASSERT(kept != nullptr);
      RC_ASSERT(kept->body == body);
    }
  }));
}

}  // namespace
}  // namespace ekaci::github
