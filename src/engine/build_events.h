#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "engine/build_ports.h"
#include "graph/graph.h"
#include "model/outcome.h"

/// What building asks for (effects) and what it is told (events). Values. Deciding is engine/builds.h's work; whoever carries out
/// answers every effect that says so with exactly one event for each thing that it names, however late.
namespace ekaci::engine {

/// One try at building or fetching one node. Never given twice in one process.
using BuildId = StrongId<struct BuildIdTag, std::uint64_t>;
/// A builder, as whoever carries out counts them.
using BuilderId = StrongId<struct BuilderIdTag, std::uint32_t>;

/// What is built first. Nothing of a later one starts while something of an earlier one can.
enum class Priority : std::uint8_t {
  head,           ///< decides the verdict
  base_deciding,  ///< at base, of what fails at head
  base_sizes,     ///< at base, for sizes and transitions: nobody waits for it
};

/// What somebody wants of a node.
enum class Need : std::uint8_t {
  outcome,  ///< to know; a node that once succeeded is not built again for that
  outputs,  ///< to have them valid in the store
};

/// What the store says of a node's outputs.
enum class Validity : std::uint8_t { missing, substitutable, valid };

/// What scheduling has to know of a derivation.
struct BuildTraits {
  std::string system{};
  std::vector<std::string> required_features{};  ///< `requiredSystemFeatures`, in any order
  bool fixed_output = false;
  bool prefer_local = false;                                ///< `preferLocalBuild`
  std::optional<std::chrono::milliseconds> last_success{};  ///< how long it took when it was last built
};

// Effects.

/// What is remembered of each? Answered by OutcomesFound or QuestionFailed, in as many pieces as wished; so are the next two.
struct FindOutcomes {
  std::vector<graph::NodeId> nodes;
};
/// Are the outputs there? Keep them from being collected first, then ask.
struct AskValidity {
  std::vector<graph::NodeId> nodes;
};
struct ReadTraits {
  std::vector<graph::NodeId> nodes;
};
/// Answered by BuildEnded, also where the builder is lost or the build is stopped.
struct StartBuild {
  BuildId id;
  graph::NodeId node;
  BuilderId builder;
  BuildMode mode = BuildMode::build;
  BuildLimits limits{};
  Priority priority = Priority::head;  ///< of what wants it the most
};
/// Has no answer of its own: the build ends. It may have ended already.
struct StopBuild {
  BuildId id;
};
/// To be stored, together and durably. Answered by AttemptStored or StoringFailed; nothing is concluded from it before. An outcome
/// that holds for this attempt alone (infrastructure, cancelled) does not take the place of one that lasts.
struct StoreAttempt {
  BuildId id;
  graph::NodeId node;
  Attempt attempt;
  Outcome outcome;
};
/// Found valid without anything being remembered of them: to be remembered as succeeded. Nothing waits for it.
struct RememberValid {
  std::vector<graph::NodeId> nodes;
  Assurance assurance{};
};
/// Woke is due then. Replaces what was asked before.
struct WakeAt {
  Clock::Instant instant{};
};
/// For those who show and judge: Builds::outcome() of these is new.
struct OutcomesChanged {
  std::vector<graph::NodeId> nodes;
};

using BuildEffect =
    std::variant<FindOutcomes, AskValidity, ReadTraits, StartBuild, StopBuild, StoreAttempt, RememberValid, WakeAt, OutcomesChanged>;

// Events.

/// Somebody wants these nodes of a graph, which is the one of all earlier wants or has grown since.
struct Wanted {
  graph::Snapshot graph;
  std::vector<graph::NodeId> roots;
  Priority priority = Priority::head;
  Need need = Need::outcome;
};
/// Takes back one earlier want of each with the same need.
struct Unwanted {
  std::vector<graph::NodeId> roots;
  Need need = Need::outcome;
};
struct FoundOutcome {
  graph::NodeId node;
  std::optional<Outcome> outcome{};  ///< nullopt: nothing is remembered
};
struct OutcomesFound {
  std::vector<FoundOutcome> found;
};
struct FoundValidity {
  graph::NodeId node;
  Validity validity = Validity::missing;
};
struct ValidityFound {
  std::vector<FoundValidity> found;
};
struct FoundTraits {
  graph::NodeId node;
  BuildTraits traits{};
};
/// May also come unasked, for any nodes, as soon as somebody has read their derivations.
struct TraitsRead {
  std::vector<FoundTraits> found;
};
/// A question about these nodes could not be answered. It is asked again, a bounded number of times.
struct QuestionFailed {
  std::vector<graph::NodeId> nodes;
  Error error;
};
struct BuildEnded {
  BuildId id;
  Result<AttemptReport> report;
  Clock::Wall start{};  ///< of an attempt that has no report
  Clock::Wall end{};
};
struct AttemptStored {
  BuildId id;
};
struct StoringFailed {
  BuildId id;
  Error error;
};
/// A builder is there, is there again, or is another than it was. Say so before anything is wanted: without a builder for it a
/// node is `no_builder` at once.
struct BuilderPresent {
  BuilderId id;
  BuilderDescription description;
};
/// A builder went away and may come back.
struct BuilderLost {
  BuilderId id;
};
/// Time has passed: at or after the instant of the last WakeAt. Harmless at any other time.
struct Woke {};
/// Nothing more is built. What runs is stopped.
struct AllCancelled {};

using BuildEvent = std::variant<Wanted, Unwanted, OutcomesFound, ValidityFound, TraitsRead, QuestionFailed, BuildEnded, AttemptStored,
                                StoringFailed, BuilderPresent, BuilderLost, Woke, AllCancelled>;

}  // namespace ekaci::engine
