#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "git/repository.h"
#include "git/test_repository.h"

/// What the tests of repositories share.
namespace ekaci::git {

class RepositoryTest : public testing::GitTest {
 protected:
  [[nodiscard]] std::filesystem::path cache() const { return directory_ / "cache"; }
  [[nodiscard]] Result<std::unique_ptr<engine::Repository>> try_open(const std::filesystem::path& directory) const {
    return git::open({.directory = directory, .cache_directory = cache()});
  }
  [[nodiscard]] std::unique_ptr<engine::Repository> open(const std::filesystem::path& directory) const {
    auto opened = try_open(directory);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    return std::move(*opened);
  }
  [[nodiscard]] testing::TestRepository make(const std::string& name = "repository") const {
    return testing::TestRepository(directory_ / name);
  }
  /// A repository whose `main` and `change` both went on from one commit, in different files.
  [[nodiscard]] testing::TestRepository make_diverged() const {
    testing::TestRepository repository = make();
    testing::write(repository / "a", "one\ntwo\nthree\nfour\nfive\n");
    testing::write(repository / "dir" / "b", "b\n");
    static_cast<void>(repository.commit("first"));
    repository.git({"checkout", "--quiet", "-b", "change"});
    testing::write(repository / "a", "ONE\ntwo\nthree\nfour\nfive\n");
    static_cast<void>(repository.commit("change"));
    repository.git({"checkout", "--quiet", "main"});
    testing::write(repository / "dir" / "b", "B\n");
    static_cast<void>(repository.commit("main goes on"));
    return repository;
  }
  /// What a hostile command would make.
  [[nodiscard]] std::filesystem::path marker() const { return directory_ / "marker"; }
  [[nodiscard]] std::string touch_marker() const { return "touch " + marker().string(); }
};

inline TreeId merged_tree(const Result<engine::MergeResult>& result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::get<engine::MergedTree>(*result).tree;
}

}  // namespace ekaci::git
