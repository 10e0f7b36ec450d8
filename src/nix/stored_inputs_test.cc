#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "nix/inputs.h"

/// What is kept of prepared inputs, and how it goes.
namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

class StoredInputsTest : public testing::Test {
 protected:
  void SetUp() override { directory_ = make_unique_directory(fs::temp_directory_path(), "ekaci-inputs-").value(); }
  void TearDown() override { ASSERT_TRUE(remove_tree(directory_)); }

  void add(const std::string& name, std::chrono::hours since) const {
    fs::create_directories(directory_ / name);
    std::ofstream(directory_ / name / "contents") << "contents";
    fs::last_write_time(directory_ / name / "contents", fs::file_time_type::clock::now() - since);
  }
  void lock() const { ASSERT_TRUE(FileLock::acquire(directory_ / "lock")); }

  fs::path directory_{};
};

TEST_F(StoredInputsTest, AreRemovedUnlessAnEvaluationMayUseThem) {
  lock();
  add("new", std::chrono::hours(1));
  add("old", std::chrono::hours(3));
  add("work-1", std::chrono::hours(9));
  fs::create_directories(directory_ / "unfinished");
  const std::vector<StoredInputs> stored = stored_inputs(directory_);
  ASSERT_EQ(stored.size(), 2U);
  for (const StoredInputs& set : stored) {
    EXPECT_EQ(set.is_leased, set.name == "new");
    EXPECT_EQ(remove_stored_inputs(directory_, set.name), !set.is_leased);
    EXPECT_EQ(fs::exists(set.directory), set.is_leased);
  }
  EXPECT_TRUE(remove_stored_inputs(directory_, "old")) << "gone already";
}

TEST_F(StoredInputsTest, AreLeftAloneWhileOthersPrepareSome) {
  add("old", std::chrono::hours(3));
  const auto others = FileLock::acquire(directory_ / "lock");
  ASSERT_TRUE(others);
  EXPECT_TRUE(stored_inputs(directory_).empty());
  EXPECT_FALSE(remove_stored_inputs(directory_, "old"));
  EXPECT_TRUE(fs::exists(directory_ / "old"));
}

TEST_F(StoredInputsTest, AreNoneWhereNoneWereEverPrepared) { EXPECT_TRUE(stored_inputs(directory_ / "nowhere").empty()); }

}  // namespace
}  // namespace ekaci::nix
