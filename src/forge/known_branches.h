#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "forge/desk_events.h"
#include "forge/subject.h"

namespace ekaci::forge {

/// Where branches point to, as far as that was told: in memory alone, since the forge can be asked. A value; one thread.
class KnownBranches {
 public:
  /// nullopt where that is not known.
  [[nodiscard]] std::optional<CommitId> tip(RepositoryId repository, const std::string& branch) const;
  /// Whether one of a repository's branches is known to point there.
  [[nodiscard]] bool has_tip(RepositoryId repository, const CommitId& commit) const;
  void move(RepositoryId repository, const std::string& branch, const CommitId& tip);
  void forget(RepositoryId repository, const std::string& branch);
  void forget(RepositoryId repository);

  /// The branches of a repository that something is known of and whose names begin so.
  [[nodiscard]] std::vector<std::string> names(RepositoryId repository, std::string_view prefix) const;

  /// A notice tells of the branch; `newest` is the last question that was asked by then.
  void hear_of(RepositoryId repository, const std::string& branch, QuestionId newest);
  /// Whether a notice told of the branch after the question was asked: then the answer may be older than what is known.
  [[nodiscard]] bool was_heard_of_since(RepositoryId repository, const std::string& branch, QuestionId asked) const;

 private:
  struct Branch {
    std::optional<CommitId> tip{};
    QuestionId heard_of{};
  };
  std::map<std::pair<RepositoryId, std::string>, Branch> branches_{};
};

}  // namespace ekaci::forge
