#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/build_ports.h"
#include "logs/log_reader.h"
#include "logs/log_writer.h"

namespace ekaci::logs {

struct ArchiveOptions {
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  std::filesystem::path directory;                ///< made where it is missing
  std::uint64_t bytes = std::uint64_t{2} << 30U;  ///< of all logs; the oldest go where they are more; kUnlimited: someone else sees to that
  LogBounds bounds{};
};

/// All logs of a cache: one file for each attempt, `<directory>/<two characters>/<hash of the derivation>-<number>.log.zst`.
/// Any thread; several processes may use one directory.
class FileLogArchive final : public engine::LogArchive {
 public:
  /// Also removes the oldest logs beyond the bound, at most once an hour. `clock` outlives the archive.
  static Result<std::unique_ptr<FileLogArchive>> open(ArchiveOptions options, const Clock& clock);

  Result<std::unique_ptr<engine::LogWriter>> begin(const StorePath& derivation) override;
  /// The log that a summary names; not_found where it was cleaned away, invalid_argument where no log has such a name.
  [[nodiscard]] Result<LogReader> read(std::string_view name) const;
  /// Whether there is a log of this name now.
  [[nodiscard]] bool has(std::string_view name) const;
  /// The derivation's log that was begun last, finished or not; nullopt where there is none.
  [[nodiscard]] std::optional<std::string> newest(const StorePath& derivation) const;

 private:
  FileLogArchive(ArchiveOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}
  [[nodiscard]] std::filesystem::path file_of(std::string_view name) const;

  ArchiveOptions options_;
  const Clock& clock_;
};

/// A log as a file.
struct StoredLog {
  std::string name{};  ///< as FileLogArchive::read() takes it
  std::filesystem::file_time_type written{};
  std::uint64_t bytes = 0;  ///< on the disk
  bool is_being_written = false;
};
/// The oldest logs of a directory, at most `most`, and whether those are all. Memory: so many.
struct StoredLogs {
  std::vector<StoredLog> logs{};
  bool is_complete = true;
};
StoredLogs oldest_logs(const std::filesystem::path& directory, std::size_t most);
/// Whether it is gone now; one that is being written stays.
bool remove_log(const std::filesystem::path& directory, std::string_view name);

/// Removes the oldest logs of a directory until they take at most `bytes`. What another process removes meanwhile is no error.
Status remove_oldest_logs(const std::filesystem::path& directory, std::uint64_t bytes);

}  // namespace ekaci::logs
