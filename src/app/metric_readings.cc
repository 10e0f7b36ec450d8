#include "app/metric_readings.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <system_error>

#include "app/metric_table.h"
#include "app/version.h"
#include "retention/space.h"

namespace ekaci::app {
namespace {

/// 0 where there is none, or clocks were set.
double age(const std::optional<Clock::Wall>& since, Clock::Wall now) {
  return since ? std::max(std::chrono::duration<double>(now - *since).count(), 0.0) : 0.0;
}

double as_number(std::uint64_t count) { return static_cast<double>(count); }

/// The fewest calls that are left, where GitHub has told and has not begun to count anew since.
std::optional<std::uint64_t> fewest_calls(const github::ApiCounters& counters, Clock::Wall now) {
  std::optional<std::uint64_t> fewest;
  for (const github::RemainingCalls& told : counters.remaining) {
    if (told.reset > now) fewest = std::min(fewest.value_or(told.remaining), told.remaining);
  }
  return fewest;
}

/// The second field of /proc/self/statm: pages (proc(5)).
std::optional<double> resident_bytes() {
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(std::ifstream("/proc/self/statm") >> size >> resident)) return std::nullopt;
  return as_number(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void tell_figures(MetricReadings& readings, const db::ForgeFigures& figures, Clock::Wall now) {
  readings.tell(metrics::kInboxWaiting, as_number(figures.unhandled));
  readings.tell(metrics::kInboxOldest, age(figures.oldest_received, now));
  readings.tell(metrics::kChecksOwed, as_number(figures.owed));
  readings.tell(metrics::kChecksOldest, age(figures.owed_since, now));
  readings.tell(metrics::kChecksRefused, as_number(figures.refused));
  readings.tell(metrics::kLabelsRefused, as_number(figures.refused_labels));
  readings.tell(metrics::kCommentsRefused, as_number(figures.refused_comments));
}

void tell_github(MetricReadings& readings, const github::ApiCounters& counters, Clock::Wall now) {
  readings.tell(metrics::kCalls, as_number(counters.good), {"good"});
  readings.tell(metrics::kCalls, as_number(counters.not_modified), {"not_modified"});
  readings.tell(metrics::kCalls, as_number(counters.limited), {"limited"});
  readings.tell(metrics::kCalls, as_number(counters.refused), {"refused"});
  readings.tell(metrics::kCalls, as_number(counters.failed), {"failed"});
  readings.tell(metrics::kCalls, as_number(counters.unreachable), {"unreachable"});
  readings.tell(metrics::kCalls, as_number(counters.withheld), {"withheld"});
  if (const auto fewest = fewest_calls(counters, now)) readings.tell(metrics::kCallsRemaining, as_number(*fewest));
}

void tell_publisher(MetricReadings& readings, const forge::PublisherCounters& counters) {
  readings.tell(metrics::kCheckUpdates, as_number(counters.sent), {"sent"});
  readings.tell(metrics::kCheckUpdates, as_number(counters.postponed), {"postponed"});
  readings.tell(metrics::kCheckUpdates, as_number(counters.refused), {"refused"});
}

void tell_desk(MetricReadings& readings, const forge::DeskStanding& standing) {
  readings.tell(metrics::kRepositories, as_number(standing.repositories));
  readings.tell(metrics::kReviewsWaiting, as_number(standing.waiting));
  readings.tell(metrics::kReviewsRunning, as_number(standing.running));
}

void tell_http(MetricReadings& readings, const net::ServerCounters& counters) {
  for (std::size_t i = 0; i < counters.responses.size(); ++i) {
    readings.tell(metrics::kResponses, as_number(counters.responses.at(i)), {metrics::labels::kStatusClasses.at(i)});
  }
  readings.tell(metrics::kConnections, as_number(counters.connections));
  readings.tell(metrics::kConnectionsRefused, as_number(counters.refused));
}

void tell_disk(MetricReadings& readings, const std::filesystem::path& state, std::uint64_t keep_free) {
  std::uint64_t database = 0;
  for (const char* name : {"ekaci.db", "ekaci.db-wal"}) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(state / name, error);
    if (!error) database += size;
  }
  readings.tell(metrics::kDatabaseBytes, as_number(database));
  if (const auto free = retention::free_space(state)) readings.tell(metrics::kDiskFree, as_number(*free));
  readings.tell(metrics::kDiskKeepFree, as_number(keep_free));
}

void tell_process(MetricReadings& readings, Clock::Wall started) {
  readings.tell(metrics::kBuildInformation, 1, {kVersion});
  readings.tell(metrics::kStartTime, std::chrono::duration<double>(started.time_since_epoch()).count());
  if (const auto resident = resident_bytes()) readings.tell(metrics::kResidentMemory, *resident);
}

}  // namespace ekaci::app
