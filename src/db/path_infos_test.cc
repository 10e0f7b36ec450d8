#include "db/path_infos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/build_memory.h"
#include "db/database.h"
#include "db/id_list.h"
#include "db/kept_rows.h"
#include "db/test_data.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kWait(5);

PathInfo info_named(const std::string& name, std::uint64_t size, const std::vector<std::string>& references = {}) {
  PathInfo info{.path = path_named(name), .nar_size = size, .nar_hash = "sha256:" + to_hex(sha256(name)), .references = {}};
  for (const std::string& reference : references) info.references.push_back(path_named(reference));
  std::ranges::sort(info.references);
  return info;
}

class PathInfos : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = SqliteDatabase::open({.file = directory_.file()}, clock_).value();
    memory_ = SqliteBuildMemory::open(directory_.file(), kWait, clock_).value();
  }

  void store(const std::vector<PathInfo>& infos) {
    const Status stored = memory_->store_path_infos(infos);
    ASSERT_TRUE(stored) << stored.error().to_string();
  }
  std::vector<PathInfo> find(const std::vector<std::string>& names) {
    std::vector<StorePath> paths;
    paths.reserve(names.size());
    for (const std::string& name : names) paths.push_back(path_named(name));
    return memory_->find_path_infos(paths).value();
  }

  TemporaryDirectory directory_{};
  StoppedClock clock_{};
  std::unique_ptr<SqliteDatabase> database_{};
  std::unique_ptr<SqliteBuildMemory> memory_{};
};

TEST_F(PathInfos, AreGivenBackAsTheyWere) {
  const PathInfo library = info_named("library-1", 0);
  const PathInfo tool = info_named("tool-1", std::uint64_t{1} << 63U, {"library-1", "tool-1"});
  store({tool, library});
  EXPECT_THAT(find({"tool-1", "unknown-1", "library-1"}), ElementsAre(tool, library));
  EXPECT_THAT(find({}), IsEmpty());
}

TEST_F(PathInfos, OfWhatIsOnlyReferredToNothingIsKnown) {
  store({info_named("tool-1", 7, {"library-1"})});
  EXPECT_THAT(find({"library-1"}), IsEmpty());
  const PathInfo library = info_named("library-1", 3);
  store({library});
  EXPECT_THAT(find({"library-1"}), ElementsAre(library));
}

TEST_F(PathInfos, TheNewestWordIsKept) {
  store({info_named("tool-1", 7, {"library-1"})});
  const PathInfo rebuilt = info_named("tool-1", 8, {"other-1"});
  store({rebuilt});
  EXPECT_THAT(find({"tool-1"}), ElementsAre(rebuilt));
}

TEST_F(PathInfos, AreThereInTheNextReviewAndForOtherProcesses) {
  const PathInfo tool = info_named("tool-1", 7, {"library-1"});
  store({tool});
  const auto other = SqliteBuildMemory::open(directory_.file(), kWait, clock_).value();
  EXPECT_THAT(other->find_path_infos(std::vector{tool.path}).value(), ElementsAre(tool));
}

TEST_F(PathInfos, AreStoredAllOrNone) {
  PathInfo wrong = info_named("wrong-1", 1);
  for (const char* hash : {"sha256:", "sha1:00", "nonsense", "sha256:AB"}) {
    wrong.nar_hash = hash;
    const Status stored = memory_->store_path_infos(std::vector{info_named("tool-1", 7), wrong});
    ASSERT_FALSE(stored) << hash;
    EXPECT_EQ(stored.error().code(), ErrorCode::invalid_argument);
    EXPECT_THAT(stored.error().to_string(), HasSubstr("wrong-1"));
  }
  EXPECT_THAT(find({"tool-1", "wrong-1"}), IsEmpty());
}

TEST_F(PathInfos, AHashCanBeUnknown) {
  PathInfo tool = info_named("tool-1", 7);
  tool.nar_hash.clear();
  store({tool});
  EXPECT_THAT(find({"tool-1"}), ElementsAre(tool));
}

TEST_F(PathInfos, APathIsItsHashAndItsName) {
  const PathInfo tool = info_named("tool-1", 7);
  store({tool});
  const StorePath forged = StorePath::from_parts(tool.path.hash(), "other-1").value();
  EXPECT_THAT(memory_->find_path_infos(std::vector{forged}).value(), IsEmpty());
  EXPECT_FALSE(memory_->store_path_infos(std::vector{PathInfo{.path = forged, .nar_size = 1}}));
  EXPECT_THAT(find({"tool-1"}), ElementsAre(tool));
}

TEST_F(PathInfos, DamageIsToldAndNeverGuessedAt) {
  const PathInfo tool = info_named("tool-1", 7, {"library-1"});
  store({tool});
  auto connection = Connection::open(directory_.file(), Access::write, kWait).value();
  for (const char* damage : {"UPDATE path SET refs = x'00' WHERE refs IS NOT NULL", "UPDATE path SET refs = x'7f' WHERE refs IS NOT NULL",
                             "UPDATE path SET refs = x'', nar_hash = x'00' WHERE refs IS NOT NULL"}) {
    ASSERT_TRUE(connection.execute(damage));
    const auto found = memory_->find_path_infos(std::vector{tool.path});
    ASSERT_FALSE(found) << damage;
    EXPECT_EQ(found.error().code(), ErrorCode::corrupt) << damage;
  }
  store({tool});
  EXPECT_THAT(find({"tool-1"}), ElementsAre(tool));
}

