#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "model/rebuild.h"
#include "review/pairing.h"

namespace ekaci::review {

/// What find_rebuilds() looks at: nodes of one snapshot.
struct RebuildRoots {
  std::span<const graph::NodeId> base;  ///< every derivation that base's evaluation gave, whether it changed or not
  /// Every attribute that is a derivation at head, or at least those whose derivation is not what it was, in path order.
  std::span<const RebuiltAttribute> attributes;
};

/// Why attributes are rebuilt.
struct Rebuilds {
  /// For JobReview::rebuilds: all steps of all ways, nearest to an origin first, then by path. Every origin is
  /// among them.
  std::vector<RebuiltDerivation> derivations{};
  /// For JobReview::origins: most attributes first, then most explained, then by name. What needs more than the graph is empty.
  std::vector<Origin> origins{};
  /// For Change::rebuild: of each attribute, in the order given, where it stands in `derivations`; empty where its derivation is not
  /// new.
  std::vector<std::optional<std::uint32_t>> of_attributes{};
  /// The node of each of `derivations`.
  std::vector<graph::NodeId> nodes{};
  /// What stands in place of what, over all new derivations and not only those on ways; ascending by head.
  struct Replaced {
    graph::NodeId head{};
    graph::NodeId base{};
  };
  std::vector<Replaced> replaced{};
};

/// For every attribute whose derivation is in head's closures and not in base's: the shortest way down to an origin. Where several
/// are as short, the one to the origin with more attributes above it, then with the lower path; so that the answer depends on the
/// derivations and not on their ids. For what a derivation replaces, see pair_with_base(). Pure, any thread, about linear: some 400
/// bytes of memory for each new derivation.
///
/// How to use it for one job, on a pool thread:
///   1. take a snapshot; node ids of all derivations of both evaluations by Graph::find(); `rebuilds = find_rebuilds(snapshot, {…})`
///   2. for the foremost origins with a base: read and parse both, `origin.difference = drv::difference(base, head, {})`. (An
///      origin has no replaced inputs. For another step: replaced_inputs(snapshot, rebuilds, rebuilds.nodes[index]).)
///   3. `origin.lines = tell_lines(*origin.difference, lines)` with the lines of Repository::changed_lines()
///   4. move `derivations` and `origins` to the JobReview, `of_attributes` to its changes.
Rebuilds find_rebuilds(const graph::Snapshot& graph, const RebuildRoots& roots);

/// Of a derivation's inputs those that were replaced, as drv::difference() wants them; `head` is a node of the snapshot.
std::vector<Replacement> replaced_inputs(const graph::Snapshot& graph, const Rebuilds& rebuilds, graph::NodeId head);

}  // namespace ekaci::review
