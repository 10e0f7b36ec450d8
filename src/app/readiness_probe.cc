#include "app/readiness_probe.h"

#include <fmt/core.h>

#include "report/units.h"

namespace ekaci::app {
namespace {

std::string why_busy(std::string_view what, Clock::Instant::duration busy, std::chrono::seconds longest) {
  if (busy <= longest) return {};
  return fmt::format("{} for {} s", what, std::chrono::duration_cast<std::chrono::seconds>(busy).count());
}

std::string detail_of(const Status& status) { return status ? std::string() : status.error().to_string(); }

}  // namespace

const std::vector<api::ReadinessCheck>& ReadinessProbe::look() {
  const Clock::Instant now = world_.clock.now();
  if (!found_.checks.empty() && now - looked_ < kHolds) return found_.checks;
  const Look before = std::exchange(found_, look_anew());
  looked_ = now;
  note_changes(before, found_);
  return found_.checks;
}

void ReadinessProbe::Look::add(std::string_view name, std::string why, std::string detail) {
  checks.push_back({.name = name, .why = std::move(why)});
  details.push_back(std::move(detail));
}

ReadinessProbe::Look ReadinessProbe::look_anew() const {
  Look look;
  const Status read = world_.read_database();
  look.add("database", read ? "" : "the database does not answer; the server's log says why", detail_of(read));
  const Status written = world_.write_inbox();
  look.add("inbox", written ? "" : "webhooks cannot be stored; the server's log says why", detail_of(written));
  look.add("desk", why_busy("what follows from events has not been decided", world_.desk_busy(), kDeskHangs));
  look.add("publisher", why_busy("one check has been on its way to GitHub", world_.publisher_busy(), kPublisherHangs));
  look.add("disk", why_disk());
  return look;
}

std::string ReadinessProbe::why_disk() const {
  const std::optional<std::uint64_t> free = world_.free_bytes();
  if (!free) return "what is free of the disk cannot be told";
  if (*free >= world_.keep_free) return {};
  return fmt::format("{} are free, and [retention] keep_free is {}", report::bytes_text(*free), report::bytes_text(world_.keep_free));
}

void ReadinessProbe::note_changes(const Look& before, const Look& now) const {
  for (std::size_t i = 0; i < now.checks.size(); ++i) {
    const bool was_good = before.checks.empty() || before.checks[i].why.empty();
    const api::ReadinessCheck& check = now.checks[i];
    if (was_good == check.why.empty()) continue;
    if (was_good) {
      world_.log.warning("not ready: {}: {} {}", check.name, check.why, now.details[i]);
    } else {
      world_.log.info("ready again: {}", check.name);
    }
  }
}

}  // namespace ekaci::app
