#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/source_position.h"

namespace ekaci {

/// What a package says of itself: its name, its version and its `meta`. Never what makes it another derivation. All of it hostile
/// text; what it does not say is empty.
struct Metadata {
  std::string pname{};
  std::string version{};
  std::string description{};
  std::vector<std::string> licences{};         ///< in its order: SPDX identifier, else short name, else full name
  std::vector<std::string> maintainers{};      ///< in its order: GitHub handle, else name, else address
  std::vector<std::string> vulnerabilities{};  ///< `knownVulnerabilities`
  bool broken = false;
  bool insecure = false;                     ///< it says so, or names vulnerabilities
  std::optional<SourcePosition> position{};  ///< where it is defined: `meta.position`, else where its version or name stands
  /// Why the metadata cannot be evaluated, which costs the metadata and not the derivation. Nothing above is known then.
  std::string problem{};
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// What can differ between two sides' metadata. A position that moved is no difference: every line added above moves it.
enum class MetadataAspect {
  name,         ///< pname
  version,      ///<
  licences,     ///<
  maintainers,  ///<
  broken,       ///< marked, or no longer
  insecure,     ///< marked, no longer, or for other reasons
  description,  ///<
  unreadable,   ///< evaluates on one side only
};
std::string_view to_string(MetadataAspect aspect);
std::optional<MetadataAspect> parse_metadata_aspect(std::string_view text);

/// In what two sides' metadata differ; empty where nothing can be compared because a side has none.
std::set<MetadataAspect> differing_aspects(const std::optional<Metadata>& base, const std::optional<Metadata>& head);

}  // namespace ekaci
