#include <fmt/chrono.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "api/standing.h"

/// The standing for machines. Names are stable: they are added to, and never change their meaning.
namespace ekaci::api {
namespace {

using Json = nlohmann::ordered_json;
using Line = forge::DeskStanding::Line;
using State = forge::DeskStanding::State;

std::string timestamp(Clock::Wall time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(Clock::Wall::clock::to_time_t(time))); }

Json timestamp(const std::optional<Clock::Wall>& time) { return time ? Json(timestamp(*time)) : Json(nullptr); }

std::string text_of(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of(const Stuck& stuck) {
  return {{"kind", to_string(stuck.kind)},
          {"subject", stuck.subject},
          {"since", timestamp(stuck.since)},
          {"why", stuck.why},
          {"toDo", stuck.to_do}};
}

Json json_of(const ForgeStanding& forge) {
  Json budgets = Json::array();
  for (const ForgeStanding::Budget& budget : forge.budgets) {
    budgets.push_back({{"installation", budget.installation},
                       {"remaining", budget.remaining ? Json(*budget.remaining) : Json(nullptr)},
                       {"resetsAt", timestamp(budget.reset)},
                       {"resumesAt", timestamp(budget.resume)},
                       {"progressAt", timestamp(budget.spares)}});
  }
  return {{"reachable", !is_silent(forge)},
          {"answeredAt", timestamp(forge.answered)},
          {"unansweredAt", timestamp(forge.unanswered)},
          {"trouble", forge.trouble},
          {"budgets", std::move(budgets)}};
}

Json json_of(const ServerStanding& standing, const UnsentCheck& check) {
  const auto repository = standing.desk.names.find(check.repository);
  return {{"repository", repository == standing.desk.names.end() ? "" : repository->second},
          {"head", check.head.to_string()},
          {"check", check.name},
          {"failures", check.failures},
          {"since", timestamp(check.since)},
          {"due", timestamp(check.due)},
          {"why", check.why}};
}

Json json_of(const ServerStanding& standing, const RefusedWish& wish) {
  const auto repository = standing.desk.names.find(wish.repository);
  return {{"what", to_string(wish.what)},
          {"repository", repository == standing.desk.names.end() ? "" : repository->second},
          {"subject", fmt::format("#{}", wish.pull_request.value)},
          {"since", timestamp(wish.since)},
          {"why", wish.why}};
}

template <class Unsent>
Json list_of(const ServerStanding& standing, const std::vector<Unsent>& all) {
  Json list = Json::array();
  for (const Unsent& one : all) list.push_back(json_of(standing, one));
  return list;
}

/// What every list of subjects has of one.
Json name_of(const Line& line) { return {{"repository", line.repository}, {"subject", line.subject}, {"head", line.head}}; }

Json progress_of(const ReviewStanding& review) {
  Json builds = Json::array();
  for (const ReviewStanding::Build& build : review.builds) {
    builds.push_back({{"derivation", build.name}, {"since", timestamp(build.since)}, {"phase", build.phase}});
  }
  return {{"phase", review.phase},
          {"phaseSince", timestamp(review.phase_began)},
          {"movedAt", timestamp(review.moved)},
          {"quietLimitSeconds", review.quiet_limit.count()},
          {"attributes", {{"known", review.known}, {"evaluated", review.evaluated}}},
          {"derivations", {{"toBuild", review.to_build}, {"built", review.built}, {"failed", review.failed}, {"queued", review.queued}}},
          {"builds", std::move(builds)}};
}

Json reviews_of(const ServerStanding& standing) {
  Json list = Json::array();
  for (const Line& line : standing.desk.lines) {
    if (line.state != State::under_review) continue;
    Json review = name_of(line);
    review["since"] = timestamp(line.since);
    review["mayBuild"] = line.builds == forge::Builds::allowed;
    review["isStopped"] = line.is_stopped;
    review["isWantedAgain"] = line.is_wanted_again;
    if (const ReviewStanding* progress = find_review(standing, line)) review.update(progress_of(*progress));
    list.push_back(std::move(review));
  }
  return list;
}

Json queue_of(const ServerStanding& standing) {
  std::vector<const Line*> waiting;
  for (const Line& line : standing.desk.lines) {
    if (line.place > 0) waiting.push_back(&line);
  }
  std::ranges::sort(waiting, {}, [](const Line* line) { return line->place; });
  Json list = Json::array();
  for (const Line* line : waiting) {
    Json entry = name_of(*line);
    entry["place"] = line->place;
    entry["rank"] = line->rank;
    entry["since"] = line->state == State::waiting ? timestamp(line->since) : Json(nullptr);
    entry["why"] = why_it_waits(standing, *line);
    list.push_back(std::move(entry));
  }
  return list;
}

Json subjects_of(const ServerStanding& standing) {
  Json list = Json::array();
  for (const Line& line : standing.desk.lines) {
    Json subject = name_of(line);
    subject["title"] = line.title;
    subject["state"] = forge::state_in_words(line);
    subject["baseIsStale"] = line.is_base_stale;
    subject["awaitsApproval"] = line.awaits_approval;
    subject["triedAgainAt"] = timestamp(line.again);
    subject["why"] = why_it_waits(standing, line);
    list.push_back(std::move(subject));
  }
  return list;
}

/// Why no review is begun; null where nothing keeps them from it.
Json held_up_of(const forge::DeskStanding& desk) {
  if (!desk.held_up) return nullptr;
  return {{"since", timestamp(desk.held_up->since)}, {"why", desk.held_up->why}};
}

}  // namespace

std::string to_json(const ServerStanding& standing) {
  Json stuck = Json::array();
  for (const Stuck& one : find_stuck(standing)) stuck.push_back(json_of(one));
  const BacklogStanding& backlog = standing.backlog;
  return text_of(
      {{"version", standing.version},
       {"process", standing.process},
       {"now", timestamp(standing.now)},
       {"startedAt", timestamp(standing.started)},
       {"stuck", std::move(stuck)},
       {"github", json_of(standing.forge)},
       {"inbox", {{"waiting", backlog.deliveries}, {"oldest", timestamp(backlog.oldest_delivery)}}},
       {"owed", {{"checks", backlog.checks}, {"oldest", timestamp(backlog.oldest_check)}, {"first", list_of(standing, backlog.owed)}}},
       {"refused", list_of(standing, backlog.refused)},
       {"refusedOnPullRequests", list_of(standing, backlog.refused_wishes)},
       {"heldUp", held_up_of(standing.desk)},
       {"repositories", standing.desk.repositories},
       {"reviewsAtOnce", standing.desk.at_once},
       {"waiting", standing.desk.waiting},
       {"running", standing.desk.running},
       {"reviews", reviews_of(standing)},
       {"queue", queue_of(standing)},
       {"subjects", subjects_of(standing)}});
}

std::string queue_json(const ServerStanding& standing) {
  return text_of({{"reviewsAtOnce", standing.desk.at_once}, {"underReview", reviews_of(standing)}, {"queue", queue_of(standing)}});
}

}  // namespace ekaci::api
