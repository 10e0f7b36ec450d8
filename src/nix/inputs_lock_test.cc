#include "nix/inputs_lock.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "base/files.h"

namespace ekaci::nix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kRevision = "9acd37c8934331a3e53a099f8755101bc2a149e2";
constexpr std::string_view kHash = "sha256-aQVuGH8JDGmzKGbiRIYVx07C6UXdRxPRWxvPArpUXUo=";

std::string lock_with(const std::string& locked) {
  return R"({"version": 7, "root": "root", "nodes": {"root": {"inputs": {"lib": "lib"}}, "lib": {"locked": )" + locked + "}}}";
}

std::string github(const std::string& owner, std::string_view rev = kRevision, const std::string& more = "") {
  return fmt::format(R"({{"type": "github", "owner": "{}", "repo": "nix-lib", "rev": "{}", "narHash": "{}", "lastModified": 1{}}})", owner,
                     rev, kHash, more);
}

std::string reason(const std::string& locked) {
  const auto file = parse_lock_file(lock_with(locked));
  EXPECT_TRUE(file) << file.error().to_string();
  EXPECT_THAT(file->inputs, IsEmpty()) << locked;
  return file->skipped.size() == 1 ? file->skipped.front().second : "";
}

TEST(LockFile, GivesTheCallThatATreeMakes) {
  const auto file = parse_lock_file(lock_with(github("ekala-project")));
  ASSERT_TRUE(file) << file.error().to_string();
  ASSERT_EQ(file->inputs.size(), 1U);
  EXPECT_EQ(file->inputs[0].name, "lib");
  EXPECT_EQ(file->inputs[0].expression(),
            fmt::format("builtins.fetchTree {{ narHash = \"{}\"; owner = \"ekala-project\"; repo = \"nix-lib\"; "
                        "rev = \"{}\"; type = \"github\"; }}",
                        kHash, kRevision));
  EXPECT_EQ(file->inputs[0].location(), fmt::format("github:ekala-project/nix-lib/{}", kRevision));
  EXPECT_THAT(file->skipped, IsEmpty());
}

