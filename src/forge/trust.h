#pragma once

#include <set>
#include <string>

#include "forge/desk_events.h"
#include "forge/ports.h"
#include "forge/subject.h"
#include "model/trust_rules.h"

namespace ekaci::forge {

/// Whose pull requests are built without being asked for: the server's configuration.
struct TrustPolicy {
  std::set<Association> associations{Association::owner, Association::member, Association::collaborator};
  std::set<std::string> authors{};          ///< logins, in lower case: to a forge case makes no difference
  Permission approver = Permission::write;  ///< what one has to have in the repository to approve, retry or cancel
  enum class OfRepository {
    widens,   ///< its configuration at base may name authors of its own
    narrows,  ///< it may only ask for more approvals
  };
  OfRepository of_repository = OfRepository::widens;
};

/// What is to be reviewed, as far as it decides whether it may be built.
struct BuildsQuestion {
  const Repository& repository;
  const Subject& subject;
  bool is_approved = false;  ///< by someone who may, for this very head
};

/// Whether a subject may be built: what the repository merges itself may, and what was approved. Else a pull request whose author is
/// trusted, by the policy and what the repository's configuration at base makes of it, and whose head lies where nobody else pushes: in a
/// repository of the author's, of the base repository's owner or of someone who is listed among the authors. Where the head is not known,
/// nobody is trusted.
Builds builds_of(const BuildsQuestion& asked, const TrustPolicy& policy, const TrustRules& of_base = {});

}  // namespace ekaci::forge
