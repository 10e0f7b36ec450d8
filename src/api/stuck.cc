#include <fmt/chrono.h>
#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "api/standing.h"

/// What counts as stuck, why, and what helps.
namespace ekaci::api {
namespace {

using Line = forge::DeskStanding::Line;

std::string clock_time(Clock::Wall time) { return fmt::format("{:%H:%M:%S} UTC", fmt::gmtime(Clock::Wall::clock::to_time_t(time))); }

/// A subject's name as a command takes it.
std::string as_argument(const Line& line) {
  const std::string name = full_name(line);
  return name.find(' ') == std::string::npos ? name : fmt::format("'{}'", name);
}

void add_desk(std::vector<Stuck>& stuck, const forge::DeskStanding& desk) {
  if (desk.trouble) {
    stuck.push_back({.kind = Stuck::Kind::desk,
                     .subject = "the server",
                     .since = desk.trouble->since,
                     .why = "what it decides cannot be kept: " + desk.trouble->why,
                     .to_do = "see to the state directory's disk; it tries again every few seconds"});
  } else if (!desk.is_current) {
    stuck.push_back({.kind = Stuck::Kind::desk,
                     .subject = "the server",
                     .since = desk.looked,
                     .why = "it is at something that takes long; below is how things stood then",
                     .to_do = "ask again; where it stays so, restart it: nothing is lost"});
  }
  if (desk.held_up) {
    stuck.push_back({.kind = Stuck::Kind::desk,
                     .subject = "the disk",
                     .since = desk.held_up->since,
                     .why = "no review is begun: " + desk.held_up->why,
                     .to_do = "make room; ekaci gc --dry-run says what could go. Reviews are begun as soon as there is room"});
  }
}

void add_forge(std::vector<Stuck>& stuck, const ForgeStanding& forge) {
  const std::optional<Clock::Wall>& since = forge.answered ? forge.answered : forge.unanswered;
  if (!since || !is_silent(forge)) return;
  stuck.push_back({.kind = Stuck::Kind::forge,
                   .subject = "GitHub",
                   .since = *since,
                   .why = forge.trouble,
                   .to_do = "nothing, where GitHub is down; else see to the network, a proxy, the App's key. What is owed is sent later"});
}

void add_deliveries(std::vector<Stuck>& stuck, const ServerStanding& standing) {
  const BacklogStanding& backlog = standing.backlog;
  if (!backlog.oldest_delivery || standing.now - *backlog.oldest_delivery <= kLongestUnhandled) return;
  const bool awaits_forge = is_silent(standing.forge);
  stuck.push_back(
      {.kind = Stuck::Kind::deliveries,
       .subject = fmt::format("{} webhook{}", backlog.deliveries, backlog.deliveries == 1 ? "" : "s"),
       .since = *backlog.oldest_delivery,
       .why = awaits_forge ? "received and not handled: GitHub does not answer what has to be asked first" : "received and not handled",
       .to_do = "ask again; where the number does not fall, the server's log says more"});
}

void add_checks(std::vector<Stuck>& stuck, const ServerStanding& standing) {
  for (const UnsentCheck& check : standing.backlog.owed) {
    if (standing.now - check.since <= kLongestOwed) continue;
    const std::string next = check.due ? fmt::format("sent again at {}", clock_time(*check.due)) : "";
    stuck.push_back({.kind = Stuck::Kind::check,
                     .subject = full_name(standing, check),
                     .since = check.since,
                     .why = check.why.empty() ? "GitHub does not have this check as it is wanted" : check.why,
                     .to_do = next});
  }
  for (const UnsentCheck& check : standing.backlog.refused) {
    stuck.push_back({.kind = Stuck::Kind::check,
                     .subject = full_name(standing, check),
                     .since = check.since,
                     .why = "GitHub refuses this check: " + check.why,
                     .to_do = "see to the App's permissions and its installation; what it may do then is sent by itself. Where that is not "
                              "why, have it reviewed again: ekaci retry"});
  }
}

void add_wishes(std::vector<Stuck>& stuck, const ServerStanding& standing) {
  for (const RefusedWish& wish : standing.backlog.refused_wishes) {
    stuck.push_back({.kind = wish.what == RefusedWish::What::label ? Stuck::Kind::label : Stuck::Kind::comment,
                     .subject = full_name(standing, wish),
                     .since = wish.since,
                     .why = fmt::format("GitHub refuses its {}: {}", to_string(wish.what), wish.why),
                     .to_do = "give the App the permission pull requests: write, where it lacks that; the next review tries again, too"});
  }
}

void add_line(std::vector<Stuck>& stuck, const ServerStanding& standing, const Line& line) {
  if (line.state == forge::DeskStanding::State::resting) {
    const std::string next = line.again ? fmt::format("tried again at {}; ", clock_time(*line.again)) : "";
    stuck.push_back({.kind = Stuck::Kind::rest,
                     .subject = full_name(line),
                     .since = line.since.value_or(standing.now),
                     .why = why_it_waits(standing, line),
                     .to_do = fmt::format("{}at once: ekaci retry {}", next, as_argument(line))});
    return;
  }
  const ReviewStanding* review = find_review(standing, line);
  if (review == nullptr || standing.now - review->moved <= review->quiet_limit) return;
  // Others have the places, and their builds have limits of their own.
  if (review->queued > 0 && review->builds.empty()) return;
  const auto limit = std::chrono::duration_cast<std::chrono::minutes>(review->quiet_limit);
  stuck.push_back(
      {.kind = Stuck::Kind::review,
       .subject = full_name(line),
       .since = review->moved,
       .why = fmt::format("{}, without any progress for longer than the {} min that this may take", review->phase, limit.count()),
       .to_do = fmt::format("ekaci cancel {0}, then ekaci retry {0}", as_argument(line))});
}

}  // namespace

std::string_view to_string(Stuck::Kind kind) {
  switch (kind) {
    case Stuck::Kind::desk:
      return "server";
    case Stuck::Kind::forge:
      return "github";
    case Stuck::Kind::deliveries:
      return "webhooks";
    case Stuck::Kind::check:
      return "check";
    case Stuck::Kind::label:
      return "label";
    case Stuck::Kind::comment:
      return "comment";
    case Stuck::Kind::review:
      return "review";
    case Stuck::Kind::rest:
      break;
  }
  return "rest";
}

std::vector<Stuck> find_stuck(const ServerStanding& standing) {
  std::vector<Stuck> stuck;
  add_desk(stuck, standing.desk);
  if (!standing.backlog.trouble.empty()) {
    stuck.push_back({.kind = Stuck::Kind::desk,
                     .subject = "the database",
                     .since = standing.now,
                     .why = standing.backlog.trouble,
                     .to_do = "see to the state directory's disk"});
  }
  add_forge(stuck, standing.forge);
  add_deliveries(stuck, standing);
  add_checks(stuck, standing);
  add_wishes(stuck, standing);
  for (const Line& line : standing.desk.lines) add_line(stuck, standing, line);
  return stuck;
}

}  // namespace ekaci::api
