#include "git/line_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "git/repository.h"
#include "git/test_repository.h"

namespace ekaci::git {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TestRepository;
using testing::write;

ChangedLine line(const std::string& file, std::uint32_t number, const std::string& text) {
  return {.position = {.file = file, .line = number}, .text = text};
}

class LineChangesTest : public testing::GitTest {
 protected:
  [[nodiscard]] TestRepository make(const std::string& format = "sha1") const { return TestRepository(directory_ / "repository", format); }
  [[nodiscard]] std::unique_ptr<engine::Repository> open(const TestRepository& repository) const {
    return git::open({.directory = repository.path(), .cache_directory = directory_ / "cache"}).value();
  }
  /// Between the last commit but one and the last.
  [[nodiscard]] std::vector<ChangedLine> lines(const TestRepository& repository, const engine::LineLimits& limits = {}) const {
    const auto found = open(repository)->changed_lines(repository.tree_id("HEAD~1"), repository.tree_id("HEAD"), limits, {});
    EXPECT_TRUE(found) << found.error().to_string();
    return found.value_or(std::vector<ChangedLine>());
  }
};

TEST_F(LineChangesTest, GivesAddedAndChangedLinesWithTheirPlace) {
  for (const char* format : {"sha1", "sha256"}) {
    const TestRepository repository(directory_ / format, format);
    write(repository / "pkgs" / "a.nix", "one\ntwo\nthree\nfour\n");
    write(repository / "removed", "x\n");
    write(repository / "script", "same\n");
    repository.commit("before");
    write(repository / "pkgs" / "a.nix", "one\n2\n2b\nthree\nfour\nfive\n");
    write(repository / "new", "first\r\n\nthird");
    fs::remove(repository / "removed");
    fs::permissions(repository / "script", fs::perms(0755));
    repository.commit("after");
    EXPECT_THAT(lines(repository), ElementsAre(line("new", 1, "first"), line("new", 2, ""), line("new", 3, "third"),
                                               line("pkgs/a.nix", 2, "2"), line("pkgs/a.nix", 3, "2b"), line("pkgs/a.nix", 6, "five")));
  }
}

TEST_F(LineChangesTest, TakesAnyFileName) {
  const TestRepository repository = make();
  repository.commit("before");
  const std::vector<std::string> names = {"\t", "-x", "\"quoted\"", "\\", "a b", "b\nnew file", "caf\xc3\xa9", "invalid\xff", "x => y"};
  for (const std::string& name : names) write(repository / name, "x\n");
  repository.commit("after");
  std::vector<std::string> found;
  for (const ChangedLine& changed : lines(repository)) found.push_back(changed.position.file);
  std::vector<std::string> expected = names;
  std::ranges::sort(expected);
  EXPECT_EQ(found, expected);
}

TEST_F(LineChangesTest, TakesTextThatLooksLikeAPatchAsText) {
  const TestRepository repository = make();
  write(repository / "a", "-- a\n+++ b\nkept\n");
  repository.commit("before");
  write(repository / "a", "kept\n++ b/other\n@@ -1 +1 @@\ndiff --git 0 0\n\\ No newline at end of file\n--- x\n");
  write(repository / "b", "x\n");
  repository.commit("after");
  EXPECT_THAT(lines(repository), ElementsAre(line("a", 2, "++ b/other"), line("a", 3, "@@ -1 +1 @@"), line("a", 4, "diff --git 0 0"),
                                             line("a", 5, "\\ No newline at end of file"), line("a", 6, "--- x"), line("b", 1, "x")));
}

TEST_F(LineChangesTest, ALineFeedAtTheEndIsAChangeOfTheLine) {
  const TestRepository repository = make();
  write(repository / "a", "one\ntwo");
  write(repository / "b", "one\n");
  repository.commit("before");
  write(repository / "a", "one\ntwo\n");
  write(repository / "b", "one");
  repository.commit("after");
  EXPECT_THAT(lines(repository), ElementsAre(line("a", 2, "two"), line("b", 1, "one")));
}

TEST_F(LineChangesTest, LeavesOutWhatHasNoLines) {
  const TestRepository repository = make();
  write(repository / "becomes-directory", "x\n");
  repository.commit("before");
  write(repository / "binary", std::string("a\0b\n", 4));
  fs::create_symlink("target", repository / "link");
  write(repository / "empty", "");
  fs::remove(repository / "becomes-directory");
  write(repository / "becomes-directory" / "file", "inner\n");
  repository.git({"add", "--all"});
  repository.git({"update-index", "--add", "--cacheinfo", "160000," + std::string(40, '1') + ",module"});
  repository.git({"commit", "--quiet", "--message", "after"});
  EXPECT_THAT(lines(repository), ElementsAre(line("becomes-directory/file", 1, "inner")));
}

TEST_F(LineChangesTest, AttributesOfTheTreeHaveNoSay) {
  const TestRepository repository = make();
  repository.commit("before");
  write(repository / ".gitattributes", "* -diff\n");
  write(repository / "a", "x\n");
  repository.commit("after");
  EXPECT_THAT(lines(repository), ElementsAre(line(".gitattributes", 1, "* -diff"), line("a", 1, "x")));
}

TEST_F(LineChangesTest, StopsAtEachLimit) {
  const TestRepository repository = make();
  repository.commit("before");
  for (const char* name : {"a", "b", "c"}) write(repository / name, "12345\n12345\n");
  write(repository / "large", std::string(3000, 'x'));
  repository.commit("after");
  EXPECT_THAT(lines(repository, {.files = 1}), SizeIs(2));
  EXPECT_THAT(lines(repository, {.file_bytes = 1000}), SizeIs(6));
  EXPECT_THAT(lines(repository, {.lines = 3}), ElementsAre(line("a", 1, "12345"), line("a", 2, "12345"), line("b", 1, "12345")));
  EXPECT_THAT(lines(repository, {.text_bytes = 14}), SizeIs(2));
  EXPECT_THAT(lines(repository, {.lines = 0}), IsEmpty());
  EXPECT_EQ(lines(repository).back(), line("large", 1, std::string(kLongestLine, 'x')));
}

TEST_F(LineChangesTest, EqualTreesHaveNone) {
  const TestRepository repository = make();
  repository.commit("before");
  repository.commit("after");
  EXPECT_THAT(lines(repository), IsEmpty());
}

TEST_F(LineChangesTest, SaysWhatIsMissing) {
  const TestRepository repository = make();
  repository.commit("before");
  const TreeId broken = repository.make_tree("100644 blob " + std::string(40, '1') + "\ta\n");
  const auto found = open(repository)->changed_lines(repository.tree_id("HEAD"), broken, {}, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::not_found);
}

TEST_F(LineChangesTest, NeverWritesTheUsersRepository) {
  const TestRepository repository = make();
  repository.commit("before");
  write(repository / "a", "x\n");
  repository.commit("after");
  const auto before = testing::snapshot(repository.path());
  EXPECT_THAT(lines(repository), SizeIs(1));
  EXPECT_EQ(testing::snapshot(repository.path()), before);
}

// ---- the reader of patches ----

std::string header(std::size_t number) {
  const std::string name = PatchReader::name_of(number);
  return "diff --git " + name + " " + name + "\nindex 1..2 100644\n--- " + name + "\n+++ " + name + "\n";
}

TEST(PatchReader, RefusesWhatIsNoPatch) {
  const std::vector<std::string> paths = {"a"};
  for (const std::string& patch : {std::string("diff --git a a\n"), header(1), header(0) + "@@ -1 +x @@\n", header(0) + "@@ -1 +1\n",
                                   header(0) + "@@ -1 +1,2 @@\n-a\n+b\n c\n", header(0) + "@@ -1 +99999999999 @@\n"}) {
    EXPECT_EQ(PatchReader(paths, {}).read(patch).error().code(), ErrorCode::corrupt) << patch;
  }
  PatchReader unfinished(paths, {});
  EXPECT_TRUE(unfinished.read(header(0) + "@@ -0,0 +1,2 @@\n+a\n"));
  EXPECT_EQ(unfinished.finish().error().code(), ErrorCode::corrupt);
}

TEST(PatchReaderProperty, BytesMayBeCutAnywhere) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> paths = {"a", "b"};
    std::string patch;
    std::vector<ChangedLine> expected;
    for (std::size_t file = 0; file < paths.size(); ++file) {
      patch += header(file);
      const auto added = *rc::gen::container<std::vector<std::string>>(
          rc::gen::container<std::string>(rc::gen::elementOf(std::string("+-@\\ diff\t\xff"))));
      if (added.empty()) continue;
      patch += "@@ -0,0 +7," + std::to_string(added.size()) + " @@ function\n";
      for (std::size_t n = 0; n < added.size(); ++n) {
        patch += "+" + added[n] + "\n";
        expected.push_back(line(paths[file], static_cast<std::uint32_t>(7 + n), added[n]));
      }
    }
    PatchReader reader(paths, {});
    for (std::string_view rest = patch; !rest.empty();) {
      const auto size = std::min(*rc::gen::inRange<std::size_t>(1, 20), rest.size());
      RC_ASSERT(reader.read(rest.substr(0, size)));
      rest.remove_prefix(size);
    }
    const auto found = reader.finish();
    RC_ASSERT(found.has_value());
    RC_ASSERT(*found == expected);
  }));
}

}  // namespace
}  // namespace ekaci::git
