#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "git/git_program.h"
#include "model/object_id.h"

namespace ekaci::git {

/// A repository on a server.
struct Remote {
  std::string url{};                           ///< http or https, without user and password
  std::optional<std::string> authorization{};  ///< secret: the value of an Authorization header; empty where none is needed
};

/// How mirrors reach servers.
struct MirrorSettings {
  std::filesystem::path directory{};
  /// What the programs that fetch see besides: proxies, certificates. Never a secret.
  std::map<std::string, std::string> environment{};
};

/// A bare repository of our own that has what was fetched from a server. Reviews read it as they read any other (git/repository.h). Safe
/// from any thread; fetches of one mirror follow each other. One process at a time has a mirror's directory.
class Mirror {
 public:
  /// Opens it, or makes it where there is none.
  static Result<std::unique_ptr<Mirror>> open(MirrorSettings settings);

  [[nodiscard]] const std::filesystem::path& path() const { return settings_.directory; }

  /// Fetches refs (`refs/heads/main`, `refs/pull/12/head`) and what they need, all or none, and says where each points, in the order
  /// asked. They are kept from being cleaned until clean() is told otherwise. The secret is seen by no argument list, no environment
  /// and no file on disk. `not_found` where the server has no such ref; `unavailable` with git's message where it cannot be had now.
  Result<std::vector<CommitId>> fetch(const Remote& remote, std::span<const std::string> refs, const CancelToken& cancel);

  /// Forgets refs that were fetched before and are not among these, and removes what nothing needs any more and is older than two weeks.
  Status clean(const std::set<std::string>& kept, const CancelToken& cancel);

 private:
  Mirror(GitProgram git, MirrorSettings settings) : git_(std::move(git)), settings_(std::move(settings)) {}
  [[nodiscard]] Invocation invocation(std::vector<std::string> arguments) const;
  [[nodiscard]] Result<std::vector<CommitId>> read_refs(std::span<const std::string> refs, const CancelToken& cancel) const;

  GitProgram git_;
  MirrorSettings settings_;
  std::mutex busy_{};  ///< one writer
};

}  // namespace ekaci::git
