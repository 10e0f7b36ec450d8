#include "forge/docket.h"

#include <algorithm>
#include <utility>

namespace ekaci::forge {
namespace {

constexpr int kIdleRank = 3;

int rank_of(SubjectKey::Kind kind) {
  switch (kind) {
    case SubjectKey::Kind::merge_group:
      return 0;
    case SubjectKey::Kind::pull_request:
      return 1;
    case SubjectKey::Kind::target_branch:
      break;
  }
  return 2;
}

template <class Map, class Key>
std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Docket::Docket(std::size_t at_once) : at_once_(std::max<std::size_t>(at_once, 1)) {}

void Docket::add(const SubjectKey& subject, Clock::Wall now, Pace pace) {
  const int rank = pace == Pace::idle ? kIdleRank : rank_of(subject.kind);
  const Place place{rank, turns_};
  const auto waiting = places_.find(subject);
  if (waiting != places_.end()) {
    if (std::get<int>(waiting->second) <= std::get<int>(place)) return;
    drop(subject);
  }
  places_.emplace(subject, place);
  ++turns_;
  queue_.emplace(place, Waiting{.subject = subject, .since = now, .rank = rank});
}

void Docket::drop(const SubjectKey& subject) {
  const auto waiting = places_.find(subject);
  if (waiting == places_.end()) return;
  queue_.erase(waiting->second);
  places_.erase(waiting);
}

std::optional<Docket::Begun> Docket::begin() {
  if (running_.size() >= at_once_) return std::nullopt;
  const auto next = std::ranges::find_if(queue_, [this](const auto& entry) { return !reviews_of_.contains(entry.second.subject); });
  if (next == queue_.end()) return std::nullopt;
  const bool is_idle = std::get<int>(next->first) == kIdleRank;
  if (is_idle && !running_.empty()) return std::nullopt;
  Begun begun{.id = ReviewId{++reviews_}, .subject = next->second.subject, .pace = is_idle ? Pace::idle : Pace::prompt};
  places_.erase(begun.subject);
  queue_.erase(next);
  running_.emplace(begun.id, begun.subject);
  reviews_of_.emplace(begun.subject, begun.id);
  if (is_idle) idle_.insert(begun.id);
  return begun;
}

std::optional<SubjectKey> Docket::end(ReviewId id) {
  const auto running = running_.find(id);
  if (running == running_.end()) return std::nullopt;
  SubjectKey subject = std::move(running->second);
  running_.erase(running);
  idle_.erase(id);
  reviews_of_.erase(subject);
  return subject;
}

std::optional<ReviewId> Docket::in_the_way() const {
  const bool somebody_waits = !queue_.empty() && std::get<int>(queue_.begin()->first) != kIdleRank;
  if (!somebody_waits || idle_.empty()) return std::nullopt;
  return *idle_.begin();
}

std::vector<Docket::Waiting> Docket::in_order() const {
  std::vector<Waiting> waiting;
  waiting.reserve(queue_.size());
  for (const auto& [place, one] : queue_) waiting.push_back(one);
  return waiting;
}

std::optional<ReviewId> Docket::review_of(const SubjectKey& subject) const { return find(reviews_of_, subject); }

std::optional<SubjectKey> Docket::subject_of(ReviewId id) const { return find(running_, id); }

}  // namespace ekaci::forge
