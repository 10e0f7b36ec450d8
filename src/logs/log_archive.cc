#include "logs/log_archive.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace ekaci::logs {
namespace {

constexpr std::string_view kExtension = ".log.zst";
constexpr std::size_t kHashCharacters = 32;
constexpr int kMostAttempts = 10'000;
constexpr std::chrono::hours kBetweenCleanings{1};

bool is_log_name(std::string_view name) {
  if (name.size() < kHashCharacters + 2 || name[kHashCharacters] != '-') return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return parse_nix_base32(name.substr(0, kHashCharacters)).has_value() && std::ranges::all_of(name.substr(kHashCharacters + 1), is_digit);
}

struct LogFile {
  std::filesystem::path path;
  std::filesystem::file_time_type written;
  std::uint64_t bytes = 0;
};

/// Every log there is; what goes away while we look is not there.
std::vector<LogFile> logs_in(const std::filesystem::path& directory) {
  std::vector<LogFile> found;
  std::error_code ignored;
  for (auto entry = std::filesystem::recursive_directory_iterator(directory, ignored);
       entry != std::filesystem::recursive_directory_iterator(); entry.increment(ignored)) {
    if (!entry->path().filename().string().ends_with(kExtension)) continue;
    std::error_code gone;
    const auto written = entry->last_write_time(gone);
    const auto bytes = entry->file_size(gone);
    if (!gone) found.push_back({entry->path(), written, bytes});
  }
  return found;
}

std::filesystem::path file_in(const std::filesystem::path& directory, std::string_view name) {
  return directory / name.substr(0, 2) / fmt::format("{}{}", name, kExtension);
}

/// The newest first: the one to forget when an older one comes.
bool is_older(const LogFile& a, const LogFile& b) { return std::tie(a.written, a.path) < std::tie(b.written, b.path); }

/// One of ours, locked against whoever else removes it; empty where it has gone or is being written.
Fd lock_finished(const std::filesystem::path& file) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

/// Whether it is time to clean; noted in a file's time, so that all processes share it.
bool is_cleaning_due(const std::filesystem::path& directory) {
  const std::filesystem::path marker = directory / ".cleaned";
  std::error_code missing;
  const auto last = std::filesystem::last_write_time(marker, missing);
  if (!missing && std::filesystem::file_time_type::clock::now() - last < kBetweenCleanings) return false;
  return write_file_atomically(marker, "").has_value();
}

}  // namespace

StoredLogs oldest_logs(const std::filesystem::path& directory, std::size_t most) {
  std::vector<LogFile> oldest;
  StoredLogs found;
  std::error_code ignored;
  for (auto entry = std::filesystem::recursive_directory_iterator(directory, ignored);
       entry != std::filesystem::recursive_directory_iterator(); entry.increment(ignored)) {
    const std::string file = entry->path().filename().string();
    if (!file.ends_with(kExtension) || !is_log_name(std::string_view(file).substr(0, file.size() - kExtension.size()))) continue;
    struct stat status{};
    std::error_code gone;
    const auto written = entry->last_write_time(gone);
    if (gone || ::lstat(entry->path().c_str(), &status) != 0) continue;
    constexpr std::uint64_t kBlock = 512;
    oldest.push_back({entry->path(), written, static_cast<std::uint64_t>(status.st_blocks) * kBlock});
    std::ranges::push_heap(oldest, is_older);
    if (oldest.size() <= most) continue;
    std::ranges::pop_heap(oldest, is_older);
    oldest.pop_back();
    found.is_complete = false;
  }
  std::ranges::sort_heap(oldest, is_older);
  for (const LogFile& log : oldest) {
    std::string name = log.path.filename().string();
    name.resize(name.size() - kExtension.size());
    found.logs.push_back(
        {.name = std::move(name), .written = log.written, .bytes = log.bytes, .is_being_written = !lock_finished(log.path)});
  }
  return found;
}

