#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/attribute.h"

namespace ekaci::review {

/// A derivation's name taken apart.
struct DerivationName {
  std::string name;
  std::string version;  ///< empty where the name has none
  friend bool operator==(const DerivationName&, const DerivationName&) = default;
};

/// Splits as `builtins.parseDrvName` does (Nix, libexpr/names.cc): the version begins behind the first dash that no ASCII letter
/// follows. A dash at the very end belongs to the name.
DerivationName split_derivation_name(std::string_view full_name);

/// What a derivation calls itself; what its store path says where the evaluation gave no name. Hostile text.
std::string full_name(const EvaluatedDerivation& derivation);

/// How a name moved from one derivation to another: `1.0 → 1.1` where only the version differs, both full names where more does;
/// nullopt where the names are equal. Hostile text.
std::optional<std::string> name_change(const EvaluatedDerivation& base, const EvaluatedDerivation& head);

}  // namespace ekaci::review
