#include "nix/installation.h"

#include <gtest/gtest.h>

namespace ekaci::nix {
namespace {

TEST(Installation, AcceptsNixAndLixThatAreNewEnough) {
  for (const char* version : {"nix (Nix) 2.8.0", "nix (Nix) 2.26.3", "nix (Nix) 2.31pre20250712_fab1de5", "nix (Lix, like Nix) 2.90.0",
                              "nix (Nix) 3.0", "nix (Determinate Nix 3.1.1) 2.26.3"}) {
    EXPECT_TRUE(check_version(version)) << version;
  }
}

TEST(Installation, NamesWhatIsTooOldOrNoVersion) {
  for (const char* version : {"nix (Nix) 2.3.16", "nix (Nix) 2.7.0", "nix (Nix) 1.11", "", "hello", "2"}) {
    const Status checked = check_version(version);
    ASSERT_FALSE(checked) << version;
    EXPECT_EQ(checked.error().code(), ErrorCode::unavailable);
  }
  EXPECT_EQ(check_version("nix (Nix) 2.3.16").error().message(), "nix (Nix) 2.3.16 is too old: EkaCI needs Nix 2.8 or newer, or Lix");
}

TEST(Installation, FindsTheMachinesNix) {
  const auto installation = find_installation({}, "/", {});
  ASSERT_TRUE(installation) << installation.error().to_string();
  EXPECT_TRUE(installation->program.is_absolute());
  EXPECT_EQ(installation->is_in_store(), !installation->closure.empty());
}

}  // namespace
}  // namespace ekaci::nix
