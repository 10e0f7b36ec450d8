#include "git/repository.h"

#include <unistd.h>

#include <string>
#include <variant>
#include <vector>

#include "git/repository_test.h"

/// Where a repository is, its revisions, and merging.
namespace ekaci::git {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::TestRepository;

// ---- where a repository is ----

TEST_F(RepositoryTest, OpensWorkTreesSubdirectoriesGitDirectoriesAndBareOnes) {
  const TestRepository repository = make_diverged();
  const CommitId main = repository.commit_id("main");
  const CommitId change = repository.commit_id("change");
  testing::run_git(directory_, {"clone", "--quiet", "--bare", "repository", "bare.git"});
  repository.git({"worktree", "add", "--quiet", (directory_ / "linked").string(), "change"});
  EXPECT_EQ(open(repository.path())->resolve("HEAD").value(), main);
  EXPECT_EQ(open(repository / "dir")->resolve("HEAD").value(), main);
  EXPECT_EQ(open(repository / ".git")->resolve("HEAD").value(), main);
  EXPECT_EQ(open(directory_ / "bare.git")->resolve("HEAD").value(), main);
  const auto linked = open(directory_ / "linked" / "dir");
  EXPECT_EQ(linked->resolve("HEAD").value(), change);
  EXPECT_EQ(linked->resolve("main").value(), main);
  EXPECT_TRUE(linked->merge(main, change, {}));
}

TEST_F(RepositoryTest, SaysWhereThereIsNoRepository) {
  fs::create_directories(directory_ / "plain");
  const auto plain = try_open(directory_ / "plain");
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code(), ErrorCode::not_found);
  EXPECT_NE(plain.error().message().find((directory_ / "plain").string()), std::string::npos);
  const auto missing = try_open(directory_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
}

TEST_F(RepositoryTest, IgnoresTheCallersGitEnvironment) {
  const TestRepository repository = make_diverged();
  const TestRepository other(directory_ / "other");
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE"}) {
    ::setenv(name, (other / ".git").c_str(), 1);  // NOLINT(concurrency-mt-unsafe): the test has one thread
  }
  const auto resolved = open(repository.path())->resolve("HEAD");
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE"}) {
    ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): the test has one thread
  }
  EXPECT_EQ(resolved.value(), repository.commit_id("main"));
}

TEST_F(RepositoryTest, TakesPathsWithStrangeCharacters) {
  const TestRepository repository = make("we\"ird:#\\ dir\nwith ü");
  testing::write(repository / "f", "content");
  const CommitId commit = repository.commit("first");
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->resolve("main").value(), commit);
  EXPECT_EQ(opened->read_file(opened->tree_of(commit).value(), "f", 100).value(), "content");
}

TEST_F(RepositoryTest, ReadsARepositoryOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const TestRepository repository = make_diverged();
  const CommitId main = repository.commit_id("main");
  for (const auto& entry : fs::recursive_directory_iterator(repository.path())) {
    ASSERT_EQ(::lchown(entry.path().c_str(), 65534, 65534), 0);
  }
  ASSERT_EQ(::lchown(repository.path().c_str(), 65534, 65534), 0);
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->resolve("HEAD").value(), main);
  EXPECT_TRUE(opened->tree_of(main));
}

TEST_F(RepositoryTest, ReadsSha256Repositories) {
  const TestRepository repository(directory_ / "repository", "sha256");
  testing::write(repository / "dir" / "f", "content");
  const CommitId first = repository.commit("first");
  repository.git({"checkout", "--quiet", "-b", "change"});
  testing::write(repository / "g", "g");
  const CommitId change = repository.commit("change");
  repository.git({"checkout", "--quiet", "main"});
  testing::write(repository / "h", "h");
  const CommitId main = repository.commit("main");
  const auto opened = open(repository.path());
  const TreeId tree = merged_tree(opened->merge(main, change, {}));
  EXPECT_EQ(tree.to_string().size(), 64U);
  EXPECT_EQ(opened->read_file(tree, "dir/f", 100).value(), "content");
  EXPECT_EQ(opened->read_file(tree, "g", 100).value(), "g");
  EXPECT_EQ(testing::read(opened->materialise(tree, {}).value()->path() / "h"), "h");
  EXPECT_TRUE(opened->resolve(first.to_string()));
}

TEST_F(RepositoryTest, FollowsTheRepositorysOwnAlternates) {
  const TestRepository repository = make_diverged();
  testing::run_git(directory_, {"clone", "--quiet", "--shared", "repository", "second"});
  testing::run_git(directory_, {"clone", "--quiet", "--shared", "second", "third"});
  const auto opened = open(directory_ / "third");
  const CommitId main = opened->resolve("origin/main").value();
  EXPECT_EQ(main, repository.commit_id("main"));
  EXPECT_EQ(opened->read_file(opened->tree_of(main).value(), "dir/b", 100).value(), "B\n");
}

