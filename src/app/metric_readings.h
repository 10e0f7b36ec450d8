#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/metrics.h"
#include "db/figures.h"
#include "forge/desk_runner.h"
#include "forge/publisher.h"
#include "github/api.h"
#include "net/server.h"

/// How what the rooms know of themselves is told as metrics.
namespace ekaci::app {

void tell_figures(MetricReadings& readings, const db::ForgeFigures& figures, Clock::Wall now);
void tell_github(MetricReadings& readings, const github::ApiCounters& counters, Clock::Wall now);
void tell_publisher(MetricReadings& readings, const forge::PublisherCounters& counters);
void tell_desk(MetricReadings& readings, const forge::DeskStanding& standing);
void tell_http(MetricReadings& readings, const net::ServerCounters& counters);
/// What can be read at once of the database's files and of the file system.
void tell_disk(MetricReadings& readings, const std::filesystem::path& state, std::uint64_t keep_free);
void tell_process(MetricReadings& readings, Clock::Wall started);

}  // namespace ekaci::app
