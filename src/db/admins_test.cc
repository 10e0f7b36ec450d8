#include "db/admins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/database.h"
#include "db/test_data.h"

namespace ekaci::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Admins : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<SqliteAdmins> open() const { return SqliteAdmins::open({.file = directory.file()}, clock).value(); }

  TemporaryDirectory directory;
  StoppedClock clock;
  std::unique_ptr<SqliteDatabase> database = SqliteDatabase::open({.file = directory.file()}, clock).value();
  std::unique_ptr<SqliteAdmins> admins = open();
};

TEST_F(Admins, AreKnownWhateverTheCaseOfTheirLogins) {
  EXPECT_TRUE(admins->add("Rae-M").value());
  EXPECT_FALSE(admins->add("rae-m").value());
  EXPECT_TRUE(admins->has("RAE-m").value());
  EXPECT_FALSE(admins->has("rae").value());
  EXPECT_THAT(admins->list().value(), ElementsAre("Rae-M"));
  EXPECT_TRUE(admins->remove("rAe-m").value());
  EXPECT_FALSE(admins->remove("Rae-M").value());
  EXPECT_THAT(admins->list().value(), IsEmpty());
}

TEST_F(Admins, AreListedByTheAlphabet) {
  for (const char* login : {"zoe", "Ann", "bo"}) EXPECT_TRUE(admins->add(login).value());
  EXPECT_THAT(admins->list().value(), ElementsAre("Ann", "bo", "zoe"));
}

TEST_F(Admins, OfOneProcessAreKnownToTheNextCallOfAnother) {
  const auto other = open();
  EXPECT_TRUE(other->add("ann").value());
  EXPECT_TRUE(admins->has("ann").value());
  EXPECT_TRUE(admins->remove("ann").value());
  EXPECT_FALSE(other->has("ann").value());
}

TEST_F(Admins, AreBounded) {
  for (std::size_t i = 0; i < SqliteAdmins::kMost; ++i) ASSERT_TRUE(admins->add("admin-" + std::to_string(i)));
  EXPECT_EQ(admins->add("one-more").error().code(), ErrorCode::resource_exhausted);
  EXPECT_FALSE(admins->add("admin-0").value());
}

}  // namespace
}  // namespace ekaci::db