TEST_F(RepositoryTest, FollowsRelativeAlternates) {
  const TestRepository repository = make_diverged();
  const TestRepository second = make("second");
  testing::write(second / ".git" / "objects" / "info" / "alternates", "../../../repository/.git/objects\n");
  const CommitId main = repository.commit_id("main");
  const auto opened = open(second.path());
  EXPECT_EQ(opened->resolve(main.to_string()).value(), main);
  EXPECT_EQ(opened->read_file(opened->tree_of(main).value(), "dir/b", 100).value(), "B\n");
}

// ---- revisions ----

TEST_F(RepositoryTest, ResolvesWhatGitResolves) {
  const TestRepository repository = make_diverged();
  repository.git({"tag", "--annotate", "--message", "t", "v1", "change"});
  const auto opened = open(repository.path());
  const CommitId change = repository.commit_id("change");
  EXPECT_EQ(opened->resolve("change").value(), change);
  EXPECT_EQ(opened->resolve("v1").value(), change);
  EXPECT_EQ(opened->resolve("refs/heads/change").value(), change);
  EXPECT_EQ(opened->resolve(change.to_string()).value(), change);
  EXPECT_EQ(opened->resolve(change.to_string().substr(0, 12)).value(), change);
  EXPECT_EQ(opened->resolve("change~1").value(), repository.commit_id("main~1"));
}

TEST_F(RepositoryTest, SaysWhatIsWrongWithARevision) {
  const TestRepository repository = make_diverged();
  const auto opened = open(repository.path());
  const auto code_of = [&](const std::string& revision) { return opened->resolve(revision).error().code(); };
  EXPECT_EQ(code_of("no-such-branch"), ErrorCode::not_found);
  EXPECT_EQ(code_of(std::string(40, '1')), ErrorCode::not_found);
  EXPECT_EQ(code_of("--all"), ErrorCode::not_found);
  EXPECT_EQ(code_of("--git-dir"), ErrorCode::not_found);
  EXPECT_EQ(code_of("main..change"), ErrorCode::not_found);
  EXPECT_EQ(code_of("^main"), ErrorCode::not_found);
  EXPECT_EQ(code_of("main:a"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of("main^{tree}"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of("a\nb"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of("a\0b"s), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(std::string(5000, 'x')), ErrorCode::invalid_argument);
  const std::string message = opened->resolve("no-such-branch").error().message();
  EXPECT_NE(message.find("'no-such-branch'"), std::string::npos);
  EXPECT_NE(message.find("git fetch"), std::string::npos);
}

TEST_F(RepositoryTest, NamesTheUpstreamDefaultBranch) {
  const TestRepository upstream = make_diverged();
  testing::run_git(directory_, {"clone", "--quiet", "repository", "clone"});
  EXPECT_EQ(open(directory_ / "clone")->default_base().value(), "origin/main");
  upstream.git({"checkout", "--quiet", "change"});
  testing::run_git(directory_ / "clone", {"remote", "set-head", "origin", "--auto"});
  EXPECT_EQ(open(directory_ / "clone")->default_base().value(), "origin/change");
  testing::run_git(directory_ / "clone", {"remote", "set-head", "origin", "--delete"});
  EXPECT_EQ(open(directory_ / "clone")->default_base().value(), "origin/main");
  EXPECT_EQ(open(upstream.path())->default_base().value(), "main");
  upstream.git({"branch", "--move", "main", "trunk"});
  const auto none = open(upstream.path())->default_base();
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message().find("BASE..HEAD"), std::string::npos);
}

TEST_F(RepositoryTest, TheDefaultBaseIsNamedWithoutAmbiguity) {
  const TestRepository upstream = make_diverged();
  testing::run_git(directory_, {"clone", "--quiet", "repository", "clone"});
  testing::run_git(directory_ / "clone", {"tag", "origin/main", "origin/change"});
  const auto opened = open(directory_ / "clone");
  EXPECT_EQ(opened->resolve(opened->default_base().value()).value(), upstream.commit_id("main"));
}

TEST_F(RepositoryTest, TellsThatAShallowCloneLacksTheCommit) {
  const TestRepository repository = make_diverged();
  const CommitId first = repository.commit_id("main~1");
  testing::run_git(directory_, {"clone", "--quiet", "--depth=1", "--no-single-branch", "file://" + repository.path().string(), "shallow"});
  const auto opened = open(directory_ / "shallow");
  for (const std::string& revision : {first.to_string(), "origin/main~1"s}) {
    const auto resolved = opened->resolve(revision);
    ASSERT_FALSE(resolved);
    EXPECT_EQ(resolved.error().code(), ErrorCode::not_found);
    EXPECT_NE(resolved.error().message().find("--unshallow"), std::string::npos) << resolved.error().message();
  }
  const auto merged = opened->merge(opened->resolve("origin/main").value(), opened->resolve("origin/change").value(), {});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code(), ErrorCode::not_found);
  EXPECT_NE(merged.error().message().find("--unshallow"), std::string::npos) << merged.error().message();
}

TEST_F(RepositoryTest, TellsThatAPartialCloneLacksObjectsAndFetchesNone) {
  const TestRepository repository = make_diverged();
  repository.git({"config", "uploadpack.allowFilter", "true"});
  testing::run_git(directory_,
                   {"clone", "--quiet", "--no-checkout", "--filter=blob:none", "file://" + repository.path().string(), "partial"});
  const auto before = testing::snapshot(directory_ / "partial");
  const auto opened = open(directory_ / "partial");
  const TreeId tree = opened->tree_of(opened->resolve("origin/main").value()).value();
  const auto file = opened->read_file(tree, "a", 100);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), ErrorCode::not_found);
  EXPECT_NE(file.error().message().find("--refetch"), std::string::npos) << file.error().message();
  const auto files = opened->materialise(tree, {});
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code(), ErrorCode::not_found);
  EXPECT_NE(files.error().message().find("--refetch"), std::string::npos) << files.error().message();
  const auto unknown = opened->resolve(std::string(40, '1'));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(testing::snapshot(directory_ / "partial"), before);
}

