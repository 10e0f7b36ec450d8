#include "app/shelves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"
#include "db/build_memory.h"
#include "db/database.h"
#include "tests/support/manual_clock.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

using retention::Kind;
using retention::Reason;
using retention::Swept;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

constexpr std::chrono::seconds kWait{5};

StorePath path_numbered(int number) {
  const Sha256 digest = sha256(std::to_string(number));
  StoreHash hash{};
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, "package").value();
}

/// A directory in which sizes of store paths are remembered, and nothing else is kept.
class SizesOnAShelf : public testing::Test {
 protected:
  SizesOnAShelf() {
    database_ = db::SqliteDatabase::open({.file = directory_ / "ekaci.db"}, clock_).value();
    memory_ = db::SqliteBuildMemory::open(directory_ / "ekaci.db", kWait, clock_).value();
    shelves_ = Shelves::open(directory_, clock_).value();
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(directory_)); }

  void remember(int count) {
    std::vector<PathInfo> infos;
    infos.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) infos.push_back({.path = path_numbered(i), .nar_size = 1, .nar_hash = {}, .references = {}});
    ASSERT_TRUE(memory_->store_path_infos(infos));
  }
  std::vector<PathInfo> find(int number) { return memory_->find_path_infos(std::vector{path_numbered(number)}).value(); }
  Swept sweep(const retention::Rules& rules) { return retention::sweep(shelves_->world(), rules, {}).value(); }
  static retention::Rules rules() { return retention_rules({.keep_free = 0}); }

  fs::path directory_ = make_unique_directory(fs::temp_directory_path(), "ekaci-app-").value();
  fake::ManualClock clock_{};
  std::unique_ptr<db::SqliteDatabase> database_{};
  std::unique_ptr<db::SqliteBuildMemory> memory_{};
  std::unique_ptr<Shelves> shelves_{};
};

TEST_F(SizesOnAShelf, GoByTheAgeOfAttemptsAndAreCountedEach) {
  remember(1'201);
  clock_.advance(365 * 24h);
  EXPECT_THAT(sweep(rules()).lines, IsEmpty());
  clock_.advance(25h);
  EXPECT_THAT(find(600), SizeIs(1)) << "used again";
  const Swept rehearsed = retention::rehearse(shelves_->world(), rules()).value();
  const Swept swept = sweep(rules());
  EXPECT_EQ(rehearsed.lines, swept.lines);
  // The newest stays, too.
  ASSERT_THAT(swept.lines, ElementsAre(Field(&retention::SweptLine::count, 1'199)));
  EXPECT_EQ(swept.lines[0].kind, Kind::sizes);
  EXPECT_EQ(swept.lines[0].why, Reason::age);
  EXPECT_THAT(find(0), IsEmpty());
  EXPECT_THAT(find(600), SizeIs(1));
  EXPECT_THAT(sweep(rules()).lines, IsEmpty());
}

TEST_F(SizesOnAShelf, GoForRoomButNotWhileAReviewMayCountOnThem) {
  remember(10);
  retention::Rules none = rules();
  none.disk = 0;
  clock_.advance(48h);
  EXPECT_THAT(sweep(none).lines, IsEmpty());
  EXPECT_THAT(find(3), SizeIs(1));
  clock_.advance(48h);
  EXPECT_THAT(sweep(none).lines, ElementsAre(Field(&retention::SweptLine::count, 8)));
  EXPECT_THAT(find(3), SizeIs(1));
}

}  // namespace
}  // namespace ekaci::app
