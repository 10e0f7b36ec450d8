#include "model/store_path.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ekaci {
namespace {

TEST(StorePath, ParsesAndPrints) {
  const std::string text = "/nix/store/h1ypb5bmr9x2kmlfydwpvjnr97w065in-zstd-1.5.7.drv";
  const auto path = StorePath::parse(text);
  ASSERT_TRUE(path) << path.error().to_string();
  EXPECT_EQ(path->to_string(), text);
  EXPECT_EQ(path->name(), "zstd-1.5.7.drv");
  EXPECT_TRUE(path->is_derivation());
}

TEST(StorePath, RefusesWhatIsNone) {
  for (const char* text : {"", "/nix/store", "/nix/store/", "/nix/store/abc-x", "/nix/storeh1ypb5bmr9x2kmlfydwpvjnr97w065in-x",
                           "/nix/store/h1ypb5bmr9x2kmlfydwpvjnr97w065in-", "/nix/store/h1ypb5bmr9x2kmlfydwpvjnr97w065in-a/b",
                           "/nix/store/h1ypb5bmr9x2kmlfydwpvjnr97w065iu-x", "/nix/store/h1ypb5bmr9x2kmlfydwpvjnr97w065in_x",
                           "/tmp/h1ypb5bmr9x2kmlfydwpvjnr97w065in-x"}) {
    EXPECT_FALSE(StorePath::parse(text)) << text;
  }
}

TEST(StorePath, ADerivationIsCalledAsItsPathButForTheEnding) {
  EXPECT_EQ(without_drv("zstd-1.5.7.drv"), "zstd-1.5.7");
  EXPECT_EQ(without_drv("a.drv.drv"), "a.drv");
  EXPECT_EQ(without_drv("zstd-1.5.7.tar.gz"), "zstd-1.5.7.tar.gz");
  EXPECT_EQ(without_drv(".drv"), "");
  EXPECT_EQ(without_drv(""), "");
}

TEST(StorePath, HashRoundTrips) {
  EXPECT_TRUE(rc::check([](const StoreHash& hash) { RC_ASSERT(parse_nix_base32(to_nix_base32(hash)).value() == hash); }));
}

}  // namespace
}  // namespace ekaci
