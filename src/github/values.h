#pragma once

#include "forge/subject.h"
#include "github/json_field.h"
#include "model/object_id.h"

/// GitHub's objects, which webhooks and answers write alike, as values of ours. What is wrong is added to the field's problems; what is
/// returned is of no use then. Only what is used has to be there.
namespace ekaci::github {

CommitId commit_from(const JsonField& field);

/// `main`.
std::string branch_from(const JsonField& field);

/// A user's login. Users that were deleted are null, and `ghost` as on GitHub's pages.
std::string login_from(const JsonField& parent, const std::string& key);

forge::Repository repository_from(const JsonField& field, forge::InstallationId installation);

forge::PullRequest pull_request_from(const JsonField& field);

}  // namespace ekaci::github
