#include "git/formats.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

#include "git/git_program.h"

namespace ekaci::git {
namespace {

using namespace std::string_literals;

const std::string kTree(40, 'a');

/// An entry of a tree object; every id is the same 20 bytes.
std::string entry(const std::string& mode, const std::string& name) { return mode + " " + name + "\0"s + std::string(20, '\x5a'); }

TEST(GitFormats, KnowsTheModesThatTreesHave) {
  EXPECT_EQ(parse_mode("100644"), EntryKind::file);
  EXPECT_EQ(parse_mode("100755"), EntryKind::executable);
  EXPECT_EQ(parse_mode("120000"), EntryKind::symlink);
  EXPECT_EQ(parse_mode("40000"), EntryKind::directory);
  EXPECT_EQ(parse_mode("040000"), EntryKind::directory);
  EXPECT_EQ(parse_mode("160000"), EntryKind::submodule);
  EXPECT_EQ(parse_mode("100600"), std::nullopt);
  EXPECT_EQ(parse_mode(""), std::nullopt);
}

TEST(GitFormats, ReadsATreeObject) {
  const auto entries = parse_tree_object(entry("100644", "a") + entry("40000", "a b") + entry("120000", "c"), 20);
  ASSERT_TRUE(entries);
  const TreeEntry* const found = find_entry(*entries, "a b");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->kind, EntryKind::directory);
  EXPECT_EQ(found->object, "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
  EXPECT_EQ(find_entry(*entries, "d"), nullptr);
  EXPECT_TRUE(parse_tree_object("", 20).value().empty());
}

TEST(GitFormats, RefusesMalformedTreeObjects) {
  for (const std::string& bytes :
       {"100644 a\0short"s, "100644 a"s, "100644"s, "999999 a\0"s + std::string(20, 'x'), entry("100644", ""), entry("100644", "a/b"),
        entry("100644", "a") + entry("100644", "a"), entry("100644", "a") + entry("40000", "a")}) {
    const auto entries = parse_tree_object(bytes, 20);
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code(), ErrorCode::corrupt);
  }
}

/// An entry as `git ls-tree -r -z -l` writes it.
std::string listed(std::string_view mode, std::string_view size, std::string_view path) {
  return fmt::format("{} {} {} {:>7}\t{}", mode, mode == "160000" ? "commit" : "blob", std::string(40, 'e'), size, path) + "\0"s;
}

TEST(GitFormats, ReadsAListing) {
  const std::string text = listed("100644", "12", "a\nb\t\"") + listed("160000", "-", "sub module") + listed("120000", "3", "link");
  const auto entries = parse_listing(text);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].path, "a\nb\t\"");
  EXPECT_EQ((*entries)[0].size, 12U);
  EXPECT_EQ((*entries)[1].kind, EntryKind::submodule);
  EXPECT_EQ((*entries)[1].path, "sub module");
}

TEST(GitFormats, NamesTheFileWhoseObjectIsMissing) {
  const auto entries = parse_listing(listed("100644", "BAD", "a"));
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), ErrorCode::not_found);
  EXPECT_NE(entries.error().message().find("'a'"), std::string::npos);
}

TEST(GitFormats, ReadsACleanMerge) {
  const auto output = parse_merge_output(kTree + "\0"s, MergeEnd::clean);
  ASSERT_TRUE(output);
  EXPECT_EQ(output->tree, kTree);
  EXPECT_TRUE(output->files.empty());
}

TEST(GitFormats, GivesEachConflictedFileOnceWithWhatGitSays) {
  const std::string text = kTree + "\0f\0g\0\0"s +                                                       //
                           "1\0f\0Auto-merging\0Auto-merging f\n\0"s +                                   //
                           "1\0f\0CONFLICT (contents)\0CONFLICT (content): Merge conflict in f\n\0"s +   //
                           "2\0g\0h\0CONFLICT (rename/delete)\0CONFLICT (rename/delete): g to h\n\0"s +  //
                           "1\0k\0CONFLICT (directory rename split)\0CONFLICT: k\n\0"s;
  const auto output = parse_merge_output(text, MergeEnd::conflicted);
  ASSERT_TRUE(output) << output.error().to_string();
  const std::vector<ConflictingFile> expected = {{.path = "f", .message = "CONFLICT (content): Merge conflict in f"},
                                                 {.path = "g", .message = "CONFLICT (rename/delete): g to h"},
                                                 {.path = "k", .message = "CONFLICT: k"}};
  EXPECT_EQ(output->files, expected);
}

