#include "engine/build_queue.h"

#include <algorithm>

namespace ekaci::engine {

using graph::NodeId;

BuildQueue::Slot::Slot(BuildQueue& queue, BuilderId builder, bool is_fetch) : queue_(&queue), builder_(builder), is_fetch_(is_fetch) {
  Load& load = queue.builders_.at(builder.value).load;
  ++(is_fetch ? load.fetches : load.builds);
}

BuildQueue::Slot::~Slot() {
  if (queue_ == nullptr) return;
  Load& load = queue_->builders_.at(builder_.value).load;
  --(is_fetch_ ? load.fetches : load.builds);
}

// Builders.

void BuildQueue::add_builder(BuilderId id, const BuilderDescription& description) {
  Builder& builder = builders_[id.value];
  builder.description = description;
  builder.presence = Presence::present;
  for (std::size_t line = kSubstitution; line < lines_.size(); ++line) match(lines_[line]);
}

bool BuildQueue::suspend_builder(BuilderId id) {
  const auto found = builders_.find(id.value);
  if (found == builders_.end() || found->second.presence != Presence::present) return false;
  found->second.presence = Presence::suspended;
  return true;
}

void BuildQueue::give_up_builder(BuilderId id) {
  const auto found = builders_.find(id.value);
  if (found != builders_.end()) found->second.presence = Presence::given_up;
}

std::uint32_t BuildQueue::slots() const {
  std::uint32_t sum = 0;
  for (const auto& [id, builder] : builders_) sum += builder.presence == Presence::present ? builder.description.slots : 0;
  return sum;
}

/// As Nix decides it for its machines (libstore/machines.cc, systemSupported, allSupported, mandatoryMet).
bool BuildQueue::can_take(const Builder& builder, const Demand& demand) const {
  const BuilderDescription& offer = builder.description;
  if ((demand.is_fetch ? offer.fetch_slots : offer.slots) == 0) return false;
  if (demand.is_substitution) return true;
  const bool has_system = demand.system == "builtin" || offer.systems.contains(demand.system);
  const bool has_features = std::ranges::all_of(demand.features, [&](const std::string& feature) {
    return offer.features.contains(feature) || offer.mandatory_features.contains(feature);
  });
  const bool is_meant = std::ranges::includes(demand.features, offer.mandatory_features);
  return has_system && has_features && is_meant && offer.assurance.covers(assurance_);
}

void BuildQueue::match(Line& line) const {
  line.builders.clear();
  for (const auto& [id, builder] : builders_) {
    if (can_take(builder, line.demand)) line.builders.push_back({id});
  }
}

// What nodes ask for.

void BuildQueue::set_traits(NodeId node, const BuildTraits& traits) {
  Demand demand{
      .system = traits.system, .features = traits.required_features, .is_fetch = traits.fixed_output, .prefers_local = traits.prefer_local};
  std::ranges::sort(demand.features);
  const auto doubles = std::ranges::unique(demand.features);
  demand.features.erase(doubles.begin(), doubles.end());
  if (node.value >= demands_.size()) demands_.resize(std::size_t{node.value} + 1);
  demands_[node.value] = intern(std::move(demand));
}

std::uint32_t BuildQueue::intern(Demand demand) {
  const auto [found, is_new] = demand_ids_.try_emplace(demand, static_cast<std::uint32_t>(lines_.size()));
  if (is_new) {
    lines_.push_back({.demand = std::move(demand)});
    match(lines_.back());
  }
  return found->second;
}

BuildQueue::Prospect BuildQueue::prospect(NodeId node, BuildMode mode) const { return prospect(lines_[line_of(node, mode)]); }

BuildQueue::Prospect BuildQueue::prospect(const Line& line) const {
  if (line.builders.empty()) return Prospect::impossible;
  const bool is_expected =
      std::ranges::any_of(line.builders, [this](BuilderId id) { return builders_.at(id.value).presence != Presence::given_up; });
  return is_expected ? Prospect::possible : Prospect::lost;
}

// The lines.

void BuildQueue::push(const Entry& entry) {
  withdraw(entry.node);
  if (entry.node.value >= tickets_.size()) tickets_.resize(std::size_t{entry.node.value} + 1);
  tickets_[entry.node.value] = {.number = ++last_ticket_, .line = line_of(entry.node, entry.mode)};
  if (entry.avoid) avoided_.insert_or_assign(entry.node, *entry.avoid);
  Line& line = lines_[tickets_[entry.node.value].line];
  if (line.waiting++ == 0) active_.insert(tickets_[entry.node.value].line);
  line.places.push_back({.rank = entry.rank, .node = entry.node, .ticket = last_ticket_});
  std::ranges::push_heap(line.places);
  if (line.places.size() > 64 + 2 * std::size_t{line.waiting}) compact(line);
}

void BuildQueue::withdraw(NodeId node) {
  if (node.value >= tickets_.size() || tickets_[node.value].number == 0) return;
  const Ticket ticket = std::exchange(tickets_[node.value], {});
  avoided_.erase(node);
  if (--lines_[ticket.line].waiting > 0) return;
  lines_[ticket.line].places.clear();
  active_.erase(ticket.line);
}

void BuildQueue::compact(Line& line) const {
  std::erase_if(line.places, [this](const Place& place) { return !is_valid(place); });
  std::ranges::make_heap(line.places);
}

const BuildQueue::Place& BuildQueue::foremost(Line& line) const {
  while (!is_valid(line.places.front())) {
    std::ranges::pop_heap(line.places);
    line.places.pop_back();
  }
  return line.places.front();
}

std::optional<BuilderId> BuildQueue::choose_builder(const Line& line, NodeId node) const {
  const auto avoided = avoided_.find(node);
  std::optional<BuilderId> best;
  std::tuple<bool, bool, std::int64_t> least{};
  for (const BuilderId id : line.builders) {
    const Builder& builder = builders_.at(id.value);
    const BuilderDescription& offer = builder.description;
    const std::int64_t free =
        line.demand.is_fetch ? std::int64_t{offer.fetch_slots} - builder.load.fetches : std::int64_t{offer.slots} - builder.load.builds;
    if (builder.presence != Presence::present || free <= 0) continue;
    const bool is_avoided = avoided != avoided_.end() && avoided->second == id;
    const std::tuple cost{is_avoided, line.demand.prefers_local && !offer.local, -free};
    if (best && cost >= least) continue;
    best = id;
    least = cost;
  }
  return best;
}

bool BuildQueue::has_next() {
  return std::ranges::any_of(active_, [this](std::uint32_t index) {
    Line& line = lines_[index];
    return choose_builder(line, foremost(line).node).has_value();
  });
}

std::optional<BuildQueue::Next> BuildQueue::take_next() {
  const Line* best_line = nullptr;
  Place best{};
  BuilderId builder{};
  for (const std::uint32_t index : active_) {
    Line& line = lines_[index];
    const Place& first = foremost(line);
    if (best_line != nullptr && first < best) continue;
    const std::optional<BuilderId> taker = choose_builder(line, first.node);
    if (!taker) continue;
    best_line = &line;
    best = first;
    builder = *taker;
  }
  if (best_line == nullptr) return std::nullopt;
  const bool is_fetch = best_line->demand.is_fetch;
  withdraw(best.node);
  return Next{.node = best.node, .slot = Slot(*this, builder, is_fetch)};
}

std::vector<NodeId> BuildQueue::take_hopeless() {
  std::vector<NodeId> hopeless;
  for (const std::uint32_t index : active_) {
    if (prospect(lines_[index]) == Prospect::possible) continue;
    for (const Place& place : lines_[index].places) {
      if (is_valid(place)) hopeless.push_back(place.node);
    }
  }
  for (const NodeId node : hopeless) withdraw(node);
  std::ranges::sort(hopeless);
  return hopeless;
}

std::size_t BuildQueue::memory_bytes() const {
  std::size_t bytes = demands_.capacity() * sizeof(demands_[0]) + tickets_.capacity() * sizeof(tickets_[0]);
  for (const Line& line : lines_) bytes += line.places.capacity() * sizeof(Place);
  return bytes;
}

}  // namespace ekaci::engine
