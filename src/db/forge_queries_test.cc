#include "db/forge_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "db/backlog_queries.h"
#include "db/forge_test_data.h"
#include "db/retention_queries.h"

namespace ekaci::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// How SQLite would run a statement, a line for each step.
class ForgeQueries : public ForgeMemoryTest {
 protected:
  void SetUp() override {
    ForgeMemoryTest::SetUp();
    ASSERT_EQ(::sqlite3_open(directory_.file().c_str(), &handle_), SQLITE_OK);
  }
  void TearDown() override { ::sqlite3_close(handle_); }

  std::string plan(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const std::string explained = "EXPLAIN QUERY PLAN " + std::string(sql);
    EXPECT_EQ(::sqlite3_prepare_v2(handle_, explained.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    std::string steps;
    while (::sqlite3_step(statement) == SQLITE_ROW) {
      const void* text = ::sqlite3_column_blob(statement, 3);
      steps.append(static_cast<const char*>(text), static_cast<std::size_t>(::sqlite3_column_bytes(statement, 3))).append("\n");
    }
    ::sqlite3_finalize(statement);
    return steps;
  }

 private:
  sqlite3* handle_ = nullptr;
};

TEST_F(ForgeQueries, NoneReadsATableThrough) {
  std::vector<std::string_view> all(queries::kAll.begin(), queries::kAll.end());
  all.insert(all.end(), queries::kOfBacklog.begin(), queries::kOfBacklog.end());
  for (const std::string_view sql : all) {
    if (sql == queries::kAllRepositories || sql == queries::kAllSubjects) continue;
    std::string steps = plan(sql);
    EXPECT_THAT(steps, Not(HasSubstr("TEMP B-TREE"))) << sql;
    // These have a limit, or go through an index of only a few rows.
    for (const char* bounded :
         {"SCAN delivery USING INDEX delivery_handled", "SCAN forge_check USING INDEX forge_check_trouble",
          "SCAN forge_repository USING INDEX forge_repository_gone", "SCAN delivery USING COVERING INDEX delivery_unhandled",
          "SCAN delivery USING INDEX delivery_unhandled", "SCAN forge_check USING INDEX forge_check_due", "SCAN (subquery-1)",
          "SCAN forge_label USING INDEX forge_label_refused", "SCAN forge_label USING COVERING INDEX forge_label_refused",
          "SCAN forge_comment USING INDEX forge_comment_refused", "SCAN (subquery-2)", "SCAN restoration"}) {
      if (const auto at = steps.find(bounded); at != std::string::npos) steps.erase(at, std::string_view(bounded).size());
    }
    EXPECT_THAT(steps, Not(HasSubstr("SCAN"))) << sql;
  }
}

TEST_F(ForgeQueries, RetentionGoesThroughIndexes) {
  for (const std::string_view sql : queries::kOfRetention) {
    const std::string steps = plan(sql);
    EXPECT_THAT(steps, Not(HasSubstr("TEMP B-TREE"))) << sql;
    EXPECT_THAT(steps, testing::AnyOf(HasSubstr("USING INDEX"), Not(HasSubstr("SCAN")))) << sql;
  }
  EXPECT_THAT(plan(queries::kOldestPaths), HasSubstr("SEARCH path USING COVERING INDEX path_used (used_day<?)"));
  EXPECT_THAT(plan(queries::kForgetPaths), HasSubstr("SEARCH path USING INDEX path_used (used_day=? AND rowid>? AND rowid<?)"));
}

TEST_F(ForgeQueries, ThoseThatPollUseTheirIndexes) {
  EXPECT_THAT(plan(queries::kUnhandled), HasSubstr("USING INDEX delivery_unhandled (id>?)"));
  EXPECT_THAT(plan(queries::kOwed), HasSubstr("USING INDEX forge_check_due (due_us<?)"));
  EXPECT_THAT(plan(queries::kNextDue), HasSubstr("USING COVERING INDEX forge_check_due (due_us>?)"));
  EXPECT_THAT(plan(queries::kOwedComments), HasSubstr("USING INDEX forge_comment_due (due_us<?)"));
  EXPECT_THAT(plan(queries::kNextCommentDue), HasSubstr("USING COVERING INDEX forge_comment_due (due_us>?)"));
  EXPECT_THAT(plan(queries::kRefusedOfSubjects), HasSubstr("forge_check USING INDEX forge_check_place (repository=? AND head=?)"));
  EXPECT_THAT(plan(queries::kForgetDeliveries), HasSubstr("USING INDEX delivery_handled (id<?)"));
  EXPECT_THAT(plan(queries::kForgetChecks), HasSubstr("USING INDEX forge_check_retired (retired>? AND retired<?)"));
  EXPECT_THAT(plan(queries::kCountUnhandled), HasSubstr("USING INDEX delivery_unhandled"));
  EXPECT_THAT(plan(queries::kOldestUnhandled), HasSubstr("USING INDEX delivery_unhandled"));
  EXPECT_THAT(plan(queries::kCountOwed), HasSubstr("USING INDEX forge_check_due"));
  EXPECT_THAT(plan(queries::kCountRefused), HasSubstr("USING INDEX forge_check_trouble"));
  EXPECT_THAT(plan(queries::kChecksAt), HasSubstr("USING INDEX forge_check_place (repository=? AND head=?)"));
}

}  // namespace
}  // namespace ekaci::db
