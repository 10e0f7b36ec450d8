#include "nix/answer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace ekaci::nix {
namespace {

constexpr const char* kPath = "/nix/store/00000000000000000000000000000000-a.drv";

Result<Answer> parse(std::string_view reply) { return parse_answer(reply, "/t"); }
std::string netstring(const std::string& text) { return std::to_string(text.size()) + ":" + text + ","; }
std::string derivation() { return "d" + netstring(kPath); }
Metadata metadata_of(const std::string& fields) { return std::get<MetadataAnswer>(*parse("m" + fields)).metadata; }

TEST(Answer, ReadsAnswers) {
  EXPECT_TRUE(std::holds_alternative<FailedDerivation>(*parse("f")));
  EXPECT_TRUE(std::holds_alternative<UnlistedSet>(*parse("s")));
  EXPECT_EQ(std::get<OtherValue>(*parse("olambda")).type, "lambda");
  EXPECT_EQ(std::get<ListedSet>(*parse("l")).names.size(), 0U);
  EXPECT_EQ(std::get<ListedSet>(*parse("l0:,1::,3:a,b,")).names, (std::vector<std::string>{"", ":", "a,b"}));
  EXPECT_FALSE(std::get<RefusalAnswer>(*parse("r")).refused);
  EXPECT_TRUE(std::get<RefusalAnswer>(*parse("ra")).refused);
  EXPECT_EQ(std::get<RefusalAnswer>(*parse("rbi")).refusal.reasons,
            (std::set<RefusalReason>{RefusalReason::broken, RefusalReason::insecure}));
  EXPECT_EQ(std::get<FoundDerivation>(*parse(derivation())).path.to_string(), kPath);
}

TEST(Answer, TakesNoAnswerThatItWouldNotGive) {
  for (const char* reply : {"", "x", "fx", "sx", "l1:a", "l2:a,", "l1:b,1:a,", "l1:a,1:a,", "l-1:a,", "l99999999999999999999:a,", "rz", "d",
                            "mz", "mn", "mn3:ab,", "d1:a"}) {
    const auto answer = parse(reply);
    ASSERT_FALSE(answer) << reply;
    EXPECT_EQ(answer.error().code(), ErrorCode::corrupt) << reply;
  }
  for (const char* path : {"/etc/passwd", "/nix/store/00000000000000000000000000000000-a", "/nix/store/../x.drv"}) {
    const auto answer = parse("d" + netstring(path));
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().code(), ErrorCode::invalid_argument) << path;
  }
}

RC_GTEST_PROP(Answer, CarriesNamesOfAnyBytes, (const std::set<std::string>& names)) {
  std::string reply = "l";
  for (const std::string& name : names) reply += std::to_string(name.size()) + ":" + name + ",";
  const auto answer = parse(reply);
  RC_ASSERT(answer.has_value());
  RC_ASSERT(std::ranges::equal(std::get<ListedSet>(*answer).names, names));
}

RC_GTEST_PROP(Answer, SurvivesAnyReply, (const std::string& reply)) {
  [[maybe_unused]] const auto plain = parse(reply);
  [[maybe_unused]] const auto listed = parse("l" + reply);
}

TEST(Answer, ReadsMetadata) {
  const std::string fields = "n" + netstring("hello") + "v" + netstring("1.0") + "d" + netstring("says: hi, you") + "l" + netstring("MIT") +
                             "l" + netstring("ISC") + "a" + netstring("ada") + "b" + "p" + netstring("/t/pkgs/a:b.nix:7");
  const Metadata expected{.pname = "hello",
                          .version = "1.0",
                          .description = "says: hi, you",
                          .licences = {"MIT", "ISC"},
                          .maintainers = {"ada"},
                          .broken = true,
                          .position = SourcePosition{.file = "pkgs/a:b.nix", .line = 7}};
  EXPECT_EQ(metadata_of(fields), expected);
  EXPECT_EQ(std::get<FoundDerivation>(*parse(derivation() + "m" + fields)).metadata, expected);
  EXPECT_EQ(metadata_of(""), Metadata{});
}

TEST(Answer, TellsMetadataThatFailedFromNone) {
  EXPECT_FALSE(std::get<FoundDerivation>(*parse(derivation())).metadata_failed);
  EXPECT_TRUE(std::get<FoundDerivation>(*parse(derivation() + "!")).metadata_failed);
  EXPECT_FALSE(parse(derivation() + "?"));
}

TEST(Answer, TakesAPackageWithVulnerabilitiesForInsecure) { EXPECT_TRUE(metadata_of("k" + netstring("CVE-1")).insecure); }

TEST(Answer, LeavesPositionsOutsideTheTreeOut) {
  EXPECT_EQ(metadata_of("q" + netstring("/t/a.nix:3:9")).position, (SourcePosition{.file = "a.nix", .line = 3, .column = 9}));
  for (const char* place : {"/nix/store/x/a.nix:3", "/t", "/t:3", "/t/:3", "/tree/a.nix:3", "/t/a.nix", "/t/a.nix:", "/t/a.nix:-1", ""}) {
    EXPECT_EQ(metadata_of("p" + netstring(place)).position, std::nullopt) << place;
  }
}

}  // namespace
}  // namespace ekaci::nix
