#include "forge/desk_standing.h"

#include <algorithm>
#include <tuple>

namespace ekaci::forge {
namespace {

using Line = DeskStanding::Line;
using State = DeskStanding::State;

bool is_closed(const SubjectRecord& record) {
  const auto* pull_request = std::get_if<PullRequest>(&record.subject);
  return pull_request != nullptr && pull_request->state == PullRequest::State::closed;
}

State state_of(const Desk& desk, const SubjectRecord& record, const SubjectKey& key) {
  if (desk.docket().review_of(key)) return State::under_review;
  if (desk.docket().is_waiting(key)) return State::waiting;
  if (desk.resting().contains(key)) return State::resting;
  if (!desk.is_reviewable(record)) return State::draft;
  return record.decision ? State::decided : State::unreviewed;
}

/// Whether it would go on if someone approved of building.
bool awaits_approval(const SubjectRecord& record) {
  const bool is_open = record.decision == Decision::wait || record.decision == Decision::cannot_tell;
  return is_open && record.builds_withheld;
}

void add_review(Line& line, const Desk& desk) {
  line.review = desk.docket().review_of(line.key);
  if (!line.review) return;
  const auto running = desk.running().find(*line.review);
  if (running == desk.running().end()) return;
  line.since = running->second.since;
  line.builds = running->second.builds;
  line.is_stopped = running->second.is_stopped;
  line.head = running->second.head.brief();
}

void add_rest(Line& line, const Desk& desk) {
  const auto resting = desk.resting().find(line.key);
  if (resting == desk.resting().end()) return;
  line.failures = resting->second.failures;
  if (line.state == State::resting) line.since = resting->second.since;
  line.again = resting->second.again;
  line.why = resting->second.why;
}

Line line_of(const Desk& desk, const SubjectKey& key, const SubjectRecord& record) {
  Line line{.key = key,
            .subject = describe(key),
            .head = head_of(record.subject).brief(),
            .state = state_of(desk, record, key),
            .decision = record.decision,
            .is_base_stale = record.is_base_stale};
  const auto repository = desk.repositories().find(key.repository);
  if (repository != desk.repositories().end()) line.repository = repository->second.name;
  if (const auto* pull_request = std::get_if<PullRequest>(&record.subject)) line.title = pull_request->title;
  line.awaits_approval = line.state == State::decided && awaits_approval(record);
  add_review(line, desk);
  add_rest(line, desk);
  return line;
}

void add_places(std::vector<Line>& lines, const Desk& desk) {
  std::map<SubjectKey, Line*> waiting;
  for (Line& line : lines) {
    if (desk.docket().is_waiting(line.key)) waiting.emplace(line.key, &line);
  }
  std::size_t place = 0;
  for (const Docket::Waiting& one : desk.docket().in_order()) {
    ++place;
    const auto found = waiting.find(one.subject);
    if (found == waiting.end()) continue;
    Line& line = *found->second;
    line.is_wanted_again = true;
    line.place = place;
    line.rank = one.rank;
    if (line.state == State::waiting) line.since = one.since;
  }
}

}  // namespace

std::string state_in_words(const Line& line) {
  switch (line.state) {
    case State::under_review:
      return "under review";
    case State::waiting:
      return "waiting";
    case State::resting:
      return "resting";
    case State::draft:
      return "draft";
    case State::decided:
      return std::string(to_string(line.decision.value_or(Decision::cannot_tell)));
    case State::unreviewed:
      break;
  }
  return "not reviewed";
}

std::string full_name(const Line& line) {
  const bool is_numbered = line.key.kind == SubjectKey::Kind::pull_request;
  return line.repository + (is_numbered ? "" : " ") + line.subject;
}

DeskStanding standing_of(const Desk& desk, Clock::Wall now) {
  DeskStanding standing{.looked = now,
                        .repositories = desk.repositories().size(),
                        .waiting = desk.docket().waiting(),
                        .running = desk.docket().running(),
                        .at_once = desk.docket().at_once(),
                        .tries = desk.policy().tries};
  for (const auto& [id, repository] : desk.repositories()) standing.names.emplace(id, repository.name);
  for (const auto& [key, record] : desk.subjects()) {
    if (!is_closed(record)) standing.lines.push_back(line_of(desk, key, record));
  }
  add_places(standing.lines, desk);
  std::ranges::sort(standing.lines, [](const Line& one, const Line& other) {
    return std::tie(one.state, one.place, one.key) < std::tie(other.state, other.place, other.key);
  });
  return standing;
}

}  // namespace ekaci::forge
