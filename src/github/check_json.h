#pragma once

#include <string>
#include <string_view>

#include "forge/ports.h"

/// Checks as GitHub's check runs (docs.github.com/rest/checks/runs). Pure.
namespace ekaci::github {

/// The idempotency key of a check: `ekaci-17`.
std::string external_id(forge::CheckId id);
/// Whether it is what external_id() gave some check.
bool is_external_id(std::string_view text);

/// The body of a request that creates the check. `details_base` is our server's URL, without a slash at its end; where it is empty there is
/// no link. What the check says is cut to GitHub's limits.
std::string new_check_json(const forge::OwedCheck& owed, std::string_view details_base);

/// The body of a request that changes it.
std::string changed_check_json(const forge::OwedCheck& owed, std::string_view details_base);

}  // namespace ekaci::github
