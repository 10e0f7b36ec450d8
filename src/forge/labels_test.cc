#include "forge/labels.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <iterator>
#include <set>

namespace ekaci::forge {
namespace {

const LabelPolicy kPolicy{.prefix = "rebuilds: ", .thresholds = {1, 11, 101}};

TEST(Labels, NameTheBand) {
  EXPECT_EQ(label_for(kPolicy, 0), "rebuilds: 0");
  EXPECT_EQ(label_for(kPolicy, 1), "rebuilds: 1-10");
  EXPECT_EQ(label_for(kPolicy, 10), "rebuilds: 1-10");
  EXPECT_EQ(label_for(kPolicy, 11), "rebuilds: 11-100");
  EXPECT_EQ(label_for(kPolicy, 101), "rebuilds: 101+");
  EXPECT_EQ(label_for({.prefix = "", .thresholds = {2, 3}}, 1), "0-1");
  EXPECT_EQ(label_for({.prefix = "", .thresholds = {2, 3}}, 2), "2");
}

TEST(Labels, AreOursWhateverTheirCase) {
  EXPECT_TRUE(is_ours("Rebuilds: 7", "rebuilds: "));
  EXPECT_FALSE(is_ours("rebuild", "rebuilds: "));
  EXPECT_FALSE(is_ours("no rebuilds: 1", "rebuilds: "));
}

TEST(Labels, MoreRebuildsAreNeverInALowerBand) {
  EXPECT_TRUE(rc::check([] {
    const auto some = *rc::gen::nonEmpty(rc::gen::container<std::set<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 1'000'000'001)));
    const LabelPolicy policy{.prefix = "", .thresholds = {some.begin(), some.end()}};
    const auto count = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'100);
    const std::string label = label_for(policy, count);
    RC_ASSERT(label.size() <= 20U);
    // The band's first number is the largest threshold that is not above the count.
    const auto above = some.upper_bound(count);
    const std::uint64_t first = above == some.begin() ? 0 : *std::prev(above);
    RC_ASSERT(std::stoull(label) == first);
    RC_ASSERT(label.ends_with('+') == (above == some.end()));
  }));
}

}  // namespace
}  // namespace ekaci::forge
