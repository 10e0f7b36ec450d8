#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "git/repository_test.h"

/// What is never touched, and never run: a repository and its settings are a stranger's.
namespace ekaci::git {
namespace {

namespace fs = std::filesystem;
using testing::TestRepository;
using RepositoryIsolation = RepositoryTest;

TEST_F(RepositoryIsolation, NeverWritesTheUsersRepository) {
  const TestRepository repository = make_diverged();
  testing::write(repository / "dir" / "uncommitted", "u");
  repository.git({"add", "dir/uncommitted"});
  testing::write(repository / "a", "modified\n");
  const auto before = testing::snapshot(repository.path());
  {
    const auto opened = open(repository / "dir");
    const CommitId base = opened->resolve(opened->default_base().value()).value();
    const CommitId head = opened->resolve("change").value();
    const TreeId tree = merged_tree(opened->merge(base, head, {}));
    EXPECT_TRUE(opened->read_file(tree, "a", 1000).value());
    EXPECT_TRUE(opened->changed_paths(opened->tree_of(base).value(), tree, 100));
    EXPECT_TRUE(opened->materialise(tree, {}));
    EXPECT_FALSE(opened->resolve("none"));
  }
  EXPECT_EQ(testing::snapshot(repository.path()), before);
}

TEST_F(RepositoryIsolation, LeavesNothingInTheCacheButTrees) {
  const TestRepository repository = make_diverged();
  {
    const auto opened = open(repository.path());
    ASSERT_TRUE(opened->materialise(merged_tree(opened->merge(repository.commit_id("main"), repository.commit_id("change"), {})), {}));
  }
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(cache() / "git")) names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"lock"});
}

TEST_F(RepositoryIsolation, RemovesPrivateDirectoriesOfKilledProcessesOnly) {
  const TestRepository repository = make_diverged();
  testing::write(cache() / "git" / "repository-dead" / "objects" / "aa" / "object", "x");
  const auto living = open(repository.path());
  const auto second = open(repository.path());
  EXPECT_FALSE(fs::exists(cache() / "git" / "repository-dead"));
  EXPECT_TRUE(living->merge(repository.commit_id("main"), repository.commit_id("change"), {}));
}

TEST_F(RepositoryIsolation, RunsNothingThatTheRepositorysSettingsName) {
  const TestRepository repository = make_diverged();
  testing::write(repository / ".gitattributes", "* merge=evil diff=evil filter=evil\n");
  const CommitId main = repository.commit("attributes");
  testing::write(repository / ".git" / "info" / "attributes", "* merge=evil diff=evil filter=evil text eol=crlf\n");
  repository.git({"checkout", "--quiet", "change"});
  testing::write(repository / "dir" / "b", "conflicting\n");
  const CommitId change = repository.commit("both change it");
  const std::string run = touch_marker() + " #";
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"core.fsmonitor", run},
      {"core.hooksPath", (repository / "hooks").string()},
      {"core.pager", run},
      {"core.editor", run},
      {"core.askPass", run},
      {"core.sshCommand", run},
      {"core.gitProxy", run},
      {"core.alternateRefsCommand", run},
      {"merge.default", "evil"},
      {"merge.evil.driver", run},
      {"merge.renormalize", "true"},
      {"diff.external", run},
      {"diff.evil.command", run},
      {"diff.evil.textconv", run},
      {"filter.evil.clean", run},
      {"filter.evil.smudge", run},
      {"filter.evil.process", run},
      {"filter.evil.required", "true"},
      {"alias.rev-parse", "!" + run},
      {"alias.merge-tree", "!" + run},
      {"credential.helper", "!" + run},
      {"gc.auto", "1"},
      {"extensions.partialClone", "evil"},
      {"remote.evil.promisor", "true"},
      {"remote.evil.url", "ext::sh -c " + touch_marker()},
      {"remote.evil.uploadpack", run},
      {"remote.local.promisor", "true"},
      {"remote.local.url", repository.path().string()},
      {"remote.local.uploadpack", run},
      {"remote.vcs.promisor", "true"},
      {"remote.vcs.vcs", "ext"},
      {"protocol.allow", "always"},
      {"protocol.ext.allow", "always"},
      {"protocol.file.allow", "always"},
      {"core.worktree", "/nonexistent/place"},
      {"include.path", (repository / "included").string()},
  };
  for (const char* hook : {"post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"}) {
    for (const fs::path& place : {repository / "hooks", repository / ".git" / "hooks"}) {
      testing::write(place / hook, "#!/bin/sh\n" + touch_marker() + "\n");
      fs::permissions(place / hook, fs::perms(0755));
    }
  }
  testing::write(repository / "included", "[core]\n\tfsmonitor = " + touch_marker() + "\n");
  std::string lines = testing::read(repository / ".git" / "config");
  for (const auto& [name, value] : settings) {
    const std::size_t last = name.rfind('.');
    const std::size_t first = name.find('.');
    lines += first == last ? "[" + name.substr(0, first) + "]\n"
                           : "[" + name.substr(0, first) + " \"" + name.substr(first + 1, last - first - 1) + "\"]\n";
    lines += "\t" + name.substr(last + 1) + " = \"" + value + "\"\n";
  }
  testing::write(repository / ".git" / "config", lines);
  const auto before = testing::snapshot(repository.path());

  const auto opened = open(repository.path());
  EXPECT_EQ(opened->resolve("change").value(), change);
  EXPECT_FALSE(opened->resolve(std::string(40, '1')));
  EXPECT_FALSE(opened->resolve("none"));
  EXPECT_TRUE(opened->default_base());
  const auto result = opened->merge(main, change, {});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_TRUE(std::holds_alternative<engine::MergeConflict>(*result));
  const TreeId tree = opened->tree_of(change).value();
  EXPECT_TRUE(opened->changed_paths(opened->tree_of(main).value(), tree, 10));
  const auto files = opened->materialise(tree, {});
  ASSERT_TRUE(files) << files.error().to_string();
  EXPECT_EQ(testing::read((*files)->path() / "dir" / "b"), "conflicting\n");
  EXPECT_FALSE(opened->read_file(TreeId::parse(std::string(40, '1')).value(), "a", 10));
  EXPECT_FALSE(fs::exists(marker()));
  EXPECT_EQ(testing::snapshot(repository.path()), before);
}

TEST_F(RepositoryIsolation, AttributesOfTheTreeDoNotSteerAMerge) {
  const TestRepository repository = make();
  testing::write(repository / ".gitattributes", "f merge=union\n");
  testing::write(repository / "f", "x\n");
  static_cast<void>(repository.commit("first"));
  repository.git({"checkout", "--quiet", "-b", "change"});
  testing::write(repository / "f", "y\n");
  const CommitId change = repository.commit("change");
  repository.git({"checkout", "--quiet", "main"});
  testing::write(repository / "f", "z\n");
  const CommitId main = repository.commit("main");
  const auto result = open(repository.path())->merge(main, change, {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(std::holds_alternative<engine::MergeConflict>(*result));
}

TEST_F(RepositoryIsolation, ReplacedObjectsAndGraftsDoNotCount) {
  const TestRepository repository = make_diverged();
  const TreeId tree = repository.tree_id("main");
  repository.git({"replace", "main", "change"});
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->tree_of(opened->resolve("main").value()).value(), tree);
}

}  // namespace
}  // namespace ekaci::git
