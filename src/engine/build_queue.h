#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/build_events.h"
#include "engine/build_ports.h"
#include "engine/build_urgency.h"
#include "graph/graph.h"

namespace ekaci::engine {

/// The ready nodes, and the builders' slots: who is built next, and where. Knows nothing of why a node is ready.
///
/// Nodes that ask the same of a builder share a line; taking the next one looks at the head of each line, so it takes time in
/// proportion to the different demands there are (tens) and the logarithm of a line's length. Fixed-output derivations and what is
/// substituted have slots of their own. Engine thread only.
class BuildQueue {
 public:
  /// Builders whose outcomes do not cover `assurance` are not used.
  explicit BuildQueue(Assurance assurance) : assurance_(assurance) {}
  BuildQueue(const BuildQueue&) = delete;
  BuildQueue& operator=(const BuildQueue&) = delete;
  BuildQueue(BuildQueue&&) = delete;
  BuildQueue& operator=(BuildQueue&&) = delete;
  ~BuildQueue() = default;

  /// The right to run one build on a builder. Move-only, so that it cannot be given back twice; gives itself back at the end of
  /// its life, which must not outlast the queue.
  class Slot {
   public:
    Slot(Slot&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)), builder_(other.builder_), is_fetch_(other.is_fetch_) {}
    Slot& operator=(Slot&&) = delete;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();
    [[nodiscard]] BuilderId builder() const { return builder_; }

   private:
    friend class BuildQueue;
    Slot(BuildQueue& queue, BuilderId builder, bool is_fetch);
    BuildQueue* queue_;
    BuilderId builder_;
    bool is_fetch_;
  };

  struct Next {
    graph::NodeId node;
    Slot slot;
  };

  /// Whether any builder that is there, or may come back, can take a node.
  enum class Prospect : std::uint8_t {
    possible,
    lost,        ///< all that could went away and are given up
    impossible,  ///< none could, ever
  };

  void add_builder(BuilderId id, const BuilderDescription& description);
  /// It takes nothing for now; says whether it did before.
  bool suspend_builder(BuilderId id);
  /// It is not expected back.
  void give_up_builder(BuilderId id);
  [[nodiscard]] const BuilderDescription& builder(BuilderId id) const { return builders_.at(id.value).description; }

  void set_traits(graph::NodeId node, const BuildTraits& traits);
  [[nodiscard]] bool has_traits(graph::NodeId node) const { return demand_of(node) != kUnknownDemand; }
  /// Of a node whose traits are known.
  [[nodiscard]] Prospect prospect(graph::NodeId node, BuildMode mode) const;

  /// What to put into a line.
  struct Entry {
    graph::NodeId node;
    BuildMode mode = BuildMode::build;
    BuildRank rank{};
    std::optional<BuilderId> avoid{};  ///< the builder that it last failed on: taken only where no other is free
  };
  /// In, or to another place where it was in already.
  void push(const Entry& entry);
  void withdraw(graph::NodeId node);
  /// Whether take_next() has something.
  [[nodiscard]] bool has_next();
  /// The foremost node that a free builder can take, with its slot.
  std::optional<Next> take_next();
  /// Nodes in line for which take_next() will never come: all builders that could take them are given up. Taken out of line.
  std::vector<graph::NodeId> take_hopeless();

  /// Builds and fetches that run on a builder.
  struct Load {
    std::uint32_t builds = 0;
    std::uint32_t fetches = 0;
  };
  [[nodiscard]] Load load(BuilderId id) const { return builders_.at(id.value).load; }
  /// Slots of builders that are there, fetches left out.
  [[nodiscard]] std::uint32_t slots() const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kUnknownDemand = 0;
  /// Demand of what is substituted: anyone who can fetch.
  static constexpr std::uint32_t kSubstitution = 1;

  enum class Presence : std::uint8_t { present, suspended, given_up };
  struct Builder {
    BuilderDescription description{};
    Presence presence = Presence::present;
    Load load{};
  };
  /// What a node asks of a builder.
  struct Demand {
    std::string system{};
    std::vector<std::string> features{};  ///< sorted, each once
    bool is_fetch = false;
    bool prefers_local = false;
    bool is_substitution = false;
    friend auto operator<=>(const Demand&, const Demand&) = default;
  };
  struct Place {
    BuildRank rank{};
    graph::NodeId node{};
    std::uint32_t ticket = 0;
    friend std::strong_ordering operator<=>(const Place& left, const Place& right) {
      return std::tie(left.rank, right.node, left.ticket) <=> std::tie(right.rank, left.node, right.ticket);
    }
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Line {
    Demand demand{};
    std::vector<Place> places{};        ///< a heap; those whose ticket is not the node's any more are void
    std::uint32_t waiting = 0;          ///< places that are not void
    std::vector<BuilderId> builders{};  ///< that can take its nodes, whether or not they are there
  };
  /// A node's valid place: 0 where it has none.
  struct Ticket {
    std::uint32_t number = 0;
    std::uint32_t line = 0;
  };

  [[nodiscard]] std::uint32_t demand_of(graph::NodeId node) const {
    return node.value < demands_.size() ? demands_[node.value] : kUnknownDemand;
  }
  [[nodiscard]] std::uint32_t line_of(graph::NodeId node, BuildMode mode) const {
    return mode == BuildMode::substitute ? kSubstitution : demand_of(node);
  }
  [[nodiscard]] bool is_valid(const Place& place) const { return tickets_[place.node.value].number == place.ticket; }
  std::uint32_t intern(Demand demand);
  void match(Line& line) const;
  [[nodiscard]] bool can_take(const Builder& builder, const Demand& demand) const;
  [[nodiscard]] Prospect prospect(const Line& line) const;
  /// The builder that takes a line's foremost node; nullopt where none is free.
  [[nodiscard]] std::optional<BuilderId> choose_builder(const Line& line, graph::NodeId node) const;
  /// Of a line in which somebody waits.
  const Place& foremost(Line& line) const;
  void compact(Line& line) const;

  Assurance assurance_;
  std::map<std::uint32_t, Builder> builders_{};
  std::vector<Line> lines_{Line{}, Line{.demand = {.is_fetch = true, .prefers_local = true, .is_substitution = true}}};
  std::map<Demand, std::uint32_t> demand_ids_{};
  std::vector<std::uint32_t> demands_{};  ///< by node: index into lines_
  std::vector<Ticket> tickets_{};         ///< by node
  std::set<std::uint32_t> active_{};      ///< lines in which somebody waits
  std::unordered_map<graph::NodeId, BuilderId> avoided_{};
  std::uint32_t last_ticket_ = 0;
};

}  // namespace ekaci::engine
