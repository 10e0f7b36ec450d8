#include "app/metric_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "app/metric_readings.h"
#include "base/files.h"
#include "base/text.h"
#include "model/outcome.h"

namespace ekaci::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::string document(std::string_view file) {
  return read_file(std::string(EKACI_SOURCE_DIR) + "/" + std::string(file), 1'000'000).value();
}

/// `` `event`: push, ping; `outcome`: … ``.
std::string labels_text(const MetricDescription& metric) {
  std::vector<std::string> labels;
  for (const MetricLabel& label : metric.labels) {
    // The version is another in each program.
    labels.push_back(label.name == "version" ? "`version`" : fmt::format("`{}`: {}", label.name, fmt::join(label.values, ", ")));
  }
  return fmt::format("{}", fmt::join(labels, "; "));
}

/// The row of the documentation, up to what the metric is good for.
std::string row_of(const MetricDescription& metric) {
  return fmt::format("| `{}` | {} | {} | {} | ", metric.name, to_string(metric.kind), labels_text(metric), metric.help);
}

TEST(MetricTable, IsTheDocuments) {
  const std::string text = document("docs/metrics.md");
  std::vector<std::string> rows;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("| `")) rows.emplace_back(line);
  }
  EXPECT_EQ(rows.size(), metrics::kAll.size()) << "each metric once, and nothing else";
  for (const MetricDescription* metric : metrics::kAll) {
    const std::string begin = row_of(*metric);
    const auto row = std::ranges::find_if(rows, [&](const std::string& found) { return found.starts_with(begin); });
    ASSERT_NE(row, rows.end()) << "docs/metrics.md has to say:\n" << begin;
    EXPECT_GT(row->size(), begin.size() + 20) << metric->name << ": what is it good for?";
  }
}

TEST(MetricTable, FollowsPrometheussHabits) {
  std::set<std::string_view> names;
  for (const MetricDescription* metric : metrics::kAll) {
    SCOPED_TRACE(metric->name);
    EXPECT_TRUE(names.insert(metric->name).second);
    EXPECT_TRUE(metric->name.starts_with("ekaci_") || metric->name.starts_with("process_"));
    EXPECT_EQ(metric->name.ends_with("_total"), metric->kind == MetricKind::counter);
    EXPECT_EQ(metric->buckets.empty(), metric->kind != MetricKind::histogram);
    EXPECT_TRUE(std::ranges::is_sorted(metric->buckets));
    EXPECT_TRUE(metric->help.ends_with('.'));
    EXPECT_THAT(metric->help, Not(HasSubstr("|"))) << "breaks a table of markdown";
    for (const MetricLabel& label : metric->labels) EXPECT_FALSE(label.values.empty()) << label.name;
  }
}

TEST(MetricTable, HasEveryOutcomeAndResultOfABuild) {
  for (const OutcomeKind kind : kOutcomeKinds) {
    // Nothing is attempted for the others.
    if (kind == OutcomeKind::dependency_failed || kind == OutcomeKind::no_builder || kind == OutcomeKind::not_built) continue;
    EXPECT_THAT(metrics::labels::kBuildOutcomes, Contains(to_string(kind)));
  }
  for (const std::string_view result : metrics::labels::kBuildResults) EXPECT_TRUE(parse_attempt_result(result)) << result;
  EXPECT_EQ(metrics::labels::kBuildResults.size(), static_cast<std::size_t>(AttemptResult::stopped) + 1);
}

TEST(MetricReadings, AreAllOfTheTable) {
  Metrics told(metrics::kAll);
  const Clock::Wall now{std::chrono::seconds(1'700'000'000)};
  told.read_with([&](MetricReadings& readings) {
    tell_figures(readings, {.unhandled = 3, .oldest_received = now - std::chrono::seconds(90)}, now);
    github::ApiCounters calls{.good = 5};
    calls.remaining = {{.installation = {1}, .remaining = 7, .reset = now + std::chrono::hours(1)},
                       {.installation = {2}, .remaining = 2, .reset = now - std::chrono::seconds(1)}};
    tell_github(readings, calls, now);
    tell_publisher(readings, {.sent = 4});
    tell_desk(readings, {.repositories = 1});
    tell_http(readings, {});
    tell_disk(readings, "/", 1);
    tell_process(readings, now);
  });
  const std::string text = told.exposition();
  EXPECT_THAT(text, HasSubstr("ekaci_inbox_oldest_seconds 90\n"));
  EXPECT_THAT(text, HasSubstr("ekaci_github_calls_remaining 7\n")) << "what was said of an hour that is over says nothing";
  EXPECT_THAT(text, HasSubstr("ekaci_github_calls_total{outcome=\"good\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("ekaci_check_updates_total{outcome=\"sent\"} 4\n"));
  for (const MetricDescription* metric : metrics::kAll) {
    // Those with two labels have no series before something happens.
    if (metric->source == MetricSource::counted && metric->labels.size() > 1) continue;
    EXPECT_THAT(text, HasSubstr(fmt::format("# TYPE {} {}\n", metric->name, to_string(metric->kind))));
  }
}

TEST(Version, IsTheProjects) { EXPECT_THAT(document("CMakeLists.txt"), HasSubstr(fmt::format("project(ekaci VERSION {} ", kVersion))); }

}  // namespace
}  // namespace ekaci::app