TEST(GitFormats, RefusesMalformedMerges) {
  for (const std::string& text : {""s, kTree, kTree + "\0f"s, kTree + "\0f\0"s, kTree + "\0\0"s, kTree + "\0f\0\0x\0"s,
                                  kTree + "\0f\0\0"s + "99999999999\0"s, kTree + "\0f\0\0"s + "2\0f\0"s}) {
    const auto output = parse_merge_output(text, MergeEnd::conflicted);
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code(), ErrorCode::corrupt);
  }
}

TEST(GitFormats, ReadsVersions) {
  EXPECT_TRUE(is_usable_version("git version 2.39.5\n"));
  EXPECT_TRUE(is_usable_version("git version 2.38.0.rc1 (Apple Git-1)\n"));
  EXPECT_TRUE(is_usable_version("git version 3.0\n"));
  EXPECT_FALSE(is_usable_version("git version 2.37.9\n"));
  EXPECT_FALSE(is_usable_version("git version 1.99\n"));
  EXPECT_FALSE(is_usable_version("git version"));
  EXPECT_FALSE(is_usable_version(""));
}

// Bytes that look like what git prints, in any order.
rc::Gen<std::string> likely_bytes() {
  const auto piece = rc::gen::oneOf(rc::gen::element(" "s, "\0"s, "100644"s, "160000"s, "40000"s, "-"s, "1"s, "2"s, "BAD"s, "CONFLICT"s,
                                                     "Auto-merging"s, "a"s, std::string(20, 'x')),
                                    rc::gen::arbitrary<std::string>());
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string all;
    for (const std::string& text : pieces) all += text;
    return all;
  });
}

RC_GTEST_PROP(GitFormatsProperty, ReadersOfBytesNeverFailBadly, ()) {
  const std::string bytes = *likely_bytes();
  static_cast<void>(parse_tree_object(bytes, 20));
  static_cast<void>(parse_listing(bytes));
  static_cast<void>(parse_merge_output(bytes, MergeEnd::conflicted));
  static_cast<void>(parse_merge_output(bytes, MergeEnd::clean));
  static_cast<void>(is_usable_version("git version " + bytes));
}

RC_GTEST_PROP(GitFormatsProperty, ListingsRoundTrip, (const std::vector<std::pair<std::string, std::uint64_t>>& files)) {
  std::string text;
  std::vector<std::pair<std::string, std::uint64_t>> expected;
  for (const auto& [name, size] : files) {
    if (name.empty() || name.find('\0') != std::string::npos) continue;
    text += listed("100755", std::to_string(size), name);
    expected.emplace_back(name, size);
  }
  const auto entries = parse_listing(text);
  RC_ASSERT(entries.has_value());
  RC_ASSERT(entries->size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT((*entries)[i].path == expected[i].first);
    RC_ASSERT((*entries)[i].size == expected[i].second);
  }
}

RC_GTEST_PROP(GitFormatsProperty, EveryNameOfATreeIsFound, (const std::set<std::string>& names)) {
  const auto can_be_a_name = [](const std::string& name) { return !name.empty() && name.find_first_of("/\0"s) == std::string::npos; };
  std::string tree;
  for (const std::string& name : names) {
    if (can_be_a_name(name)) tree += entry(name.size() % 2 == 0 ? "100644" : "40000", name);
  }
  const auto entries = parse_tree_object(tree, 20);
  RC_ASSERT(entries.has_value());
  for (const std::string& name : names) RC_ASSERT((find_entry(*entries, name) != nullptr) == can_be_a_name(name));
}

}  // namespace
}  // namespace ekaci::git
