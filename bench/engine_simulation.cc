// Building without builders: what the engine itself takes for a large graph, and how long a build of everything lasts in the order
// that it chooses. Time is simulated; the durations are made, heavy-tailed as real ones are.
//
//   engine_simulation [NODES [SLOTS]]           SLOTS: at least 4; a quarter and four times as many are tried too
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <deque>
#include <functional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "any_path.h"
#include "engine/builds.h"
#include "graph/closure.h"
#include "graph/critical_path.h"
#include "graph/graph.h"

namespace ekaci::engine {
namespace {

using graph::NodeId;
using std::chrono::milliseconds;

struct Load {
  graph::Graph graph{};
  std::vector<milliseconds> times{};
  std::vector<NodeId> roots{};
};

/// A package set: a third are sources without inputs; the others have ten inputs, most of them from a common core.
NodeId any_input(std::uint32_t user, std::mt19937_64& random) {
  const bool is_common = random() % 4 != 0;
  const auto common = static_cast<std::uint32_t>(random() % 2000);
  const std::uint32_t window = std::min(user, 20'000U);
  return NodeId{is_common && common < user ? common : static_cast<std::uint32_t>(user - 1 - random() % window)};
}

/// Log-normal by hand, since the standard leaves its own to each library: a median of twenty seconds, one in a thousand over an hour.
milliseconds any_time(std::mt19937_64& random) {
  double normal = -6;
  for (int i = 0; i < 12; ++i) normal += static_cast<double>(random() >> 11U) / static_cast<double>(std::uint64_t{1} << 53U);
  return milliseconds(static_cast<std::int64_t>(20'000 * std::exp(1.7 * normal)));
}

Load make_load(std::uint32_t nodes) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc*): the same load each time
  Load load;
  for (std::uint32_t n = 0; n < nodes; ++n) {
    const bool is_source = n == 0 || random() % 3 == 0;
    std::vector<NodeId> inputs;
    for (std::uint32_t input = 0; !is_source && input < 10; ++input) inputs.push_back(any_input(n, random));
    (void)load.graph.add(any_path(random), inputs).value();
    load.times.push_back(is_source ? milliseconds(2000) : any_time(random));
    if (!is_source && random() % 3 == 0) load.roots.push_back(NodeId{n});
  }
  return load;
}

/// Whether the engine is told how long builds took the last time.
enum class Knowledge { times, depth };

double seconds_of(std::clock_t ticks) { return static_cast<double>(ticks) / CLOCKS_PER_SEC; }

/// Answers every effect at once, but builds, which end in order of their simulated time.
class Driver {
 public:
  Driver(const Load& load, Knowledge knowledge, std::uint32_t slots) : load_(load), knowledge_(knowledge), builds_({}) {
    tell(BuilderPresent{{0}, {.name = "one", .systems = {"x86_64-linux"}, .slots = slots, .fetch_slots = 0}});
  }

  void run() {
    const std::size_t parts = 50;  // as evaluation goes on
    for (std::size_t part = 0; part < parts; ++part) {
      const auto begin = load_.roots.begin() + static_cast<std::ptrdiff_t>(load_.roots.size() * part / parts);
      const auto end = load_.roots.begin() + static_cast<std::ptrdiff_t>(load_.roots.size() * (part + 1) / parts);
      tell(Wanted{load_.graph.snapshot(), {begin, end}, Priority::head, Need::outcome});
    }
    while (!ends_.empty()) {
      const auto [at, id] = ends_.top();
      ends_.pop();
      now_ = at;
      tell(BuildEnded{id, AttemptReport{.result = AttemptResult::built}});
    }
  }

  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] const Builds& builds() const { return builds_; }
  [[nodiscard]] milliseconds makespan() const { return std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()); }
  /// Seconds of processor time, of the engine alone.
  [[nodiscard]] double spent() const { return seconds_of(spent_); }
  [[nodiscard]] double slowest_event() const { return seconds_of(slowest_); }

 private:
  void tell(const BuildEvent& first) {
    std::deque<BuildEvent> events{first};
    for (; !events.empty(); events.pop_front()) {
      const std::clock_t before = std::clock();
      const std::vector<BuildEffect> effects = builds_.handle(now_, events.front());
      slowest_ = std::max(slowest_, std::clock() - before);
      spent_ += std::clock() - before;
      ++events_;
      for (const BuildEffect& effect : effects) {
        std::visit([&](const auto& asked) { answer(asked, events); }, effect);
      }
    }
  }

  void answer(const FindOutcomes& asked, std::deque<BuildEvent>& events) {
    OutcomesFound found;
    for (const NodeId node : asked.nodes) found.found.push_back({node});
    events.emplace_back(std::move(found));
  }
  void answer(const AskValidity& asked, std::deque<BuildEvent>& events) {
    ValidityFound found;
    for (const NodeId node : asked.nodes) found.found.push_back({node, Validity::missing});
    events.emplace_back(std::move(found));
  }
  void answer(const ReadTraits& asked, std::deque<BuildEvent>& events) {
    TraitsRead read;
    for (const NodeId node : asked.nodes) {
      BuildTraits traits{.system = "x86_64-linux"};
      if (knowledge_ == Knowledge::times) traits.last_success = load_.times[node.value];
      read.found.push_back({node, std::move(traits)});
    }
    events.emplace_back(std::move(read));
  }
  void answer(const StartBuild& start, std::deque<BuildEvent>& /*events*/) {
    ends_.emplace(now_ + load_.times[start.node.value], start.id);
  }
  void answer(const StoreAttempt& store, std::deque<BuildEvent>& events) { events.emplace_back(AttemptStored{store.id}); }
  template <class Other>
  void answer(const Other& /*other*/, std::deque<BuildEvent>& /*events*/) {}