TEST(LockFile, TakesTarballsAndOtherHosts) {
  const auto tarball =
      parse_lock_file(lock_with(fmt::format(R"({{"type": "tarball", "url": "https://x.org/a.tar.gz?b=c", "narHash": "{}"}})", kHash)));
  EXPECT_EQ(tarball.value().inputs.at(0).location(), "https://x.org/a.tar.gz?b=c");
  const auto forge = parse_lock_file(lock_with(github("o", kRevision, R"(, "host": "git.example.org")")));
  EXPECT_THAT(forge.value().inputs.at(0).expression(), HasSubstr("host = \"git.example.org\";"));
}

TEST(LockFile, SaysWhyAnInputIsNotFetched) {
  EXPECT_THAT(reason(R"({"type": "git", "url": "https://x.org/a", "rev": "1"})"), HasSubstr("'git'"));
  EXPECT_THAT(reason(R"({"type": "path", "path": "/etc"})"), HasSubstr("'path'"));
  EXPECT_THAT(reason(R"({"type": "github", "owner": "o", "repo": "r"})"), HasSubstr("it has no rev"));
  EXPECT_THAT(reason(R"([1])"), HasSubstr("malformed"));
  EXPECT_THAT(reason(R"({"type": 1})"), HasSubstr("no type"));
}

TEST(LockFile, LetsNothingThroughThatCouldEndANixStringOrLeaveHttps) {
  for (const char* owner : {"", "a\\\"b", "${x}", "a b", "../x", "a/b", "a\\u0000b", "a\\nb", "\xc3\xa9"}) {
    EXPECT_THAT(reason(github(owner)), HasSubstr("owner")) << owner;
  }
  EXPECT_THAT(reason(github("o", "main")), HasSubstr("rev"));
  for (const char* host : {"localhost", "x.org:22", "x.org/", ".x", "[::1]", "a\\\"b.c"}) {
    EXPECT_THAT(reason(github("o", kRevision, fmt::format(R"(, "host": "{}")", host))), HasSubstr("host")) << host;
  }
  for (const char* url : {"http://x.org/a", "file:///etc/passwd", "https://localhost/a", "https://x.org:8080/a", "https://u@x.org/a",
                          "https://x.org/\\\"", "https://x.org/$x", "https://"}) {
    EXPECT_THAT(reason(fmt::format(R"({{"type": "tarball", "url": "{}", "narHash": "{}"}})", url, kHash)), HasSubstr("url")) << url;
  }
  EXPECT_THAT(reason(R"({"type": "tarball", "url": "https://x.org/a", "narHash": "sha256-short"})"), HasSubstr("narHash"));
}

TEST(LockFile, RefusesWhatIsNone) {
  for (const char* text : {"", "[]", "{", "{\"version\": 7}", "{\"version\": 7, \"nodes\": []}", "nonsense"}) {
    EXPECT_EQ(parse_lock_file(text).error().code(), ErrorCode::invalid_argument) << text;
  }
  for (const char* version : {"4", "8", "\"7\"", "7.5", "null", "99999999999999999999999"}) {
    EXPECT_EQ(parse_lock_file(fmt::format(R"({{"version": {}, "nodes": {{}}}})", version)).error().code(), ErrorCode::unsupported)
        << version;
  }
  EXPECT_EQ(parse_lock_file(std::string(5'000'000, ' ')).error().code(), ErrorCode::resource_exhausted);
  EXPECT_FALSE(parse_lock_file(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_lock_file(R"({"version": 7, "nodes": )" + std::string(1'000'000, '[')));
}

RC_GTEST_PROP(LockFile, AnyBytesGiveAFileOrAnError, (const std::string& bytes)) {
  const auto file = parse_lock_file(lock_with(bytes));
  if (file) RC_ASSERT(file->inputs.empty());
}

class InputsInUse : public testing::Test {
 protected:
  ~InputsInUse() override { [[maybe_unused]] const Status removed = remove_tree(tree); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((tree / name).parent_path());
    std::ofstream(tree / name) << text;
  }
  [[nodiscard]] std::vector<std::string> used() const { return inputs_in_use(tree, {"a", "b", "c d"}); }
  std::filesystem::path tree = make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-tree-").value();
};

TEST_F(InputsInUse, AreThoseThatAFileNames) {
  write("pins.nix", "lock = builtins.fromJSON (builtins.readFile ./flake.lock); x = lock.nodes.a.locked; y = lock.nodes.\"c d\".locked;");
  EXPECT_THAT(used(), ElementsAre("a", "c d"));
}

TEST_F(InputsInUse, AreAllWhereAFileNamesNone) {
  write("sub/compat.nix", "builtins.mapAttrs f (builtins.fromJSON (builtins.readFile ../flake.lock)).nodes");
  EXPECT_THAT(used(), ElementsAre("a", "b", "c d"));
}

TEST_F(InputsInUse, AreAllWhereANameIsComputed) {
  write("pins.nix", "lock = readFile ./flake.lock; x = lock.nodes.a; y = lock.nodes.${name};");
  EXPECT_THAT(used(), ElementsAre("a", "b", "c d"));
  write("pins.nix", "lock = readFile ./flake.lock; x = lock.nodes.a; y = lock.nodes.\"${name}\";");
  EXPECT_THAT(used(), ElementsAre("a", "b", "c d"));
}

TEST_F(InputsInUse, AreNoneWhereOnlyTheFlakeOrOtherTextSpeaksOfIt) {
  write("flake.nix", "flake.lock nodes.a");
  write("README.md", "flake.lock nodes.a");
  write("default.nix", "nodes.a");
  std::filesystem::create_symlink("/dev/zero", tree / "zero.nix");
  EXPECT_THAT(used(), IsEmpty());
}

}  // namespace
}  // namespace ekaci::nix