// ---- merging ----

TEST_F(RepositoryTest, MergesAsGitDoes) {
  const TestRepository repository = make_diverged();
  const auto opened = open(repository.path());
  const CommitId main = repository.commit_id("main");
  const CommitId change = repository.commit_id("change");
  const auto result = opened->merge(main, change, {});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(std::get<engine::MergedTree>(*result).merge_base, repository.commit_id("main~1"));
  const TreeId tree = std::get<engine::MergedTree>(*result).tree;
  EXPECT_EQ(opened->read_file(tree, "a", 100).value(), "ONE\ntwo\nthree\nfour\nfive\n");
  EXPECT_EQ(opened->read_file(tree, "dir/b", 100).value(), "B\n");
  repository.git({"merge", "--quiet", "--no-edit", "change"});
  EXPECT_EQ(tree, repository.tree_id("HEAD"));
}

TEST_F(RepositoryTest, MergingWhatIsAheadOrBehindNeedsNoMerge) {
  const TestRepository repository = make_diverged();
  const auto opened = open(repository.path());
  const CommitId first = repository.commit_id("main~1");
  const CommitId main = repository.commit_id("main");
  EXPECT_EQ(merged_tree(opened->merge(first, main, {})), repository.tree_id("main"));
  EXPECT_EQ(merged_tree(opened->merge(main, first, {})), repository.tree_id("main"));
  EXPECT_EQ(merged_tree(opened->merge(main, main, {})), repository.tree_id("main"));
}

TEST_F(RepositoryTest, NamesEachConflictedFileOnce) {
  const TestRepository repository = make_diverged();
  testing::write(repository / "a", "eins\ntwo\nthree\nfour\nfive\n");
  testing::write(repository / "odd\nname", "main\n");
  fs::remove(repository / "dir" / "b");
  const CommitId main = repository.commit("conflicting");
  repository.git({"checkout", "--quiet", "change"});
  testing::write(repository / "odd\nname", "change\n");
  testing::write(repository / "dir" / "b", "another\n");
  const CommitId change = repository.commit("conflicting too");
  const auto result = open(repository.path())->merge(main, change, {});
  ASSERT_TRUE(result) << result.error().to_string();
  const auto& conflict = std::get<engine::MergeConflict>(*result);
  std::vector<std::string> paths;
  for (const ConflictingFile& file : conflict.files) {
    paths.push_back(file.path);
    EXPECT_TRUE(file.message.starts_with("CONFLICT")) << file.message;
    EXPECT_EQ(file.message.find(main.to_string()), std::string::npos);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "dir/b", "odd\nname"}));
  EXPECT_EQ(conflict.files[1].message,
            "CONFLICT (modify/delete): dir/b deleted in base and modified in head.  Version head of dir/b left in tree.");
}

TEST_F(RepositoryTest, FollowsRenamesOfFilesAndDirectories) {
  const TestRepository repository = make_diverged();
  repository.git({"mv", "a", "moved"});
  const CommitId main = repository.commit("rename");
  const auto opened = open(repository.path());
  const TreeId tree = merged_tree(opened->merge(main, repository.commit_id("change"), {}));
  EXPECT_EQ(opened->read_file(tree, "moved", 100).value(), "ONE\ntwo\nthree\nfour\nfive\n");
  EXPECT_EQ(opened->read_file(tree, "a", 100).value(), std::nullopt);
}

TEST_F(RepositoryTest, UnrelatedHistoriesAreAnError) {
  const TestRepository repository = make_diverged();
  repository.git({"checkout", "--quiet", "--orphan", "other"});
  const CommitId other = repository.commit("unrelated");
  const auto result = open(repository.path())->merge(repository.commit_id("main"), other, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(result.error().message().find("unrelated"), std::string::npos);
}

TEST_F(RepositoryTest, MergingStopsWhenCancelled) {
  const TestRepository repository = make_diverged();
  CancelSource cancel;
  cancel.request_stop();
  const auto result = open(repository.path())->merge(repository.commit_id("main"), repository.commit_id("change"), cancel.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace ekaci::git
