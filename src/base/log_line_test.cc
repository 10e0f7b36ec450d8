#include "base/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"

namespace ekaci {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Clock::Wall kTime{std::chrono::milliseconds(1'700'000'000'007)};

TEST(LogLine, OfTextHasTheFieldsAtItsEnd) {
  const std::vector<LogField> fields{{"review", "12"}, {"subject", "branch main"}, {"repository", "o/r"}, {"request", ""}};
  EXPECT_EQ(text_line({.message = "merge", .fields = fields}), R"(merge review=12 subject="branch main" repository=o/r request="")");
}

TEST(LogLine, OfTextCannotForgeFields) {
  const std::vector<LogField> fields{{"subject", "x review=7"}, {"repository", "a\" review=8"}};
  EXPECT_EQ(text_line({.message = "m", .fields = fields}), R"(m subject="x review=7" repository="a\" review=8")");
}

TEST(LogLine, OfJsonIsOneObject) {
  const std::vector<LogField> fields{{"review", "12"}, {"subject", "branch \"\\main"}};
  EXPECT_EQ(json_line({.level = LogLevel::warning, .message = "two\nlines", .fields = fields}, kTime),
            R"({"time":"2023-11-14T22:13:20.007Z","level":"warning","message":"two lines","review":"12","subject":"branch \"\\main"})");
}

TEST(LogLine, HasNothingThatMovesACursor) {
  const std::vector<LogField> fields{{"subject", "\x1b[2J\u202e"}};
  const std::string json = json_line({.message = "\x1b]0;title\a", .fields = fields}, kTime);
  EXPECT_THAT(json, Not(HasSubstr("\x1b")));
  EXPECT_THAT(json, Not(HasSubstr("\u202e")));
  EXPECT_THAT(nlohmann::json::parse(json).at("subject").get<std::string>(), Not(HasSubstr("\u202e")));
}

TEST(LogLine, OfJsonSaysWhatTheTextSaysWhateverItHolds) {
  EXPECT_TRUE(rc::check([](const std::string& message, const std::string& value) {
    const std::vector<LogField> fields{{"subject", value}};
    const std::string json = json_line({.message = message, .fields = fields}, kTime);
    RC_ASSERT(json.find('\n') == std::string::npos);
    RC_ASSERT(text_line({.message = message, .fields = fields}).find('\n') == std::string::npos);
    const nlohmann::json read = nlohmann::json::parse(json);
    RC_ASSERT(read.at("message").get<std::string>() == printable_line(message));
    RC_ASSERT(read.at("subject").get<std::string>() == printable_line(value));
  }));
}

TEST(Log, BindsAKeyOnce) {
  ::testing::internal::CaptureStderr();
  const Log log(LogLevel::info, LogFormat::json);
  log.with("review", "1").with("review", "2").info("said {}", "so");
  log.with("review", "3").debug("not written");
  log.info("plain");
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, HasSubstr(R"("message":"said so","review":"2"})"));
  EXPECT_THAT(written, HasSubstr(R"("message":"plain"})"));
  EXPECT_THAT(written, Not(HasSubstr("not written")));
}

}  // namespace
}  // namespace ekaci
