#include "review/package_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <tuple>
#include <vector>

namespace ekaci::review {
namespace {

TEST(PackageName, SplitsNameVersionAndOutput) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"openssl-3.0.8", "openssl", "3.0.8"},
      {"openssl-3.0.8-dev", "openssl", "3.0.8"},
      {"openssl-3.0.8-lib32", "openssl", "3.0.8"},
      {"glibc-2.35-224-bin", "glibc", "2.35-224"},
      {"apache-httpd-2.0.48", "apache-httpd", "2.0.48"},
      {"qt-6.5.0-installedTests", "qt", "6.5.0"},
      {"python3.11-requests-2.28.1", "python3.11-requests", "2.28.1"},
      {"setup-hook", "setup-hook", ""},
      {"hook-dev", "hook", ""},
      {"git-1.0-unstable", "git", "1.0-unstable"},
      {"tool-1.0-tests", "tool", "1.0-tests"},
      {"kdeconnect-kde", "kdeconnect-kde", ""},
      {"dev", "dev", ""},
      {"-dev", "-dev", ""},
      {"lib-", "lib-", ""},
      {"1.0-man", "1.0", ""},
  };
  for (const auto& [full, name, version] : cases) EXPECT_EQ(package_of(full), (DerivationName{name, version})) << full;
}

TEST(PackageVersion, IsInTheOrderOfNix) {
  // Nix's own examples (tests/functional/lang/eval-okay-versions.nix), and what they leave open.
  const std::vector<std::string> ascending{"",    "2.0.0-pre1", "2.0.0", "2.1pre3", "2.1", "2.2.1", "2.2-5b",
                                           "2.3", "2.3a",       "2.3.0", "2.3.1",   "2.5", "2.10",  "2.100000000000000000000",
                                           "3"};
  for (std::size_t left = 0; left < ascending.size(); ++left) {
    for (std::size_t right = 0; right < ascending.size(); ++right) {
      EXPECT_TRUE(compare_versions(ascending[left], ascending[right]) == (left <=> right)) << ascending[left] << " " << ascending[right];
    }
  }
}

TEST(PackageVersion, EqualAreOnlyEqualTexts) {
  EXPECT_TRUE(compare_versions("1-0", "1.0") < 0);
  EXPECT_TRUE(compare_versions("1.01", "1.1") < 0);
  EXPECT_TRUE(compare_versions("1.0", "1.0") == 0);
}

TEST(PackageVersion, AnyThreeAreInOneOrder) {
  EXPECT_TRUE(rc::check([] {
    const auto version = rc::gen::container<std::string>(rc::gen::elementOf(std::string("012.-apre")));
    const std::string a = *version;
    const std::string b = *version;
    const std::string c = *version;
    RC_ASSERT((compare_versions(a, b) == 0) == (a == b));
    RC_ASSERT((compare_versions(a, b) < 0) == (compare_versions(b, a) > 0));
    if (compare_versions(a, b) < 0 && compare_versions(b, c) < 0) RC_ASSERT((compare_versions(a, c) < 0));
  }));
}

}  // namespace
}  // namespace ekaci::review
