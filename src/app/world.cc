#include "app/world.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/files.h"

namespace ekaci::app {

namespace fs = std::filesystem;

Result<fs::path> make_cache() {
  Result<fs::path> cache = default_cache_directory();
  if (!cache) return fail(cache.error());
  std::error_code error;
  fs::create_directories(*cache, error);
  // What private repositories evaluate to is nobody else's business.
  if (!error) fs::permissions(*cache, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, "cannot make the cache directory {}: {}; set EKACI_CACHE_DIR", cache->string(), error.message());
  return cache;
}

Result<std::unique_ptr<db::SqliteDatabase>> open_database(const fs::path& cache, const Clock& clock) {
  return db::SqliteDatabase::open({.file = cache / "ekaci.db"}, clock);
}

Status make_state_directory(const fs::path& state) {
  std::error_code error;
  fs::create_directories(state, error);
  if (error) return fail(ErrorCode::io, "the state directory {} cannot be made: {}", state.string(), error.message());
  // It has private sources, keys, and what people approved.
  fs::permissions(state, fs::perms::owner_all, error);
  if (error) return fail(ErrorCode::io, "the state directory {} cannot be made private: {}", state.string(), error.message());
  return {};
}

Result<FileLock> take_state_directory(const fs::path& state) {
  using namespace std::chrono_literals;
  if (const Status made = make_state_directory(state); !made) return fail(made.error());
  // A child that a killed server was just starting holds its descriptors until it is another program: as good as nothing, and not nothing.
  for (int tries = 1;; ++tries) {
    Result<FileLock> lock = FileLock::try_acquire(state / "server.lock");
    if (lock || lock.error().code() != ErrorCode::conflict) return lock;
    if (tries == 10) break;
    std::this_thread::sleep_for(50ms);
  }
  return fail(ErrorCode::conflict, "another server runs on {}: stop it first, or give this one another directory (`state` in [server])",
              state.string());
}

Result<Cache> open_cache(const Clock& clock) {
  Result<fs::path> directory = make_cache();
  if (!directory) return fail(directory.error());
  auto database = open_database(*directory, clock);
  if (!database) return fail(database.error());
  return Cache{std::move(*directory), std::move(*database)};
}

}  // namespace ekaci::app
