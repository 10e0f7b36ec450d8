#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/server_configuration.h"
#include "db/kept_rows.h"
#include "retention/sweep.h"

namespace ekaci::app {

/// All that retention may drop of a cache or of a server's state directory. One thread at a time; the database's file has to be there, as
/// SqliteDatabase makes it.
class Shelves {
 public:
  /// The clock outlives it.
  static Result<std::unique_ptr<Shelves>> open(const std::filesystem::path& directory, const Clock& clock);

  /// Valid as long as this.
  [[nodiscard]] retention::SweepWorld world();

 private:
  Shelves(std::filesystem::path directory, std::unique_ptr<db::KeptRows> rows, const Clock& clock);
  Result<retention::Room> measure();

  std::filesystem::path directory_;
  std::unique_ptr<db::KeptRows> rows_;
  const Clock& clock_;
  std::vector<std::unique_ptr<retention::Shelf>> shelves_{};
};

/// What the configuration says of retention.
retention::Rules retention_rules(const config::RetentionSettings& settings);

}  // namespace ekaci::app
