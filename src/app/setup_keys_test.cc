#include "app/setup_keys.h"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace ekaci::app {
namespace {

class SetupKeysTest : public testing::Test {
 protected:
  fake::ManualClock clock;
  SetupKeys keys{clock};
};

TEST_F(SetupKeysTest, TheTokenIsGoodForAnHourAndUntilItServed) {
  EXPECT_EQ(keys.token().size(), 43U);
  EXPECT_EQ(keys.check_token(keys.token()), KeyCheck::good);
  EXPECT_EQ(keys.check_token(""), KeyCheck::wrong);
  EXPECT_EQ(keys.check_token(std::string(43, 'A')), KeyCheck::wrong);
  clock.advance(SetupKeys::kLife - std::chrono::milliseconds(1));
  EXPECT_EQ(keys.check_token(keys.token()), KeyCheck::good);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(keys.check_token(keys.token()), KeyCheck::expired);
  keys.close();
  EXPECT_EQ(keys.check_token(keys.token()), KeyCheck::used);
}

TEST_F(SetupKeysTest, EachHasATokenOfItsOwn) { EXPECT_EQ(SetupKeys(clock).check_token(keys.token()), KeyCheck::wrong); }

TEST_F(SetupKeysTest, AStateIsGoodOnce) {
  EXPECT_EQ(keys.take_state(""), KeyCheck::wrong);
  const std::string state = keys.new_state();
  EXPECT_EQ(keys.take_state(keys.token()), KeyCheck::wrong);
  EXPECT_EQ(keys.take_state(state), KeyCheck::good);
  EXPECT_EQ(keys.take_state(state), KeyCheck::used);
}

TEST_F(SetupKeysTest, AStateIsGoodForAnHour) {
  const std::string state = keys.new_state();
  clock.advance(SetupKeys::kLife);
  EXPECT_EQ(keys.take_state(state), KeyCheck::expired);
}

TEST_F(SetupKeysTest, ANewerStateTakesTheOlderOnesPlace) {
  const std::string first = keys.new_state();
  const std::string second = keys.new_state();
  EXPECT_NE(first, second);
  EXPECT_EQ(keys.take_state(first), KeyCheck::wrong);
  keys.give_back_state(first);
  EXPECT_EQ(keys.take_state(second), KeyCheck::good);
}

TEST_F(SetupKeysTest, AStateThatIsGivenBackIsGoodOnceMore) {
  const std::string state = keys.new_state();
  EXPECT_EQ(keys.take_state(state), KeyCheck::good);
  keys.give_back_state(state);
  EXPECT_EQ(keys.take_state(state), KeyCheck::good);
  keys.give_back_state(state);
  keys.close();
  EXPECT_EQ(keys.take_state(state), KeyCheck::used);
}

}  // namespace
}  // namespace ekaci::app
