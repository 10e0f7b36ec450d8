#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "model/object_id.h"
#include "process/child.h"

/// Real git repositories for tests, made with the git command and nobody's settings.
namespace ekaci::git::testing {

inline process::Completed run_git(const std::filesystem::path& directory, std::vector<std::string> arguments, std::string_view input = "") {
  arguments.insert(arguments.begin(), "git");
  const process::Command command{.arguments = std::move(arguments),
                                 .environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                 {"HOME", "/dev/null"},
                                                 {"GIT_CONFIG_NOSYSTEM", "1"},
                                                 {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                                 {"GIT_AUTHOR_NAME", "a"},
                                                 {"GIT_AUTHOR_EMAIL", "a@example.org"},
                                                 {"GIT_AUTHOR_DATE", "1700000000 +0000"},
                                                 {"GIT_COMMITTER_NAME", "a"},
                                                 {"GIT_COMMITTER_EMAIL", "a@example.org"},
                                                 {"GIT_COMMITTER_DATE", "1700000000 +0000"}},
                                 .directory = directory};
  auto completed = process::run(command, input, {}, {});
  if (!completed) {
    ADD_FAILURE() << completed.error().to_string();
    return {};
  }
  EXPECT_TRUE(completed->ended.status.succeeded()) << command.arguments[1] << ": " << completed->error;
  return std::move(*completed);
}

/// What git printed, without white space around it.
inline std::string git_output(const std::filesystem::path& directory, std::vector<std::string> arguments, std::string_view input = "") {
  return std::string(trim(run_git(directory, std::move(arguments), input).output));
}

inline void write(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string read(const std::filesystem::path& path) { return read_file(path, 1U << 20U).value_or("(unreadable)"); }

/// Every name below a directory with its content and modification time: equal only where nothing was written.
inline std::map<std::string, std::string> snapshot(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    std::string content = std::to_string(entry.last_write_time().time_since_epoch().count());
    if (entry.is_regular_file()) content += read_file(entry.path(), 1U << 26U).value_or("(unreadable)");
    all[fs::relative(entry.path(), root).string()] = content;
  }
  return all;
}

/// A repository with a work tree, on the branch `main`.
class TestRepository {
 public:
  explicit TestRepository(std::filesystem::path directory, const std::string& format = "sha1") : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    git({"init", "--quiet", "--initial-branch=main", "--object-format=" + format});
  }

  [[nodiscard]] const std::filesystem::path& path() const { return directory_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return directory_ / name; }
  std::string git(std::vector<std::string> arguments, std::string_view input = "") const {
    return git_output(directory_, std::move(arguments), input);
  }
  /// Commits everything in the work tree.
  CommitId commit(const std::string& message) const {
    git({"add", "--all", "--force"});
    git({"commit", "--quiet", "--allow-empty", "--message", message});
    return commit_id("HEAD");
  }
  [[nodiscard]] CommitId commit_id(const std::string& revision) const { return CommitId::parse(git({"rev-parse", revision})).value(); }
  [[nodiscard]] TreeId tree_id(const std::string& revision) const {
    return TreeId::parse(git({"rev-parse", revision + "^{tree}"})).value();
  }
  /// A tree object made of `git mktree` lines: `<mode> <type> <id>\t<name>`. Git checks nothing but their form.
  [[nodiscard]] TreeId make_tree(const std::string& lines) const { return TreeId::parse(git({"mktree", "--missing"}, lines)).value(); }
  [[nodiscard]] std::string make_blob(const std::string& content) const { return git({"hash-object", "-w", "--stdin"}, content); }
  /// A tree object of these very bytes.
  [[nodiscard]] TreeId make_raw_tree(const std::string& bytes) const {
    return TreeId::parse(git({"hash-object", "-t", "tree", "-w", "--stdin", "--literally"}, bytes)).value();
  }

 private:
  std::filesystem::path directory_;
};

/// A directory of its own for each test.
class GitTest : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-git-").value(); }
  void TearDown() override { EXPECT_TRUE(remove_tree(directory_)); }
  std::filesystem::path directory_;
};

}  // namespace ekaci::git::testing
