#include "drv/closure.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace ekaci::drv {
namespace {

StorePath named(char letter) {
  StoreHash hash{};
  hash.fill(static_cast<std::uint8_t>(letter));
  return StorePath::from_parts(hash, std::string(1, letter) + ".drv").value();
}

/// A store of derivations named by letters, whose inputs are letters; writes down what a walk did.
class Letters {
 public:
  explicit Letters(std::map<char, std::string> inputs) : inputs_(std::move(inputs)) {}

  Status walk(const std::string& roots, const std::string& known = "") {
    std::vector<StorePath> paths;
    for (const char root : roots) paths.push_back(named(root));
    return walk_closure(paths, {.load = [&](const StorePath& path) { return load(path); },
                                .known = [&](const StorePath& path) { return known.find(path.name()[0]) != std::string::npos; },
                                .sink = [&](const DerivationRecord& record) { heard += record.path.name()[0]; }});
  }

  std::string heard;
  std::string loaded;

 private:
  Result<DerivationRecord> load(const StorePath& path) {
    const char letter = path.name()[0];
    loaded += letter;
    const auto found = inputs_.find(letter);
    if (found == inputs_.end()) return fail(ErrorCode::not_found, "no {}", letter);
    DerivationRecord record{path, {}, {}};
    for (const char input : found->second) record.input_derivations.push_back(named(input));
    return record;
  }

  std::map<char, std::string> inputs_;
};

TEST(Closure, InputsComeBeforeUsersAndEachOnce) {
  Letters letters({{'a', "bc"}, {'b', "d"}, {'c', "d"}, {'d', ""}, {'e', "a"}});
  ASSERT_TRUE(letters.walk("aea"));
  EXPECT_EQ(letters.heard, "dbcae");
  EXPECT_EQ(letters.loaded.size(), 5U);
}

TEST(Closure, NothingBelowAKnownDerivationIsLoaded) {
  Letters letters({{'a', "bc"}, {'c', ""}});
  ASSERT_TRUE(letters.walk("a", "b"));
  EXPECT_EQ(letters.heard, "ca");
  EXPECT_EQ(letters.loaded, "ac");
}

TEST(Closure, WhatCannotBeLoadedEndsTheWalk) {
  Letters letters({{'a', "b"}});
  EXPECT_EQ(letters.walk("a").error().code(), ErrorCode::not_found);
  EXPECT_EQ(letters.heard, "");
}

TEST(Closure, CyclesAreCorrupt) {
  EXPECT_EQ(Letters({{'a', "a"}}).walk("a").error().code(), ErrorCode::corrupt);
  EXPECT_EQ(Letters({{'a', "b"}, {'b', "c"}, {'c', "b"}}).walk("a").error().code(), ErrorCode::corrupt);
}

TEST(Closure, AnyDepthIsWalkedWithoutRecursion) {
  constexpr std::uint32_t kDepth = 200'000;
  const auto numbered = [](std::uint32_t n) {
    StoreHash hash{};
    for (std::size_t byte = 0; byte < 4; ++byte) hash[byte] = static_cast<std::uint8_t>(n >> (8 * byte));
    return StorePath::from_parts(hash, std::to_string(n)).value();
  };
  const auto load = [&](const StorePath& path) -> Result<DerivationRecord> {
    const auto n = static_cast<std::uint32_t>(std::stoul(path.name()));
    DerivationRecord record{path, {}, {}};
    if (n > 0) record.input_derivations.push_back(numbered(n - 1));
    return record;
  };
  std::size_t heard = 0;
  const std::vector<StorePath> roots = {numbered(kDepth)};
  ASSERT_TRUE(walk_closure(
      roots, {.load = load, .known = [](const StorePath&) { return false; }, .sink = [&](const DerivationRecord&) { ++heard; }}));
  EXPECT_EQ(heard, kDepth + 1);
}

}  // namespace
}  // namespace ekaci::drv
