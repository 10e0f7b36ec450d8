#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "process/child.h"

namespace ekaci::git {

/// What git is asked to do, and where.
struct Invocation {
  std::vector<std::string> arguments{};              ///< behind `git`
  std::map<std::string, std::string> environment{};  ///< in addition to GitProgram's own: GIT_DIR, GIT_WORK_TREE, …
  std::filesystem::path directory{};                 ///< where it starts
};

/// The git command, called so that nothing but its arguments and the repository decides what it does: no settings of the
/// machine or the user, no prompt, no network and no other transport, no replaced objects, no optional writes. A value; any thread.
class GitProgram {
 public:
  /// Looks git up in $PATH. not_found where there is none, unsupported where it is older than 2.38 (`merge-tree --write-tree`).
  static Result<GitProgram> find();

  [[nodiscard]] process::Command command(const Invocation& invocation) const;

  /// Runs it to its end, whatever its exit status.
  [[nodiscard]] Result<process::Completed> run(const Invocation& invocation, const process::RunLimits& limits,
                                               const CancelToken& cancel) const;

  /// Runs it and gives what it printed; an exit status other than 0 is an error (io) with git's own message.
  [[nodiscard]] Result<std::string> output_of(const Invocation& invocation, const process::RunLimits& limits,
                                              const CancelToken& cancel) const;

 private:
  explicit GitProgram(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Git's own message of why it failed, on one line and bounded; hostile text made printable.
std::string complaint_of(const process::Completed& completed);

/// The error for a command that failed: what, how it ended, git's message.
Error failure_of(const Invocation& invocation, const process::Completed& completed);

/// Whether `git version`'s output names at least 2.38. Exposed for tests.
bool is_usable_version(std::string_view output);

}  // namespace ekaci::git
