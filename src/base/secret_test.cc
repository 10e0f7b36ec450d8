#include "base/secret.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace ekaci {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  { out << value } -> std::convertible_to<std::ostream&>;
};

static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!Streamable<Secret>);
static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_convertible_v<std::string, Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);

TEST(Secret, RevealsWhatItHolds) {
  const std::string bytes("a\0b\xff", 4);
  const Secret secret{std::string(bytes)};
  EXPECT_EQ(secret.reveal(), bytes);
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_FALSE(secret.is_empty());
  EXPECT_TRUE(Secret().is_empty());
}

TEST(Secret, OverwritesTheTextThatItTakes) {
  for (const std::size_t length : {std::size_t{5}, std::size_t{5000}}) {
    std::string text(length, 's');
    const char* const where = text.data();
    const Secret secret(std::move(text));
    EXPECT_EQ(secret.size(), length);
    EXPECT_TRUE(text.empty());      // NOLINT(bugprone-use-after-move): what is left is what is tested
    EXPECT_EQ(text.data(), where);  // the buffer is still there to be looked at
    EXPECT_EQ(where[length - 1], '\0');
  }
}

TEST(Secret, MovingLeavesNothingBehind) {
  Secret first{std::string("first")};
  Secret second(std::move(first));
  EXPECT_TRUE(first.is_empty());  // NOLINT(bugprone-use-after-move): a moved-from secret is empty
  EXPECT_EQ(second.reveal(), "first");
  Secret third{std::string("third")};
  third = std::move(second);
  EXPECT_EQ(third.reveal(), "first");
  EXPECT_TRUE(second.is_empty());  // NOLINT(bugprone-use-after-move): as above
  Secret& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.reveal(), "first");
}

TEST(Secret, IsEqualToItsOwnBytesAlone) {
  const Secret secret{std::string("hunter2")};
  EXPECT_TRUE(is_equal(secret, "hunter2"));
  EXPECT_FALSE(is_equal(secret, "hunter3"));
  EXPECT_FALSE(is_equal(secret, "Hunter2"));
  EXPECT_FALSE(is_equal(secret, "hunter"));
  EXPECT_FALSE(is_equal(secret, "hunter22"));
  EXPECT_FALSE(is_equal(secret, ""));
  EXPECT_TRUE(is_equal(Secret(), ""));
}

}  // namespace
}  // namespace ekaci