  using End = std::pair<Clock::Instant, BuildId>;
  const Load& load_;
  Knowledge knowledge_;
  Builds builds_;
  Clock::Instant now_{};
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_{};
  std::uint64_t events_ = 0;
  std::clock_t slowest_ = 0;
  std::clock_t spent_ = 0;
};

/// How long it takes when everything is known from the start and the ready node with the greatest rank is next, the one that became
/// ready first where ranks are equal.
milliseconds list_schedule(const Load& load, std::uint32_t slots, const std::vector<std::uint64_t>& ranks) {
  const graph::Snapshot& nodes = load.graph.nodes();
  const graph::NodeSet wanted = graph::closure(nodes, load.roots);
  const graph::ReverseEdges edges(nodes);
  std::vector<std::size_t> unmet(nodes.size());
  std::set<std::tuple<std::uint64_t, std::uint64_t, NodeId>> ready;
  std::uint64_t order = 0;
  const auto become_ready = [&](NodeId node) { ready.emplace(~ranks[node.value], ++order, node); };
  wanted.for_each_ascending([&](NodeId node) {
    unmet[node.value] = nodes.inputs(node).size();
    if (unmet[node.value] == 0) become_ready(node);
  });
  using End = std::pair<milliseconds, NodeId>;
  std::priority_queue<End, std::vector<End>, std::greater<>> running;
  milliseconds now{};
  while (!ready.empty() || !running.empty()) {
    for (; running.size() < slots && !ready.empty(); ready.erase(ready.begin())) {
      const NodeId next = std::get<NodeId>(*ready.begin());
      running.emplace(now + load.times[next.value], next);
    }
    const NodeId done = running.top().second;
    now = running.top().first;
    running.pop();
    for (const NodeId user : edges.users(done)) {
      if (wanted.contains(user) && --unmet[user.value] == 0) become_ready(user);
    }
  }
  return now;
}

std::vector<std::uint64_t> critical_lengths(const Load& load) {
  std::vector<std::uint64_t> weights;
  for (const milliseconds time : load.times) weights.push_back(static_cast<std::uint64_t>(time.count()));
  return graph::critical_lengths(load.graph.nodes(), graph::closure(load.graph.nodes(), load.roots), weights);
}

/// No order is faster: all work on all slots, or the longest chain.
milliseconds lower_bound(const Load& load, std::uint32_t slots) {
  std::int64_t work = 0;
  graph::closure(load.graph.nodes(), load.roots).for_each_ascending([&](NodeId node) { work += load.times[node.value].count(); });
  const auto longest = static_cast<std::int64_t>(std::ranges::max(critical_lengths(load)));
  return milliseconds(std::max(work / slots, longest));
}

double hours(milliseconds time) { return static_cast<double>(time.count()) / 3'600'000.0; }

void measure_engine(const Load& load, std::uint32_t slots) {
  Driver driver(load, Knowledge::times, slots);
  driver.run();
  const std::uint32_t built = driver.builds().counts().of(OutcomeKind::succeeded);
  const auto bytes = static_cast<double>(driver.builds().memory_bytes());
  fmt::print("{} nodes, {} edges, {} wanted: {} built\n", load.graph.nodes().size(), load.graph.nodes().edge_count(), load.roots.size(),
             built);
  fmt::print("engine: {:.1f} MB, {:.0f} bytes a node\n", bytes / 1e6, bytes / load.graph.nodes().size());
  fmt::print("{} events in {:.2f} s of processor time: {:.0f} a second, {:.1f} us a build, the slowest {:.0f} ms\n", driver.events(),
             driver.spent(), static_cast<double>(driver.events()) / driver.spent(), driver.spent() * 1e6 / built,
             driver.slowest_event() * 1e3);
}

void measure_order(const Load& load, std::uint32_t slots) {
  const milliseconds ideal = lower_bound(load, slots);
  const auto print = [&](const char* name, milliseconds time) {
    fmt::print("  {:<34} {:9.2f} h {:6.3f}\n", name, hours(time), hours(time) / hours(ideal));
  };
  fmt::print("{} slots, {} nodes\n", slots, load.graph.nodes().size());
  print("lower bound", ideal);
  for (const auto& [name, knowledge] :
       {std::pair{"critical path, times known", Knowledge::times}, {"critical path, depth alone", Knowledge::depth}}) {
    Driver driver(load, knowledge, slots);
    driver.run();
    print(name, driver.makespan());
  }
  print("critical path, all known at once", list_schedule(load, slots, critical_lengths(load)));
  print("first in, first out", list_schedule(load, slots, std::vector<std::uint64_t>(load.times.size())));
}

int run(std::uint32_t nodes, std::uint32_t slots) {
  const Load load = make_load(nodes);
  measure_engine(load, slots);
  for (const std::uint32_t few : {slots / 4, slots, slots * 4}) measure_order(make_load(13'000), few);
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) fmt::print("peak memory of the program: {} MB\n", usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace
}  // namespace ekaci::engine

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto number = [&](std::size_t index, std::uint32_t otherwise) {
    return index < arguments.size() ? static_cast<std::uint32_t>(std::stoul(arguments[index])) : otherwise;
  };
  return ekaci::engine::run(number(0, 300'000), std::max(4U, number(1, 16)));
}
