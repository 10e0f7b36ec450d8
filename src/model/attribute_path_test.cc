#include "model/attribute_path.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ekaci {
namespace {

TEST(AttributePath, QuotesWhatIsNoIdentifier) {
  EXPECT_EQ(AttributePath({"python3Packages", "zope.interface"}).to_string(), "python3Packages.\"zope.interface\"");
  EXPECT_EQ(AttributePath({"a", "1b", "or", ""}).to_string(), R"(a."1b"."or"."")");
  EXPECT_EQ(AttributePath({"a\"b\n${c}"}).to_string(), R"("a\"b\n\${c}")");
}

TEST(AttributePath, RefusesMalformedText) {
  for (const char* text : {".", "a.", "a..b", "\"a", "a\"b\"", "\"a\"b", "\"a\\"}) EXPECT_FALSE(AttributePath::parse(text)) << text;
}

TEST(AttributePath, RoundTrips) {
  rc::check([](const std::vector<std::string>& names) {
    const AttributePath path(names);
    RC_ASSERT(AttributePath::parse(path.to_string()).value() == path);
  });
}

}  // namespace
}  // namespace ekaci
