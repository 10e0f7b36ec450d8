#include "model/attribute_path.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"

namespace ekaci {
namespace {

TEST(AttributePath, QuotesWhatIsNoIdentifier) {
  EXPECT_EQ(AttributePath({"python3Packages", "zope.interface"}).to_string(), "python3Packages.\"zope.interface\"");
  EXPECT_EQ(AttributePath({"a", "1b", "or", ""}).to_string(), R"(a."1b"."or"."")");
  EXPECT_EQ(AttributePath({"a\"b\n${c}"}).to_string(), R"("a\"b\n\${c}")");
}

TEST(AttributePath, ShowsBytesThatHaveNoLook) {
  EXPECT_EQ(AttributePath({"a\x1b[31m", "\xff\xc3z", "\x7f"}).to_string(), R"("a\x1b[31m"."\xff\xc3z"."\x7f")");
  EXPECT_EQ(AttributePath({"\\x1b"}).to_string(), R"("\\x1b")");
  EXPECT_EQ(AttributePath({"h\u00e9llo"}).to_string(), "\"h\u00e9llo\"");
  EXPECT_EQ(AttributePath::parse(R"("\x1b\xg1\x1")").value(), AttributePath({"\x1bxg1x1"}));
}

TEST(AttributePath, IsWrittenAsUtf8) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& names) { RC_ASSERT(is_utf8(AttributePath(names).to_string())); }));
}

TEST(AttributePath, RefusesMalformedText) {
  for (const char* text : {".", "a.", "a..b", "\"a", "a\"b\"", "\"a\"b", "\"a\\"}) EXPECT_FALSE(AttributePath::parse(text)) << text;
}

TEST(AttributePath, RoundTrips) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& names) {
    const AttributePath path(names);
    RC_ASSERT(AttributePath::parse(path.to_string()).value() == path);
  }));
}

}  // namespace
}  // namespace ekaci
