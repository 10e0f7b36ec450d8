#include "forge/check.h"

#include <gtest/gtest.h>

#include <string>

namespace ekaci::forge {
namespace {

TEST(Check, ATextThatIsTooLongIsCutAtTheEndOfALine) {
  const std::string line = "- `first`\n";
  const CheckText check = within_limits({.summary = line + "- `" + std::string(kMaxCheckText, 'x') + "`\n"});
  EXPECT_EQ(check.summary.find(line), 0U);
  EXPECT_EQ(check.summary.find("`x"), std::string::npos) << "half of a code span is no code";
  EXPECT_NE(check.summary.find("… cut"), std::string::npos);
}

TEST(Check, ATextOfOneLineThatIsTooLongIsLeftOut) {
  const CheckText check = within_limits({.summary = "`" + std::string(kMaxCheckText, 'x') + "`"});
  EXPECT_EQ(check.summary.find('`'), std::string::npos);
}

TEST(Check, ATextThatFitsIsKept) {
  const std::string text(kMaxCheckText, 'x');
  EXPECT_EQ(within_limits({.summary = text}).summary, text);
}

}  // namespace
}  // namespace ekaci::forge