RC_GTEST_FIXTURE_PROP(PathInfos, WhatIsStoredLastIsFound, ()) {
  const std::array names = {"a-1", "b-1", "c-1", "d-1", "e-1"};
  const auto name = rc::gen::elementOf(names);
  std::map<StorePath, PathInfo> expected;
  for (int round = *rc::gen::inRange(1, 4); round > 0; --round) {
    std::vector<PathInfo> infos;
    for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
      std::set<std::string> references;
      for (const char* reference : *rc::gen::container<std::vector<const char*>>(name)) references.insert(reference);
      infos.push_back(info_named(*name, *rc::gen::arbitrary<std::uint64_t>(), {references.begin(), references.end()}));
    }
    for (const PathInfo& info : infos) expected.insert_or_assign(info.path, info);
    RC_ASSERT(memory_->store_path_infos(infos));
  }
  for (const char* one : names) {
    const auto found = memory_->find_path_infos(std::vector{path_named(one)}).value();
    const auto known = expected.find(path_named(one));
    // Earlier cases of this property share the file.
    if (known != expected.end()) RC_ASSERT(found == std::vector{known->second});
  }
}

/// What is remembered, and for how long it has to be.
class PathModel {
 public:
  void store(const PathInfo& info, std::int64_t today) { known_.insert_or_assign(info.path, Known{info, today}); }
  /// Holds an answer against what was stored.
  void answer(const StorePath& path, const std::vector<PathInfo>& found, std::int64_t today) {
    const auto known = known_.find(path);
    if (known == known_.end()) {
      RC_ASSERT(found.empty());
    } else if (!found.empty()) {
      RC_ASSERT(found == std::vector{known->second.info});
      known->second.used = today;
    } else {
      RC_ASSERT(today - known->second.used > kPathsStay.count());
      known_.erase(known);
    }
  }

 private:
  struct Known {
    PathInfo info;
    std::int64_t used = 0;  ///< the day on which it was last stored or found
  };
  std::map<StorePath, Known> known_{};
};

constexpr std::array kSomeNames = {"a-1", "b-1", "c-1", "d-1", "e-1", "f-1", "g-1", "h-1"};

std::string any_name() { return *rc::gen::elementOf(kSomeNames); }

bool any_bool() { return *rc::gen::element(true, false); }

PathInfo any_info() {
  std::vector<std::string> references;
  for (const char* name : kSomeNames) {
    // Few, so that not all names are met at once.
    if (*rc::gen::element(true, false, false, false)) references.emplace_back(name);
  }
  return info_named(any_name(), *rc::gen::arbitrary<std::uint64_t>(), references);
}

/// Of what can be forgotten, some rows and not others.
void forget_some(KeptRows& rows, Clock::Wall now) {
  const KeptPathList list = rows.paths(99, now).value();
  for (const KeptPaths& paths : list.ranges) {
    for (std::int64_t id = paths.range.first; id <= paths.range.last; ++id) {
      if (any_bool()) RC_ASSERT(rows.forget_paths({.day = paths.range.day, .first = id, .last = id}));
    }
  }
}

RC_GTEST_FIXTURE_PROP(PathInfos, WhateverIsForgottenTheRestIsRightOrUnknown, ()) {
  enum class Deed { store, find, forget, wait };
  const auto rows = KeptRows::open(directory_.file(), kWait).value();
  PathModel model;
  const auto find = [&](const StorePath& path) {
    model.answer(path, memory_->find_path_infos(std::vector{path}).value(), day_of(clock_.wall()));
  };
  for (int step = 0; step < 30; ++step) {
    switch (*rc::gen::element(Deed::store, Deed::find, Deed::forget, Deed::wait)) {
      case Deed::store: {
        const PathInfo info = any_info();
        RC_ASSERT(memory_->store_path_infos(std::vector{info}));
        model.store(info, day_of(clock_.wall()));
        break;
      }
      case Deed::find:
        find(path_named(any_name()));
        break;
      case Deed::forget:
        forget_some(*rows, clock_.wall());
        break;
      case Deed::wait:
        clock_.elapsed += std::chrono::hours(*rc::gen::element(1, 24, 48, 72));
        break;
    }
  }
  for (const char* name : kSomeNames) find(path_named(name));
}

TEST(IdList, IsReadBackAscendingAndEachOnce) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint32_t>& numbers) {
    std::vector<std::int64_t> ids;
    for (const std::uint32_t number : numbers) ids.push_back(std::int64_t{number} + 1);
    const auto read = decode_id_list(encode_id_list(ids));
    std::ranges::sort(ids);
    const auto doubles = std::ranges::unique(ids);
    ids.erase(doubles.begin(), doubles.end());
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == ids);
  }));
  const std::vector<std::int64_t> largest = {1, std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(decode_id_list(encode_id_list(largest)).value(), largest);
}

TEST(IdList, RefusesWhatItCannotHaveWritten) {
  for (const std::string& bytes : {std::string("\0", 1), std::string("\x80"), std::string("\x01\0", 2), std::string(12, '\xff')}) {
    EXPECT_FALSE(decode_id_list(bytes));
  }
}

}  // namespace
}  // namespace ekaci::db
