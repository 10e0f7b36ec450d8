#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// The rows of `forge_repository` and `subject`. To be used within a transaction of the caller's.
namespace ekaci::db {

Status keep_repository(const Connection& connection, const forge::Repository& repository);
/// It is remembered, but not as one that we are in.
Status leave_repository(const Connection& connection, forge::RepositoryId repository);
/// Forgets those that we left and no check, label or comment is remembered of.
Status forget_repositories(const Connection& connection);
/// Those that we are in, by id.
Result<std::vector<forge::Repository>> load_repositories(const Connection& connection);

/// Whether we are in a repository, as far as we know.
enum class Presence { unknown, left, here };
Result<Presence> find_presence(const Connection& connection, forge::RepositoryId repository);

/// Each gives the heads on which the subjects stood that it took away or replaced.
Result<std::vector<std::string>> drop_subject(const Connection& connection, const forge::SubjectKey& key);
Result<std::vector<std::string>> drop_subjects(const Connection& connection, forge::RepositoryId repository);
/// Fails with invalid_argument where we are not in its repository.
Result<std::vector<std::string>> keep_subject(const Connection& connection, const forge::SubjectRecord& record);
/// By key.
Result<std::vector<forge::SubjectRecord>> load_subjects(const Connection& connection);

}  // namespace ekaci::db
