#include "app/gc_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ekaci::app {
namespace {

using retention::Kind;
using retention::Reason;
using testing::HasSubstr;
using testing::Not;

retention::Swept swept() {
  return {.is_dry = true,
          .before = {.taken = 4096, .free = 1024},
          .after = {.taken = 1024, .free = 4096},
          .lines = {{.kind = Kind::trees, .why = Reason::age, .count = 3, .bytes = 1024},
                    {.kind = Kind::logs, .why = Reason::budget, .count = 120, .bytes = 1024},
                    {.kind = Kind::sizes, .why = Reason::age, .count = 1'204'311, .bytes = 1024}}};
}

TEST(GcReport, IsATable) {
  EXPECT_EQ(gc_table(gc_json(swept(), "/state")).value(),
            "what    number     size  why\n"
            "trees        3  1.0 KiB  not used for longer than it is kept\n"
            "logs       120  1.0 KiB  least recently used, to keep within the bounds of disk and keep_free\n"
            "sizes  1204311  1.0 KiB  not used for longer than it is kept\n"
            "would drop 3.0 KiB of /state: 1.0 KiB would be left, 4.0 KiB free\n");
}

TEST(GcReport, TellsWhatCannotBeHad) {
  retention::Swept some = swept();
  EXPECT_THAT(gc_table(gc_json(some, "/state")).value(), Not(HasSubstr("cannot")));
  some.missing = 2048;
  EXPECT_THAT(gc_table(gc_json(some, "/state")).value(), HasSubstr("2.0 KiB more should go and cannot"));
}

TEST(GcReport, SaysThatThereIsNothingToDrop) {
  EXPECT_EQ(gc_table(gc_json({.after = {.taken = 512, .free = 1024}}, "/a\nb")).value(),
            "nothing to drop: /a b takes 512 B, 1.0 KiB are free\n");
}

TEST(GcReport, NonsenseIsAnError) {
  for (const char* text : {"", "{}", "[1]", R"({"dryRun": 3})"}) EXPECT_EQ(gc_table(text).error().code(), ErrorCode::corrupt) << text;
}

}  // namespace
}  // namespace ekaci::app
