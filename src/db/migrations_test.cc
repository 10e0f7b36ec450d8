#include "db/migrations.h"

#include <gtest/gtest.h>

#include "base/sha256.h"
#include "db/admins.h"
#include "db/build_memory.h"
#include "db/database_test.h"
#include "db/forge_memory.h"
#include "db/kept_rows.h"

/// Files of every earlier version, each dumped by the program that wrote it, are opened and read.
namespace ekaci::db {
namespace {

std::string dump(const std::string& name) { return slurp(std::filesystem::path(EKACI_SOURCE_DIR) / "src/db/data" / name); }

class Migrations : public Database {
 protected:
  /// The database's file becomes what an earlier program wrote.
  void take_file(const std::string& name) const { run_sql(directory.file(), dump(name)); }
};

/// A line for each column of each table and for each index.
std::vector<std::string> schema_of(const std::filesystem::path& file) {
  const auto connection = Connection::open(file, Access::read, std::chrono::seconds(1)).value();
  auto rows = connection
                  .prepare(
                      "SELECT CAST(concatenated AS BLOB) FROM ("
                      "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk || ' ' "
                      "|| ifnull(c.dflt_value, 'no default') AS concatenated "
                      "FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' "
                      "UNION ALL SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL) ORDER BY 1")
                  .value();
  std::vector<std::string> lines;
  while (rows.step().value()) lines.emplace_back(rows.bytes(0));
  return lines;
}

TEST_F(Migrations, EveryEarlierVersionBecomesWhatANewFileIs) {
  open();
  const std::vector<std::string> fresh = schema_of(directory.file());
  ASSERT_FALSE(fresh.empty());
  for (std::size_t version = 1; version < migrations().size(); ++version) {
    SCOPED_TRACE(version);
    const TemporaryDirectory other;
    run_sql(other.file(), dump(fmt::format("version{}.sql", version)));
    EXPECT_NE(schema_of(other.file()), fresh);
    open_or_die({.file = other.file()}, clock);
    EXPECT_EQ(schema_of(other.file()), fresh);
  }
}

TEST_F(Migrations, MigratesAFileOfVersion1) {
  // The fixture was dumped by `sqlite3 .dump` after version 1 had stored Numbered(1) and Numbered(2).
  take_file("version1.sql");
  const auto database = open();
  for (const std::uint64_t number : {1U, 2U}) {
    const Numbered numbered(number);
    EXPECT_EQ(database->find_evaluation(key_of(number)).value(), numbered.evaluation);
    EXPECT_TRUE(std::ranges::equal(closure(*database, {numbered.records[1].path}), numbered.records, same));
  }
}

TEST_F(Migrations, MigratesAFileOfVersion2) {
  // Version 1's fixture, migrated to version 2, with a review stored there.
  take_file("version2.sql");
  const auto database = open();
  EXPECT_EQ(database->find_evaluation(key_of(1)).value(), Numbered(1).evaluation);
  const auto review = database->find_review(7).value();
  ASSERT_TRUE(review);
  EXPECT_EQ(review->report, "{}");
  EXPECT_EQ(review->summary.head_name, "pr");
}

TEST_F(Migrations, MigratesAFileOfVersion3) {
  // Version 2's fixture, migrated to version 3, with two attempts stored there.
  take_file("version3.sql");
  const auto database = open();
  EXPECT_EQ(database->find_review(7).value().value().report, "{}");
  const auto memory = SqliteBuildMemory::open(directory.file(), std::chrono::seconds(1), clock).value();
  const auto attempts = memory->attempts_of(path_named("hello-1.0.drv")).value();
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].attempt.result, AttemptResult::built);
  EXPECT_EQ(attempts[1].log.last_lines, std::vector<std::string>{"make: *** [all]"});
  const PathInfo info{.path = path_named("hello-1.0"), .nar_size = 1, .nar_hash = {}, .references = {path_named("libc-1.0")}};
  ASSERT_TRUE(memory->store_path_infos(std::vector{info}));
  EXPECT_EQ(memory->find_path_infos(std::vector{info.path}).value(), std::vector{info});
}

TEST_F(Migrations, MigratesAFileOfVersion4) {
  // Version 3's fixture with version 4's table, and in it what SqliteBuildMemory writes of a path and the one that it refers to.
  take_file("version4.sql");
  const auto database = open();
  EXPECT_EQ(database->find_review(7).value().value().report, "{}");
  const auto memory = SqliteBuildMemory::open(directory.file(), std::chrono::seconds(1), clock).value();
  EXPECT_EQ(memory->attempts_of(path_named("hello-1.0.drv")).value().size(), 2U);
  const PathInfo info{.path = path_named("hello-1.0"),
                      .nar_size = 1'234,
                      .nar_hash = "sha256:" + to_hex(sha256("hello")),
                      .references = {path_named("libc-1.0")}};
  EXPECT_EQ(memory->find_path_infos(std::vector{info.path, path_named("libc-1.0")}).value(), std::vector{info});
}

