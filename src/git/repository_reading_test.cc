#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "git/repository_test.h"

/// Reading single files of a tree, and comparing trees.
namespace ekaci::git {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::TestRepository;
using RepositoryReading = RepositoryTest;

TEST_F(RepositoryReading, ReadsFilesOfATree) {
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

TEST_F(RepositoryReading, FollowsNoSymlinkAndEntersNoSubmodule) {
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

TEST_F(RepositoryReading, ReadsOnWhenItsGitProcessHasDied) {
  const TestRepository repository = make_diverged();
  const auto opened = open(repository.path());
  const TreeId tree = repository.tree_id("main");
  ASSERT_EQ(opened->read_file(tree, "dir/b", 10).value(), "B\n");
  const pid_t reader = find_cat_file(cache());
  ASSERT_GT(reader, 0);
  ASSERT_EQ(::kill(reader, SIGKILL), 0);
  EXPECT_EQ(opened->read_file(tree, "dir/b", 10).value(), "B\n");
}

TEST_F(RepositoryReading, SaysThatAnObjectIsCorrupt) {
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

TEST_F(RepositoryReading, ManyThreadsReadAtOnce) {
  const TestRepository repository = make();
  for (int i = 0; i < 20; ++i) testing::write(repository / std::to_string(i), std::string(static_cast<std::size_t>(i) * 5000, 'x'));
  const CommitId commit = repository.commit("first");
  const auto opened = open(repository.path());
  const TreeId tree = opened->tree_of(commit).value();
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (int& count : right) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 20; ++i) {
        const auto content = opened->read_file(tree, std::to_string(i), 1'000'000);
        if (content && *content && (*content)->size() == i * 5000) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 20));
}

TEST_F(RepositoryReading, ListsChangedPaths) {
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

TEST_F(RepositoryReading, ChangedPathsAreThoseOfGit) {
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

TEST_F(RepositoryReading, TellsChangedSymlinksFromFiles) {
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

}  // namespace
}  // namespace ekaci::git
