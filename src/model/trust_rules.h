#pragma once

#include <optional>
#include <set>
#include <string>

namespace ekaci {

/// What a repository says of whose pull requests are built without an approval (`trust`). It grants rights, so it holds from base alone.
struct TrustRules {
  enum class Builds {
    trusted,   ///< pull requests of those who are trusted are built at once
    approved,  ///< nobody's are built before someone approved them
  };
  Builds builds = Builds::trusted;
  /// Logins that are trusted besides, in lower case: to a forge case makes no difference.
  std::set<std::string> authors{};
  /// As the forge writes them. Of those that the server trusts only these are; empty: all of them.
  std::optional<std::set<std::string>> associations{};
  friend bool operator==(const TrustRules&, const TrustRules&) = default;
};

}  // namespace ekaci
