#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "base/pulse.h"

namespace ekaci {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<std::string_view, 3> kFruits = {"apple", "pear", "other"};
constexpr std::array<std::string_view, 2> kTastes = {"sweet", "sour"};
constexpr std::array kOneLabel = {MetricLabel{"fruit", kFruits}};
constexpr std::array kTwoLabels = {MetricLabel{"fruit", kFruits}, MetricLabel{"taste", kTastes}};
constexpr std::array<double, 2> kEnds = {1.0, 10.0};

constexpr MetricDescription kEaten{
    .name = "test_eaten_total", .kind = MetricKind::counter, .source = MetricSource::counted, .help = "Eaten.", .labels = kOneLabel};
constexpr MetricDescription kTasted{
    .name = "test_tasted_total", .kind = MetricKind::counter, .source = MetricSource::counted, .help = "Tasted.", .labels = kTwoLabels};
constexpr MetricDescription kSeconds{
    .name = "test_seconds", .kind = MetricKind::histogram, .source = MetricSource::counted, .help = "How long.", .buckets = kEnds};
constexpr MetricDescription kLeft{.name = "test_left", .kind = MetricKind::gauge, .help = "Left.", .labels = kOneLabel};
constexpr MetricDescription kUnknown{.name = "test_unknown", .kind = MetricKind::gauge, .help = "Nobody knows."};
constexpr std::array kTable = {&kEaten, &kTasted, &kSeconds, &kLeft, &kUnknown};

TEST(Metrics, CountsAndSaysSoInTheTextFormat) {
  Metrics metrics(kTable);
  metrics.count(kEaten, {"apple"});
  metrics.count(kEaten, {"apple"});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("# HELP test_eaten_total Eaten.\n# TYPE test_eaten_total counter\n"));
  EXPECT_THAT(text, HasSubstr("test_eaten_total{fruit=\"apple\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_eaten_total{fruit=\"pear\"} 0\n")) << "what was never counted is 0";
}

TEST(Metrics, WhatStrangersWriteMakesNoSeries) {
  Metrics metrics(kTable);
  for (int i = 0; i < 100; ++i) metrics.count(kTasted, {"fruit-" + std::to_string(i), "sweet"});
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("test_tasted_total{fruit=\"other\",taste=\"sweet\"} 100\n"));
  EXPECT_THAT(text, Not(HasSubstr("fruit-")));
}

TEST(Metrics, ObservesHowManyValuesAreInEachRange) {
  Metrics metrics(kTable);
  for (const double value : {0.5, 5.0, 50.0}) metrics.observe(kSeconds, value);
  const std::string text = metrics.exposition();
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_sum 55.5\n"));
}

TEST(Metrics, ReadsWhenItIsAskedAndLeavesOutWhatIsNotKnown) {
  Metrics metrics(kTable);
  double left = 3;
  metrics.read_with([&](MetricReadings& readings) {
    readings.tell(kLeft, left, {"apple"});
    readings.tell(kLeft, 7, {"durian"});
  });
  EXPECT_THAT(metrics.exposition(), HasSubstr("test_left{fruit=\"apple\"} 3\ntest_left{fruit=\"other\"} 7\n"));
  left = 2;
  EXPECT_THAT(metrics.exposition(), HasSubstr("test_left{fruit=\"apple\"} 2\n"));
  EXPECT_THAT(metrics.exposition(), Not(HasSubstr("test_unknown")));
}

TEST(Metrics, AreCountedByManyThreadsWhileOthersAsk) {
  Metrics metrics(kTable);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 1'000; ++round) metrics.count(kTasted, {"pear", "sour"});
      });
    }
    for (int i = 0; i < 10; ++i) EXPECT_THAT(metrics.exposition(), HasSubstr("test_eaten_total"));
  }
  EXPECT_THAT(metrics.exposition(), HasSubstr("test_tasted_total{fruit=\"pear\",taste=\"sour\"} 4000\n"));
}

TEST(Metrics, WhatIsNotInTheTableIsNotCounted) {
  Metrics metrics(std::span<const MetricDescription* const>(kTable).subspan(2));
  metrics.count(kEaten, {"apple"});
  metrics.observe(kLeft, 1);
  EXPECT_THAT(metrics.exposition(), Not(HasSubstr("test_eaten")));
}

TEST(Pulse, TellsHowLongOnePieceOfWorkHasTaken) {
  Pulse pulse;
  const Clock::Instant start{std::chrono::seconds(5)};
  EXPECT_EQ(pulse.busy(start), Clock::Instant::duration::zero());
  pulse.work(start);
  EXPECT_EQ(pulse.busy(start + std::chrono::seconds(3)), std::chrono::seconds(3));
  pulse.work(start + std::chrono::seconds(4));
  EXPECT_EQ(pulse.busy(start + std::chrono::seconds(5)), std::chrono::seconds(1));
  pulse.rest();
  EXPECT_EQ(pulse.busy(start + std::chrono::hours(9)), Clock::Instant::duration::zero());
}

}  // namespace
}  // namespace ekaci