bool remove_log(const std::filesystem::path& directory, std::string_view name) {
  if (!is_log_name(name)) return false;
  const std::filesystem::path file = file_in(directory, name);
  const Fd locked = lock_finished(file);
  std::error_code absent;
  if (!locked) return !std::filesystem::exists(file, absent);
  return std::filesystem::remove(file, absent) || !absent;
}

Status remove_oldest_logs(const std::filesystem::path& directory, std::uint64_t bytes) {
  std::vector<LogFile> logs = logs_in(directory);
  std::ranges::sort(logs, {}, &LogFile::written);
  std::uint64_t held = 0;
  for (const LogFile& log : logs) held += log.bytes;
  for (const LogFile& log : logs) {
    if (held <= bytes) return {};
    std::error_code failed;
    std::filesystem::remove(log.path, failed);
    if (failed) return fail(ErrorCode::io, "the old log {} cannot be removed: {}", log.path.string(), failed.message());
    held -= log.bytes;
  }
  return {};
}

Result<std::unique_ptr<FileLogArchive>> FileLogArchive::open(ArchiveOptions options, const Clock& clock) {
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  if (failed) return fail(ErrorCode::io, "the directory {} for logs cannot be made: {}", options.directory.string(), failed.message());
  if (options.bytes != ArchiveOptions::kUnlimited && is_cleaning_due(options.directory)) {
    if (const Status cleaned = remove_oldest_logs(options.directory, options.bytes); !cleaned) return fail(cleaned.error());
  }
  return std::unique_ptr<FileLogArchive>(new FileLogArchive(std::move(options), clock));
}

Result<std::unique_ptr<engine::LogWriter>> FileLogArchive::begin(const StorePath& derivation) {
  const std::string hash = to_nix_base32(derivation.hash());
  std::error_code failed;
  std::filesystem::create_directories(file_of(hash).parent_path(), failed);
  if (failed) return fail(ErrorCode::io, "a directory for logs cannot be made: {}", failed.message());
  for (int number = 1; number <= kMostAttempts; ++number) {
    std::string name = fmt::format("{}-{}", hash, number);
    Fd file(::open(file_of(name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    // Says that it is being written, until the descriptor is closed, by whatever end of the process.
    if (file) static_cast<void>(::flock(file.get(), LOCK_EX));
    if (file) return std::make_unique<FileLogWriter>(std::move(file), std::move(name), clock_, options_.bounds);
    if (errno != EEXIST) {
      return fail(errno == ENOSPC ? ErrorCode::resource_exhausted : ErrorCode::io, "the log {} cannot be made: {}", file_of(name).string(),
                  std::generic_category().message(errno));
    }
  }
  return fail(ErrorCode::resource_exhausted, "{} has {} logs already", derivation.to_string(), kMostAttempts);
}

Result<LogReader> FileLogArchive::read(std::string_view name) const {
  if (!is_log_name(name)) return fail(ErrorCode::invalid_argument, "no log is named '{}'", printable_line(name));
  return LogReader::open(file_of(name));
}

bool FileLogArchive::has(std::string_view name) const {
  std::error_code absent;
  return is_log_name(name) && std::filesystem::exists(file_of(name), absent);
}

std::optional<std::string> FileLogArchive::newest(const StorePath& derivation) const {
  const std::string hash = to_nix_base32(derivation.hash());
  std::optional<std::string> name;
  std::error_code absent;
  int largest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file_of(hash).parent_path(), absent)) {
    const std::string file = entry.path().filename().string();
    const std::string_view stem = std::string_view(file).substr(0, file.size() - std::min(file.size(), kExtension.size()));
    if (!is_log_name(stem) || !stem.starts_with(hash)) continue;
    int number = 0;
    const std::string_view digits = stem.substr(hash.size() + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || number <= largest) continue;
    largest = number;
    name = stem;
  }
  return name;
}

std::filesystem::path FileLogArchive::file_of(std::string_view name) const { return file_in(options_.directory, name); }

}  // namespace ekaci::logs
