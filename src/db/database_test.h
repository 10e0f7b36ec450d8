#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/database.h"
#include "db/test_data.h"

/// What the tests of the database and of its migrations share.
namespace ekaci::db {

inline std::unique_ptr<SqliteDatabase> open_or_die(const DatabaseOptions& options, const Clock& clock) {
  auto opened = SqliteDatabase::open(options, clock);
  if (!opened) throw std::runtime_error(opened.error().to_string());
  return std::move(*opened);
}

inline std::vector<DerivationRecord> closure(
    SqliteDatabase& database, const std::vector<StorePath>& roots,
    const engine::DerivationReader::Known& known = [](const StorePath&) { return false; }) {
  std::vector<DerivationRecord> records;
  const Status read = database.read_closure(roots, known, [&](DerivationRecord record) { records.push_back(std::move(record)); });
  EXPECT_TRUE(read) << read.error().to_string();
  return records;
}

/// An evaluation with one attribute whose derivation has one input, all named after a number.
struct Numbered {
  explicit Numbered(std::uint64_t number)
      : records{record_named(fmt::format("input-{}.drv", number)),
                record_named(fmt::format("user-{}.drv", number), {path_named(fmt::format("input-{}.drv", number))})} {
    evaluation.attributes.push_back(derivation_attribute("user", records[1].path));
    evaluation.notes.push_back(fmt::format("number {}", number));
  }
  std::vector<DerivationRecord> records;
  Evaluation evaluation;
};

inline void run_sql(const std::filesystem::path& file, std::string_view sql) {
  auto connection = Connection::open(file, Access::write, std::chrono::seconds(10));
  ASSERT_TRUE(connection) << connection.error().to_string();
  const Status done = connection->execute(sql);
  ASSERT_TRUE(done) << done.error().to_string();
}

inline std::string slurp(const std::filesystem::path& file) { return read_file(file, 100'000'000).value(); }

class Database : public testing::Test {
 protected:
  DatabaseOptions options() const { return {.file = directory.file()}; }
  std::unique_ptr<SqliteDatabase> open() const { return open_or_die(options(), clock); }
  Error open_error() const { return SqliteDatabase::open(options(), clock).error(); }

  TemporaryDirectory directory;
  StoppedClock clock;
};

}  // namespace ekaci::db
