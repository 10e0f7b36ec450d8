#pragma once

#include <set>
#include <string>

#include "forge/desk_events.h"
#include "forge/ports.h"
#include "forge/subject.h"

namespace ekaci::forge {

/// Whose pull requests are built without being asked for. The server's configuration; a repository cannot widen it.
struct TrustPolicy {
  std::set<Association> associations{Association::owner, Association::member, Association::collaborator};
  std::set<std::string> authors{};          ///< logins, in lower case: to a forge case makes no difference
  Permission approver = Permission::write;  ///< what one has to have in the repository to approve, retry or cancel
};

/// Whether a subject may be built: what the repository merges itself may, a pull request by its author or by an approval of its head.
Builds builds_of(const SubjectRecord& record, const TrustPolicy& policy);

}  // namespace ekaci::forge
