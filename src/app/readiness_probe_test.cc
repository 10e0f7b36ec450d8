#include "app/readiness_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace ekaci::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Readiness : public ::testing::Test {
 protected:
  /// Why it is not ready, by the name of the check; empty where it is.
  std::string why(std::string_view name) {
    clock_.advance(ReadinessProbe::kHolds);
    for (const api::ReadinessCheck& check : probe_.look()) {
      if (check.name == name) return check.why;
    }
    return "there is no such check";
  }

  fake::ManualClock clock_;
  Log log_{LogLevel::error};
  Status database_{};
  Status inbox_{};
  Clock::Instant::duration desk_{};
  Clock::Instant::duration publisher_{};
  std::optional<std::uint64_t> free_ = 100;
  int looks_ = 0;
  ReadinessProbe probe_{{.read_database =
                             [this] {
                               ++looks_;
                               return database_;
                             },
                         .write_inbox = [this] { return inbox_; },
                         .desk_busy = [this] { return desk_; },
                         .publisher_busy = [this] { return publisher_; },
                         .free_bytes = [this] { return free_; },
                         .keep_free = 100,
                         .clock = clock_,
                         .log = log_}};
};

TEST_F(Readiness, IsGoodWhereEverythingIs) {
  for (const char* name : {"database", "inbox", "desk", "publisher", "disk"}) EXPECT_EQ(why(name), "") << name;
}

TEST_F(Readiness, TellsStrangersNoPaths) {
  database_ = fail(ErrorCode::corrupt, "/var/lib/ekaci/ekaci.db is damaged");
  inbox_ = fail(ErrorCode::resource_exhausted, "/var/lib/ekaci/ekaci.db: the disk is full");
  for (const char* name : {"database", "inbox"}) {
    EXPECT_NE(why(name), "");
    EXPECT_THAT(why(name), Not(HasSubstr("/var")));
  }
}

TEST_F(Readiness, AThreadThatIsLongAtOneThingHangs) {
  desk_ = ReadinessProbe::kDeskHangs;
  publisher_ = ReadinessProbe::kPublisherHangs + std::chrono::seconds(1);
  EXPECT_EQ(why("desk"), "");
  EXPECT_THAT(why("publisher"), HasSubstr("301 s"));
}

TEST_F(Readiness, WantsAsMuchRoomAsIsToStayFree) {
  EXPECT_EQ(why("disk"), "");
  free_ = 99;
  EXPECT_THAT(why("disk"), HasSubstr("99 B are free, and [retention] keep_free is 100 B"));
  free_ = std::nullopt;
  EXPECT_NE(why("disk"), "");
}

TEST_F(Readiness, IsLookedAtOnceHoweverManyAsk) {
  for (int i = 0; i < 100; ++i) probe_.look();
  EXPECT_EQ(looks_, 1);
  clock_.advance(ReadinessProbe::kHolds);
  probe_.look();
  EXPECT_EQ(looks_, 2);
}

}  // namespace
}  // namespace ekaci::app
