#include "base/html_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace ekaci {
namespace {

TEST(HtmlText, EscapesWhatEndsTextOrAnAttribute) {
  EXPECT_EQ(html_line("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(html_line("a\nb"), "a b");
  EXPECT_EQ(html_block("a\nb"), "a\nb");
}

TEST(HtmlText, NeverLeavesWhatEndsTextOrAnAttribute) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    RC_ASSERT(html_line(text).find_first_of("<>\"'\n") == std::string::npos);
    RC_ASSERT(html_block(text).find_first_of("<>\"'") == std::string::npos);
  }));
}

}  // namespace
}  // namespace ekaci
