#include "git/repository.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "git/test_repository.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::TestRepository;

class RepositoryTest : public testing::GitTest {
 protected:
  [[nodiscard]] fs::path cache() const { return directory_ / "cache"; }
  [[nodiscard]] Result<std::unique_ptr<engine::Repository>> try_open(const fs::path& directory) const {
    return git::open({.directory = directory, .cache_directory = cache()});
  }
  [[nodiscard]] std::unique_ptr<engine::Repository> open(const fs::path& directory) const {
    auto opened = try_open(directory);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    return std::move(*opened);
  }
  [[nodiscard]] TestRepository make(const std::string& name = "repository") const { return TestRepository(directory_ / name); }
  /// A repository whose `main` and `change` both went on from one commit, in different files.
  [[nodiscard]] TestRepository make_diverged() const {
    TestRepository repository = make();
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
  [[nodiscard]] fs::path marker() const { return directory_ / "marker"; }
  [[nodiscard]] std::string touch_marker() const { return "touch " + marker().string(); }
};

TreeId merged_tree(const Result<engine::MergeResult>& result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::get<engine::MergedTree>(*result).tree;
}

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

// ---- single files and comparisons ----

TEST_F(RepositoryTest, ReadsFilesOfATree) {
  const TestRepository repository = make();
  const std::string binary = "\0\r\n\xff"s + std::string(200'000, 'x') + "\n";
  testing::write(repository / "deep" / "er" / "binary", binary);
  testing::write(repository / "empty", "");
  testing::write(repository / "new\nline", "n");
  const CommitId commit = repository.commit("first");
  const auto opened = open(repository.path());
  const TreeId tree = opened->tree_of(commit).value();
  EXPECT_EQ(tree, repository.tree_id("HEAD"));
  EXPECT_EQ(opened->read_file(tree, "deep/er/binary", 1'000'000).value(), binary);
  EXPECT_EQ(opened->read_file(tree, "empty", 0).value(), "");
  EXPECT_EQ(opened->read_file(tree, "new\nline", 10).value(), "n");
  EXPECT_EQ(opened->read_file(tree, "deep/er/none", 10).value(), std::nullopt);
  EXPECT_EQ(opened->read_file(tree, "deep/er", 10).value(), std::nullopt);
  EXPECT_EQ(opened->read_file(tree, "empty/below", 10).value(), std::nullopt);
  EXPECT_EQ(opened->read_file(tree, "deep/er/binary", 1000).error().code(), ErrorCode::resource_exhausted);
  for (const std::string& path : {""s, "/empty"s, "deep/../empty"s, "./empty"s, "deep//er"s, "empty/"s, "a\0b"s}) {
    EXPECT_EQ(opened->read_file(tree, path, 10).error().code(), ErrorCode::invalid_argument) << path;
  }
  EXPECT_EQ(opened->read_file(TreeId::parse(std::string(40, '1')).value(), "a", 10).error().code(), ErrorCode::not_found);
}

TEST_F(RepositoryTest, FollowsNoSymlinkAndEntersNoSubmodule) {
  const TestRepository repository = make();
  testing::write(repository / "dir" / "file", "f");
  fs::create_symlink("dir", repository / "link");
  fs::create_symlink("/etc/passwd", repository / "password");
  repository.git({"update-index", "--add", "--cacheinfo", "160000," + std::string(40, '1') + ",module"});
  repository.git({"add", "--all"});
  repository.git({"update-index", "--add", "--cacheinfo", "160000," + std::string(40, '1') + ",module"});
  const TreeId tree = TreeId::parse(repository.git({"write-tree"})).value();
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->read_file(tree, "password", 10'000).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(opened->read_file(tree, "link/file", 10'000).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(opened->read_file(tree, "module", 10'000).value(), std::nullopt);
  EXPECT_EQ(opened->read_file(tree, "module/file", 10'000).value(), std::nullopt);
}

/// The process that has this directory as its own and `cat-file` among its arguments; 0 where there is none.
pid_t find_cat_file(const fs::path& below) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const fs::path directory = fs::read_symlink(entry.path() / "cwd", ignored);
    if (!directory.string().starts_with(below.string())) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    if (line.find("cat-file") != std::string::npos) return std::stoi(name);
  }
  return 0;
}

TEST_F(RepositoryTest, ReadsOnWhenItsGitProcessHasDied) {
  const TestRepository repository = make_diverged();
  const auto opened = open(repository.path());
  const TreeId tree = repository.tree_id("main");
  ASSERT_EQ(opened->read_file(tree, "dir/b", 10).value(), "B\n");
  const pid_t reader = find_cat_file(cache());
  ASSERT_GT(reader, 0);
  ASSERT_EQ(::kill(reader, SIGKILL), 0);
  EXPECT_EQ(opened->read_file(tree, "dir/b", 10).value(), "B\n");
}

TEST_F(RepositoryTest, SaysThatAnObjectIsCorrupt) {
  const TestRepository repository = make();
  testing::write(repository / "f", "content");
  const CommitId commit = repository.commit("first");
  const std::string id = repository.git({"rev-parse", "HEAD:f"});
  const fs::path object = repository / ".git" / "objects" / id.substr(0, 2) / id.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  testing::write(object, "not an object");
  const auto opened = open(repository.path());
  const TreeId tree = opened->tree_of(commit).value();
  EXPECT_FALSE(opened->read_file(tree, "f", 100));
  EXPECT_FALSE(opened->materialise(tree, {}));
  EXPECT_TRUE(opened->tree_of(commit)) << "the reader answers again";
}

TEST_F(RepositoryTest, ManyThreadsReadAtOnce) {
  const TestRepository repository = make();
  for (int i = 0; i < 20; ++i) testing::write(repository / std::to_string(i), std::string(static_cast<std::size_t>(i) * 5000, 'x'));
  const CommitId commit = repository.commit("first");
  const auto opened = open(repository.path());
  const TreeId tree = opened->tree_of(commit).value();
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 20; ++i) {
        const auto content = opened->read_file(tree, std::to_string(i), 1'000'000);
        if (content && *content && (*content)->size() == i * 5000) ++right[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 20));
}

TEST_F(RepositoryTest, ListsChangedPaths) {
  const TestRepository repository = make_diverged();
  repository.git({"mv", "a", "z\nodd"});
  testing::write(repository / "new" / "file", "x");
  const CommitId after = repository.commit("more");
  const auto opened = open(repository.path());
  const TreeId base = repository.tree_id("main~1");
  const TreeId head = opened->tree_of(after).value();
  EXPECT_EQ(opened->changed_paths(base, head, 100).value().paths, (std::vector<std::string>{"a", "new/file", "z\nodd"}));
  EXPECT_EQ(opened->changed_paths(base, head, 2).value().paths, (std::vector<std::string>{"a", "new/file"}));
  EXPECT_EQ(opened->changed_paths(base, head, 0).value().paths, std::vector<std::string>{});
  EXPECT_EQ(opened->changed_paths(head, head, 100).value().paths, std::vector<std::string>{});
  EXPECT_FALSE(opened->changed_paths(base, TreeId::parse(std::string(40, '1')).value(), 100));
}

TEST_F(RepositoryTest, ChangedPathsAreThoseOfGit) {
  const TestRepository repository = make();
  testing::write(repository / "a" / "x", "1");
  testing::write(repository / "a.b", "1");
  testing::write(repository / "a-b" / "y", "1");
  testing::write(repository / "becomes-directory", "1");
  testing::write(repository / "becomes-file" / "z", "1");
  testing::write(repository / "script", "1");
  testing::write(repository / "same" / "deep" / "er", "1");
  const CommitId before = repository.commit("before");
  for (const char* name : {"a/x", "a.b", "a-b/y", "same/deep/new"}) testing::write(repository / name, "2");
  fs::remove(repository / "becomes-directory");
  testing::write(repository / "becomes-directory" / "inner" / "file", "1");
  fs::remove_all(repository / "becomes-file");
  testing::write(repository / "becomes-file", "1");
  fs::permissions(repository / "script", fs::perms(0755));
  const CommitId after = repository.commit("after");
  const auto opened = open(repository.path());
  std::vector<std::string> expected;
  const std::string printed =
      repository.git({"diff-tree", "-r", "-z", "--name-only", "--no-renames", before.to_string(), after.to_string()});
  for (const std::string_view path : split(printed, '\0')) {
    if (!path.empty()) expected.emplace_back(path);
  }
  const auto paths = opened->changed_paths(opened->tree_of(before).value(), opened->tree_of(after).value(), 100);
  EXPECT_EQ(paths.value().paths, expected);
  EXPECT_TRUE(std::ranges::is_sorted(paths->paths));
  EXPECT_TRUE(paths->only_files);
}

TEST_F(RepositoryTest, TellsChangedSymlinksFromFiles) {
  const TestRepository repository = make();
  testing::write(repository / "doc" / "file", "1");
  fs::create_symlink("file", repository / "doc" / "link");
  const CommitId before = repository.commit("before");
  testing::write(repository / "doc" / "file", "2");
  const CommitId file = repository.commit("a file");
  fs::remove(repository / "doc" / "link");
  const CommitId gone = repository.commit("no link");
  fs::remove(repository / "doc" / "file");
  fs::create_symlink("/etc/passwd", repository / "doc" / "file");
  const CommitId turned = repository.commit("a link in a file's place");
  const auto opened = open(repository.path());
  const auto only_files = [&](const CommitId& from, const CommitId& to) {
    return opened->changed_paths(opened->tree_of(from).value(), opened->tree_of(to).value(), 100).value().only_files;
  };
  EXPECT_TRUE(only_files(before, file));
  EXPECT_FALSE(only_files(file, gone));
  EXPECT_FALSE(only_files(gone, turned));
}

// ---- trees as files ----

TEST_F(RepositoryTest, WritesExactlyTheTree) {
  const TestRepository repository = make();
  testing::write(repository / "dir" / "file", "content\n");
  testing::write(repository / "script", "#!/bin/sh\n");
  fs::permissions(repository / "script", fs::perms(0755));
  fs::create_symlink("../outside", repository / "dir" / "link");
  testing::write(repository / ".hidden", "h");
  repository.git({"add", "--all"});
  repository.git({"update-index", "--add", "--cacheinfo", "160000," + std::string(40, '1') + ",module"});
  const TreeId tree = TreeId::parse(repository.git({"write-tree"})).value();
  const auto opened = open(repository.path());
  const auto files = opened->materialise(tree, {}).value();
  const fs::path root = files->path();
  EXPECT_EQ(testing::read(root / "dir" / "file"), "content\n");
  EXPECT_EQ(fs::read_symlink(root / "dir" / "link"), "../outside");
  EXPECT_TRUE(fs::is_empty(root / "module"));
  EXPECT_EQ(fs::status(root / "dir" / "file").permissions(), fs::perms(0444));
  EXPECT_EQ(fs::status(root / "script").permissions(), fs::perms(0555));
  EXPECT_EQ(fs::status(root / "dir").permissions(), fs::perms(0555));
  EXPECT_EQ(fs::status(root / "module").permissions(), fs::perms(0555));
  EXPECT_EQ(fs::status(root).permissions(), fs::perms(0555));
  EXPECT_EQ(std::distance(fs::recursive_directory_iterator(root), {}), 6);
}

TEST_F(RepositoryTest, WritesBytesAsTheyAreStoredWhateverAttributesSay) {
  const TestRepository repository = make();
  const std::string lines = "a\nb\r\n$Id$ $Format:%H$\n";
  const std::vector<std::string> names = {"crlf.txt", "ident.txt", "filter.txt", "encoding.txt", "export.txt", "dir/below.txt"};
  for (const std::string& name : names) testing::write(repository / name, lines);
  const std::string attributes =
      "[attr]text filter=evil\n*.txt text eol=crlf\nident.txt ident\nfilter.txt filter=evil\n"
      "encoding.txt working-tree-encoding=UTF-16\nexport.txt export-ignore export-subst\n";
  testing::write(repository / ".gitattributes", attributes);
  testing::write(repository / "dir" / ".gitattributes", "* text=auto eol=crlf working-tree-encoding=UTF-16LE-BOM ident crlf=input\n");
  repository.git({"config", "filter.evil.smudge", touch_marker()});
  repository.git({"config", "filter.evil.required", "true"});
  repository.git({"config", "core.autocrlf", "true"});
  // Straight into the index: `git add` would convert.
  for (const std::string& name : {".gitattributes"s, "dir/.gitattributes"s}) {
    repository.git(
        {"update-index", "--add", "--cacheinfo", "100644," + repository.make_blob(testing::read(repository / name)) + "," + name});
  }
  const std::string blob = repository.make_blob(lines);
  for (const std::string& name : names) repository.git({"update-index", "--add", "--cacheinfo", "100644," + blob + "," + name});
  const TreeId tree = TreeId::parse(repository.git({"write-tree"})).value();
  const auto files = open(repository.path())->materialise(tree, {});
  ASSERT_TRUE(files) << files.error().to_string();
  for (const std::string& name : names) EXPECT_EQ(testing::read((*files)->path() / name), lines) << name;
  EXPECT_EQ(testing::read((*files)->path() / ".gitattributes"), attributes);
  EXPECT_FALSE(fs::exists(marker()));
}

TEST_F(RepositoryTest, SharesATreeBetweenRepositoriesOfOneCache) {
  const TestRepository repository = make_diverged();
  const TreeId tree = repository.tree_id("main");
  const auto first = open(repository.path())->materialise(tree, {}).value();
  const TestRepository unrelated = make("unrelated");
  const auto second = open(unrelated.path())->materialise(tree, {}).value();
  EXPECT_EQ(first->path(), second->path());
}

TEST_F(RepositoryTest, MaterialisesTheEmptyTree) {
  const TestRepository repository = make();
  const CommitId commit = repository.commit("nothing");
  const auto opened = open(repository.path());
  const auto files = opened->materialise(opened->tree_of(commit).value(), {});
  ASSERT_TRUE(files) << files.error().to_string();
  EXPECT_TRUE(fs::is_empty((*files)->path()));
}

TEST_F(RepositoryTest, RefusesTreesThatAreNoFiles) {
  const TestRepository repository = make();
  const std::string blob = repository.make_blob("x");
  const TreeId plain = repository.make_tree("100644 blob " + blob + "\tfile\n");
  const std::string raw_blob = [&] {
    std::string raw;
    for (std::size_t i = 0; i < blob.size(); i += 2) raw += static_cast<char>(std::stoi(blob.substr(i, 2), nullptr, 16));
    return raw;
  }();
  const std::string raw_plain = [&] {
    std::string raw;
    const std::string& id = plain.to_string();
    for (std::size_t i = 0; i < id.size(); i += 2) raw += static_cast<char>(std::stoi(id.substr(i, 2), nullptr, 16));
    return raw;
  }();
  const auto file = [&](const std::string& mode, const std::string& name) { return mode + " " + name + "\0"s + raw_blob; };
  const auto directory = [&](const std::string& name) { return "40000 " + name + "\0"s + raw_plain; };
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {".git", directory(".git")},
      {".GIT", directory(".GIT")},
      {"..", directory("..")},
      {".", directory(".")},
      {"slash", file("100644", "../escape")},
      {"twice", file("100644", "a") + file("100644", "a")},
      {"symlink and directory", file("120000", "a") + directory("a")},
      {"file and directory", file("100644", "a") + directory("a")},
      {"mode", file("100600", "a")},
      {"gitmodules symlink", file("120000", ".gitmodules")},
  };
  const auto opened = open(repository.path());
  for (const auto& [name, bytes] : hostile) {
    const auto files = opened->materialise(repository.make_raw_tree(bytes), {});
    if (name == "mode" && files) continue;  // git reads unknown modes as the nearest known
    EXPECT_FALSE(files) << name;
    EXPECT_FALSE(fs::exists(cache() / "trees" / "escape"));
  }
}

TEST_F(RepositoryTest, BoundsWhatATreeMayHold) {
  const TestRepository repository = make();
  for (const char* name : {"a", "b", "c"}) testing::write(repository / name, std::string(1000, 'x'));
  const TreeId tree = repository.make_tree(repository.git({"ls-tree", repository.commit("three").to_string()}) + "\n");
  const auto with = [&](TreeBounds bounds) {
    return git::open({.directory = repository.path(), .cache_directory = cache(), .bounds = bounds}).value()->materialise(tree, {});
  };
  EXPECT_EQ(with({.entries = 2}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(with({.bytes = 2999}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_TRUE(with({.entries = 3, .bytes = 3000}));
}

TEST_F(RepositoryTest, StopsAtTreesOfBillionsOfFiles) {
  const TestRepository repository = make();
  TreeId tree = repository.make_tree("100644 blob " + repository.make_blob("x") + "\tf\n");
  for (int level = 0; level < 12; ++level) {
    std::string lines;
    for (int i = 0; i < 10; ++i) lines += "040000 tree " + tree.to_string() + "\tdirectory-" + std::to_string(i) + "\n";
    tree = repository.make_tree(lines);
  }
  testing::write(repository / "f", "x");
  const CommitId main = repository.commit("first");
  const auto commit_of = [&](const TreeId& of) {
    return CommitId::parse(repository.git({"commit-tree", of.to_string(), "-p", main.to_string(), "-m", "side"})).value();
  };
  const CommitId head = commit_of(tree);
  const CommitId base = commit_of(repository.make_tree(""));
  const auto opened = git::open({.directory = repository.path(), .cache_directory = cache(), .bounds = {.entries = 20'000}}).value();
  const auto files = opened->materialise(tree, {});
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code(), ErrorCode::resource_exhausted);
  const auto merged = opened->merge(base, head, {});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(opened->changed_paths(repository.tree_id("main"), tree, 50).value().paths.size(), 50U);
}

TEST_F(RepositoryTest, RefusesPathsTooDeepToWrite) {
  const TestRepository repository = make();
  std::string import = "commit refs/heads/deep\ncommitter a <a@example.org> 1700000000 +0000\ndata 0\nM 100644 inline ";
  for (int i = 0; i < 10'000; ++i) import += "d/";
  repository.git({"fast-import", "--quiet"}, import + "f\ndata 1\nx\n");
  const auto opened = open(repository.path());
  const auto files = opened->materialise(repository.tree_id("deep"), {});
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code(), ErrorCode::resource_exhausted) << files.error().to_string();
}

TEST_F(RepositoryTest, MaterialisingStopsWhenCancelled) {
  const TestRepository repository = make_diverged();
  CancelSource cancel;
  cancel.request_stop();
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->materialise(repository.tree_id("main"), cancel.get_token()).error().code(), ErrorCode::cancelled);
  EXPECT_TRUE(opened->materialise(repository.tree_id("main"), {}));
}

// ---- what is never touched, and never run ----

TEST_F(RepositoryTest, NeverWritesTheUsersRepository) {
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

TEST_F(RepositoryTest, LeavesNothingInTheCacheButTrees) {
  const TestRepository repository = make_diverged();
  {
    const auto opened = open(repository.path());
    ASSERT_TRUE(opened->materialise(merged_tree(opened->merge(repository.commit_id("main"), repository.commit_id("change"), {})), {}));
  }
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(cache() / "git")) names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"lock"});
}

TEST_F(RepositoryTest, RemovesPrivateDirectoriesOfKilledProcessesOnly) {
  const TestRepository repository = make_diverged();
  testing::write(cache() / "git" / "repository-dead" / "objects" / "aa" / "object", "x");
  const auto living = open(repository.path());
  const auto second = open(repository.path());
  EXPECT_FALSE(fs::exists(cache() / "git" / "repository-dead"));
  EXPECT_TRUE(living->merge(repository.commit_id("main"), repository.commit_id("change"), {}));
}

TEST_F(RepositoryTest, RunsNothingThatTheRepositorysSettingsName) {
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

TEST_F(RepositoryTest, AttributesOfTheTreeDoNotSteerAMerge) {
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

TEST_F(RepositoryTest, ReplacedObjectsAndGraftsDoNotCount) {
  const TestRepository repository = make_diverged();
  const TreeId tree = repository.tree_id("main");
  repository.git({"replace", "main", "change"});
  const auto opened = open(repository.path());
  EXPECT_EQ(opened->tree_of(opened->resolve("main").value()).value(), tree);
}

}  // namespace
}  // namespace ekaci::git
