#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/source_position.h"
#include "model/store_path.h"

/// Why something is rebuilt: the ways from changed attributes down to where the change entered the graph, and what differs there.
namespace ekaci {

/// A named text on both sides; absent where a side does not have it. Hostile text, each at most kMaxText bytes.
struct TextDifference {
  /// Longer texts are cut to what surrounds their first difference; the cut is marked with `…`.
  static constexpr std::size_t kMaxText = 2048;
  std::string name;
  std::optional<std::string> base{};
  std::optional<std::string> head{};
  friend bool operator==(const TextDifference&, const TextDifference&) = default;
};

/// A store path on both sides: an input source, which is its content, or an input derivation. One input derivation on both sides
/// is used with other outputs.
struct PathDifference {
  std::optional<StorePath> base{};
  std::optional<StorePath> head{};
  friend bool operator==(const PathDifference&, const PathDifference&) = default;
};

/// A path of head and the path of base that it stands in place of.
struct Replacement {
  StorePath base;
  StorePath head;
  friend bool operator==(const Replacement&, const Replacement&) = default;
};

/// All that differs between a derivation and the one it replaces. The paths of their own outputs, which always differ, are left
/// out; in texts, a path of an input that was replaced counts as equal to the path of what replaced it.
struct DerivationDifference {
  std::vector<TextDifference> fields{};       ///< `name`, `system`, `builder`
  std::vector<TextDifference> arguments{};    ///< of the builder, named by their number from 1
  std::vector<TextDifference> environment{};  ///< by name
  std::vector<TextDifference> outputs{};      ///< by name: how it is made (`input-addressed`, `fixed r:sha256 <hash>`, …)
  std::vector<PathDifference> sources{};      ///< input sources, matched by name
  std::vector<PathDifference> inputs{};       ///< input derivations, matched by name
  bool cut = false;                           ///< there is more than kMaxEntries in some list
  bool same_outputs = false;                  ///< all output paths are equal: what is built from it stays as it was

  static constexpr std::size_t kMaxEntries = 200;
  friend bool operator==(const DerivationDifference&, const DerivationDifference&) = default;
};

/// A derivation of head that base does not have, as a step on the way from an attribute down to an origin.
struct RebuiltDerivation {
  StorePath head;
  std::optional<StorePath> base{};         ///< what stood in its place; empty where nothing did
  std::optional<std::uint32_t> towards{};  ///< the next step: an index into the same list; empty where this is an origin
  std::uint32_t distance = 0;              ///< steps to the origin; the shortest way there is
  std::uint32_t origin = 0;                ///< index into JobReview::origins
  friend bool operator==(const RebuiltDerivation&, const RebuiltDerivation&) = default;
};

/// What differs at a step that is no origin, beside the inputs that were replaced: the package changes for a reason of its own, too.
struct StepDifference {
  std::uint32_t derivation = 0;  ///< index into JobReview::rebuilds
  DerivationDifference difference{};
  friend bool operator==(const StepDifference&, const StepDifference&) = default;
};

/// A line that the change adds and that says what differs at an origin.
struct ChangedLine {
  SourcePosition position;
  std::string text;  ///< hostile text, without its line ending, at most 512 bytes
  friend bool operator==(const ChangedLine&, const ChangedLine&) = default;
};

/// Where the change entered the graph (product.md: *origin*): a rebuilt derivation none of whose inputs was rebuilt.
struct Origin {
  std::uint32_t derivation = 0;   ///< index into JobReview::rebuilds
  std::uint64_t attributes = 0;   ///< blast radius: wanted attributes with another derivation that are built from it
  std::uint64_t explained = 0;    ///< of them, those whose shortest way ends here; over all origins they sum to all that have a way
  std::uint64_t derivations = 0;  ///< new derivations built from it, itself included
  std::optional<DerivationDifference> difference{};  ///< read for the foremost origins; always empty where nothing is replaced
  std::optional<SourcePosition> position{};          ///< of the nearest attribute built from it whose position is known
  std::vector<ChangedLine> lines{};                  ///< of the change, most telling first; at most 5
  friend bool operator==(const Origin&, const Origin&) = default;
};

}  // namespace ekaci
