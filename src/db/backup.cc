#include "db/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "base/files.h"
#include "base/text.h"
#include "db/forge_queries.h"
#include "db/run.h"
#include "db/wall_time.h"

/// Why `VACUUM INTO` and not SQLite's backup interface: that copies page by page and begins anew whenever another connection writes, which
/// on a busy server is always. This one reads a snapshot, keeps no writer waiting, and leaves out what is deleted.
namespace ekaci::db {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongestWait{30};
/// By then every pull request that was open at the loss was looked at again.
constexpr std::chrono::hours kRestoration{7 * 24};

ErrorCode code_of(int error) {
  if (error == EEXIST) return ErrorCode::conflict;
  return error == ENOSPC ? ErrorCode::resource_exhausted : ErrorCode::io;
}

Failure cannot(std::string_view what, const fs::path& path, int error) {
  return fail(code_of(error), "{} {}: {}", what, path.string(), std::generic_category().message(error));
}

/// An empty file of our own beside the destination, removed unless it was given the destination's name.
class UnfinishedFile {
 public:
  static Result<UnfinishedFile> make(const fs::path& destination) {
    std::string pattern = destination.string() + ".XXXXXX";
    Fd file(::mkostemp(pattern.data(), O_CLOEXEC));
    if (!file) return cannot("cannot make a file beside", destination, errno);
    return UnfinishedFile(std::move(pattern), std::move(file));
  }
  UnfinishedFile(UnfinishedFile&& other) noexcept : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() {
    if (path_.empty()) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((path_.string() + suffix).c_str());
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

  /// On the disk, under the name that it is to have; replaces nothing.
  Status publish(const fs::path& destination) {
    if (::fsync(file_.get()) != 0) return cannot("cannot write", path_, errno);
    if (::link(path_.c_str(), destination.c_str()) != 0) return cannot("cannot make", destination, errno);
    const fs::path directory = destination.has_parent_path() ? destination.parent_path() : fs::path(".");
    return sync_directory(directory);
  }

 private:
  UnfinishedFile(fs::path path, Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  fs::path path_;
  Fd file_;
};

Status copy_into(const fs::path& database, const fs::path& copy) {
  Result<Connection> source = Connection::open(database, Access::read, kLongestWait);
  if (!source) return fail(source.error());
  // A reader may change nothing, which SQLite takes to mean other files, too.
  if (Status allowed = source->execute("PRAGMA query_only = OFF"); !allowed) return allowed;
  std::string quoted;
  for (const char c : copy.string()) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return source->execute(fmt::format("VACUUM INTO '{}'", quoted));
}

Status mark_as_copy(Connection& copy, Clock::Wall now) {
  Result<Transaction> transaction = Transaction::begin(copy, Transaction::Kind::write);
  if (!transaction) return fail(transaction.error());
  for (const std::string_view sql : {queries::kForgetRestoration, queries::kMayExist}) {
    if (Status done = run(copy, sql); !done) return done;
  }
  if (Status noted = run(copy, queries::kAddRestoration, microseconds(now)); !noted) return noted;
  return transaction->commit();
}

/// SQLite answers with one row, `ok`, or with what is wrong.
Status check(const Connection& copy) {
  Result<Statement> statement = copy.prepare("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
  if (!statement) return fail(statement.error());
  const Result<bool> row = statement->step();
  if (!row) return fail(row.error());
  if (*row && statement->integer(0) == 0) return {};
  return fail(ErrorCode::corrupt, "the copy is damaged: so is the database, most likely, or the disk");
}

Status finish_copy(const fs::path& path, Clock::Wall now) {
  Result<Connection> copy = Connection::open(path, Access::write, kLongestWait);
  if (!copy) return fail(copy.error());
  if (Status marked = mark_as_copy(*copy, now); !marked) return marked;
  return check(*copy);
}

}  // namespace

Status back_up(const fs::path& database, const fs::path& destination, Clock::Wall now) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(destination, ignored))) {
    return fail(ErrorCode::conflict, "{} exists already; name a file that does not", printable_line(destination.string()));
  }
  if (!fs::exists(database, ignored)) return fail(ErrorCode::not_found, "there is no database {}", printable_line(database.string()));
  Result<UnfinishedFile> file = UnfinishedFile::make(destination);
  if (!file) return fail(file.error());
  if (const Status copied = copy_into(database, file->path()); !copied) return fail(copied.error(), "copying the database");
  if (const Status finished = finish_copy(file->path(), now); !finished) return fail(finished.error(), "checking the copy");
  return file->publish(destination);
}

Status note_restoration(Connection& connection, Clock::Wall now) {
  // Looked at first: almost always there is nothing to write.
  const auto restored = connection.query_integer(queries::kIsRestored);
  if (!restored) return fail(restored.error());
  if (restored->value_or(0) == 0) return {};
  if (Status begun = run(connection, queries::kBeginRestoration, microseconds(now)); !begun) return begun;
  return run(connection, queries::kEndRestoration, microseconds(now - kRestoration));
}

}  // namespace ekaci::db
