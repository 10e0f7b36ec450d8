#include "git/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "git/repository.h"
#include "git/test_repository.h"

namespace ekaci::git {
namespace {

using testing::GitTest;
using testing::TestRepository;
using testing::write;

/// A server of repositories over http is part of the end-to-end tests; here stands what needs none.
class MirrorTest : public GitTest {
 protected:
  std::unique_ptr<Mirror> open() {
    auto mirror = Mirror::open({.directory = directory_ / "mirror"});
    EXPECT_TRUE(mirror) << mirror.error().to_string();
    return std::move(*mirror);
  }
};

ErrorCode code_of(const Result<std::vector<CommitId>>& result) { return result ? ErrorCode::internal : result.error().code(); }

TEST_F(MirrorTest, IsMadeOnceAndOpenedAgain) {
  EXPECT_NE(open(), nullptr);
  const auto again = open();
  EXPECT_TRUE(std::filesystem::exists(again->path() / "HEAD"));
}

TEST_F(MirrorTest, FetchesFromNothingButHttp) {
  const auto mirror = open();
  const std::vector<std::string> refs{"refs/heads/main"};
  for (const std::string url : {"file:///etc", "/etc", "ext::sh -c true", "ssh://host/x", "http://host/\" x", ""}) {
    EXPECT_EQ(code_of(mirror->fetch({.url = url}, refs, {})), ErrorCode::invalid_argument) << url;
  }
}

TEST_F(MirrorTest, TakesNoRefspecForARef) {
  const auto mirror = open();
  for (const std::string ref :
       {"+refs/heads/main", "refs/heads/a:refs/heads/b", "refs/heads/*", "main", "--upload-pack=x", "refs/heads/a b", "refs/../x"}) {
    EXPECT_EQ(code_of(mirror->fetch({.url = "http://127.0.0.1:1/x"}, std::vector<std::string>{ref}, {})), ErrorCode::invalid_argument)
        << ref;
  }
}

TEST_F(MirrorTest, SaysThatAServerCannotBeReached) {
  const auto mirror = open();
  const auto fetched = mirror->fetch({.url = "http://127.0.0.1:1/x.git", .authorization = "Basic c2VjcmV0"},
                                     std::vector<std::string>{"refs/heads/main"}, {});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(fetched.error().to_string(), ::testing::Not(::testing::HasSubstr("c2VjcmV0")));
}

TEST_F(MirrorTest, CleaningForgetsWhatIsNotKept) {
  const auto mirror = open();
  const TestRepository source(directory_ / "source");
  write(source / "a", "1");
  source.commit("one");
  for (const std::string name : {"refs/remote/heads/main", "refs/remote/pull/1/head", "refs/remote/pull/2/head"}) {
    testing::git_output(mirror->path(), {"fetch", "--quiet", source.path().string(), "+refs/heads/main:" + name});
  }
  ASSERT_TRUE(mirror->clean({"refs/heads/main", "refs/pull/2/head"}, {}));
  EXPECT_EQ(testing::git_output(mirror->path(), {"for-each-ref", "--format=%(refname)"}),
            "refs/remote/heads/main\nrefs/remote/pull/2/head");
}

TEST_F(MirrorTest, IsReadAsAnyRepository) {
  const auto mirror = open();
  const TestRepository source(directory_ / "source");
  write(source / "a", "1");
  const CommitId commit = source.commit("one");
  testing::git_output(mirror->path(), {"fetch", "--quiet", source.path().string(), "+refs/heads/main:refs/remote/heads/main"});
  const auto repository = git::open({.directory = mirror->path(), .cache_directory = directory_ / "cache"});
  ASSERT_TRUE(repository) << repository.error().to_string();
  EXPECT_EQ((*repository)->tree_of(commit).value(), source.tree_id("HEAD"));
}

}  // namespace
}  // namespace ekaci::git
