#include "review/derivation_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace ekaci::review {
namespace {

EvaluatedDerivation derivation(std::string name) {
  return {.path = *StorePath::from_parts({}, "from-path-2.0.drv"), .name = std::move(name), .outputs = {"out"}};
}

TEST(DerivationName, SplitsAsNixDoes) {
  // Each pair is what `builtins.parseDrvName` gives in Nix 2.8.
  EXPECT_EQ(split_derivation_name("hello-2.12.1"), (DerivationName{"hello", "2.12.1"}));
  EXPECT_EQ(split_derivation_name("nix-0.12pre12876"), (DerivationName{"nix", "0.12pre12876"}));
  EXPECT_EQ(split_derivation_name("python3.11-zope-interface-5.4"), (DerivationName{"python3.11-zope-interface", "5.4"}));
  EXPECT_EQ(split_derivation_name("a-b-c"), (DerivationName{"a-b-c", ""}));
  EXPECT_EQ(split_derivation_name("a--b"), (DerivationName{"a", "-b"}));
  EXPECT_EQ(split_derivation_name("trailing-"), (DerivationName{"trailing-", ""}));
  EXPECT_EQ(split_derivation_name("-1"), (DerivationName{"", "1"}));
  EXPECT_EQ(split_derivation_name(""), (DerivationName{"", ""}));
  EXPECT_EQ(split_derivation_name("a-unstable-2024-01-02"), (DerivationName{"a-unstable", "2024-01-02"}));
}

TEST(DerivationName, SplittingLosesOnlyTheDash) {
  EXPECT_TRUE(rc::check([](const std::string& name) {
    const DerivationName parts = split_derivation_name(name);
    RC_ASSERT((parts.version.empty() ? parts.name : parts.name + "-" + parts.version) == name);
  }));
}

TEST(DerivationName, FallsBackToTheStorePath) {
  EXPECT_EQ(full_name(derivation("")), "from-path-2.0");
  EXPECT_EQ(full_name(derivation("own-1")), "own-1");
}

TEST(DerivationName, SaysWhatMoved) {
  EXPECT_EQ(name_change(derivation("a-1.0"), derivation("a-1.0")), std::nullopt);
  EXPECT_EQ(name_change(derivation("a-1.0"), derivation("a-1.1")), "1.0 → 1.1");
  EXPECT_EQ(name_change(derivation("a-1.0"), derivation("b-1.0")), "a-1.0 → b-1.0");
  EXPECT_EQ(name_change(derivation("a"), derivation("a-1.0")), "a → a-1.0");
}

}  // namespace
}  // namespace ekaci::review