TEST_F(Migrations, MigratesAFileOfVersion5) {
  // Version 4's fixture with version 5's tables, and in them a webhook that was handled, a repository and a pull request.
  take_file("version5.sql");
  const auto database = open();
  const auto forge = SqliteForgeMemory::open({.file = directory.file()}, clock).value();
  ASSERT_EQ(forge->load()->subjects.size(), 1U);
  EXPECT_EQ(forge->handled(9)->size(), 1U);
  const auto rows = KeptRows::open(directory.file(), std::chrono::seconds(1)).value();
  const auto attempts = rows->attempts(9).value().rows;
  ASSERT_EQ(attempts.size(), 2U);
  const auto memory = SqliteBuildMemory::open(directory.file(), std::chrono::seconds(1), clock).value();
  EXPECT_EQ(attempts.back().used, memory->attempts_of(path_named("hello-1.0.drv"))->front().attempt.end);
  ASSERT_TRUE(forge->keep({.labels = {{.repository = {1}, .pull_request = {12}, .name = "rebuilds: 1-10"}}}));
  EXPECT_EQ(forge->owed_labels(clock.wall(), 10).value().size(), 1U);
}

TEST_F(Migrations, MigratesAFileOfVersion6) {
  // Version 5's fixture with version 6's table, and in it an administrator.
  take_file("version6.sql");
  const auto database = open();
  EXPECT_EQ(SqliteAdmins::open({.file = directory.file()}, clock).value()->list().value(), std::vector<std::string>{"Octocat"});
  const auto attempts = KeptRows::open(directory.file(), std::chrono::seconds(1)).value()->attempts(9).value().rows;
  ASSERT_EQ(attempts.size(), 2U);
  const auto memory = SqliteBuildMemory::open(directory.file(), std::chrono::seconds(1), clock).value();
  EXPECT_EQ(attempts.back().used, memory->attempts_of(path_named("hello-1.0.drv"))->front().attempt.end) << "not used since it was made";
}

TEST_F(Migrations, MigratesAFileOfVersion7) {
  // Version 6's fixture, migrated to version 7.
  take_file("version7.sql");
  const auto database = open();
  const auto forge = SqliteForgeMemory::open({.file = directory.file()}, clock).value();
  ASSERT_EQ(forge->load()->subjects.size(), 1U);
  EXPECT_FALSE(forge->load()->subjects.front().built);
  ASSERT_TRUE(forge->keep({.labels = {{.repository = {1}, .pull_request = {12}, .name = "rebuilds: 1-10"}}}));
  EXPECT_EQ(forge->owed_labels(clock.wall(), 10).value().size(), 1U);
}

TEST_F(Migrations, MigratesAFileOfVersion8) {
  // Version 7's fixture, migrated to version 8, with a label that is wanted and a branch whose tip was built stored there.
  take_file("version8.sql");
  const auto database = open();
  const auto forge = SqliteForgeMemory::open({.file = directory.file()}, clock).value();
  EXPECT_EQ(forge->owed_labels(clock.wall(), 10).value().size(), 1U);
  const auto subjects = forge->load().value().subjects;
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(subjects.back().built, CommitId::parse(std::string(40, 'c')).value());
  // What is remembered of paths counts as used at the time of the migration.
  const auto rows = KeptRows::open(directory.file(), std::chrono::seconds(1)).value();
  const Clock::Wall migrated = SystemClock().wall();
  EXPECT_TRUE(rows->paths(9, migrated + std::chrono::hours(24)).value().ranges.empty());
  const auto kept = rows->paths(9, migrated + std::chrono::hours(24 * 4)).value().ranges;
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_LE(std::chrono::abs(kept[0].used - migrated), std::chrono::hours(25));
}

TEST_F(Migrations, MigratesAFileOfVersion9) {
  // Version 8's fixture, migrated to version 9.
  take_file("version9.sql");
  const auto database = open();
  const auto subjects = SqliteForgeMemory::open({.file = directory.file()}, clock).value()->load().value().subjects;
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(std::get<forge::PullRequest>(subjects.front().subject).head_owner, "") << "not known, so nobody is trusted";
  EXPECT_FALSE(subjects.front().builds_withheld);
}

TEST_F(Migrations, MigratesAFileOfVersion10) {
  // Version 9's fixture, migrated to version 10, with a label that was refused.
  take_file("version10.sql");
  const auto database = open();
  const auto forge = SqliteForgeMemory::open({.file = directory.file()}, clock).value();
  ASSERT_EQ(forge->load()->repositories.size(), 1U);
  EXPECT_EQ(forge->load()->repositories.front().permissions, "");
  ASSERT_EQ(forge->backlog(9)->refused_wishes.size(), 1U);
  EXPECT_EQ(forge->backlog(9)->refused_wishes.front().why, "may not");
  const CommitId head = CommitId::parse(std::string(40, 'a')).value();
  ASSERT_TRUE(forge->keep(
      {.permitted = {{1}}, .comments = {{.repository = {1}, .pull_request = {7}, .head = head, .text = "bad", .makes_comment = true}}}));
  EXPECT_EQ(forge->owed_labels(clock.wall(), 10).value().size(), 1U);
  EXPECT_EQ(forge->owed_comments(clock.wall(), 10).value().size(), 1U);
}

TEST_F(Migrations, AMigrationThatFailsLeavesTheFileAsItWas) {
  open();
  auto connection = Connection::open(directory.file(), Access::write, std::chrono::seconds(1)).value();
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({"CREATE TABLE later (x); INSERT INTO nowhere VALUES (1)"});
  EXPECT_FALSE(migrate(connection, steps));
  EXPECT_EQ(connection.query_integer("PRAGMA user_version").value(), migrations().size());
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").value(), 0);
  steps.back() = {"CREATE TABLE later (x)"};
  EXPECT_TRUE(migrate(connection, steps));
  EXPECT_EQ(connection.query_integer("PRAGMA user_version").value(), steps.size());
}

}  // namespace
}  // namespace ekaci::db
