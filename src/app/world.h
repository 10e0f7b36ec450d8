#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "config/repository_configuration.h"
#include "db/database.h"
#include "engine/ports.h"

namespace ekaci::app {

/// Makes the cache directory, for this user's eyes only, and says where it is (EKACI_CACHE_DIR, else the user's cache).
Result<std::filesystem::path> make_cache();

/// What is remembered. The clock outlives it.
Result<std::unique_ptr<db::SqliteDatabase>> open_database(const std::filesystem::path& cache, const Clock& clock);

/// Makes a server's state directory where there is none, for this user's eyes only.
Status make_state_directory(const std::filesystem::path& state);

/// Makes a server's state directory where there is none, and takes it for this process: two servers would do, and tell the forge,
/// everything twice. What works beside a server does without. conflict where another server has it.
Result<FileLock> take_state_directory(const std::filesystem::path& state);

/// The cache directory and what is remembered in it.
struct Cache {
  std::filesystem::path directory{};
  std::unique_ptr<db::SqliteDatabase> database{};  ///< never null
};
/// Makes the cache where there is none. The clock outlives it.
Result<Cache> open_cache(const Clock& clock);

/// The configuration of a repository, as the engine wants it read.
class RepositoryConfigurationParser final : public engine::ConfigurationParser {
 public:
  Result<RepositoryConfiguration> parse(std::string_view text, std::string_view file) override {
    return config::parse_repository_configuration(text, file);
  }
};

}  // namespace ekaci::app
