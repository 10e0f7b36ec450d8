#include "nix/nar_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "wire/writer.h"

namespace ekaci::nix {
namespace {

constexpr std::size_t kPart = std::size_t{64} << 10U;
/// Each level keeps a descriptor open.
constexpr std::size_t kDeepest = 256;
constexpr std::size_t kMostEntries = std::size_t{1} << 20U;

std::string message_of(int error) { return std::generic_category().message(error); }

Failure cannot(std::string_view what, const std::string& name) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::io;
  return fail(code, "cannot {} {}: {}", what, printable_line(name), message_of(errno));
}

Result<struct stat> status_of(const FileAt& file) {
  struct stat status{};
  if (::fstatat(file.directory, file.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return cannot("look at", file.name);
  return status;
}

Result<std::string> target_of(const FileAt& file) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t length = ::readlinkat(file.directory, file.name.c_str(), buffer.data(), buffer.size());
  if (length < 0) return cannot("read the symlink", file.name);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

struct OpenFile {
  Fd fd;
  std::uint64_t size = 0;
  bool is_executable = false;
};

/// What is opened is looked at again: it may not be what it was.
Result<OpenFile> open_regular(const FileAt& file) {
  Fd fd(::openat(file.directory, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return cannot("open", file.name);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return cannot("look at", file.name);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::conflict, "{} is no file any more", printable_line(file.name));
  return OpenFile{std::move(fd), static_cast<std::uint64_t>(status.st_size), (status.st_mode & S_IXUSR) != 0};
}

/// Exactly as many bytes as the file had when it was opened.
Status copy(const OpenFile& file, const std::string& name, const ByteSink& sink) {
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kPart, std::max<std::uint64_t>(file.size, 1))));
  for (std::uint64_t left = file.size; left > 0;) {
    const ssize_t got = ::read(file.fd.get(), buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", name);
    if (got == 0) return fail(ErrorCode::conflict, "{} became shorter while it was read", printable_line(name));
    if (Status taken = sink({buffer.data(), static_cast<std::size_t>(got)}); !taken) return taken;
    left -= static_cast<std::uint64_t>(got);
  }
  return {};
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Names in the order of their bytes. Takes a descriptor of its own, which it moves.
Result<std::vector<std::string>> entries_of(const Fd& directory, const std::string& name) {
  Fd own(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 3));
  const std::unique_ptr<DIR, CloseDirectory> listing(own ? ::fdopendir(own.get()) : nullptr);
  if (!listing) return cannot("list", name);
  [[maybe_unused]] const int owned_by_listing = own.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is this function's
    const std::string_view found(&entry->d_name[0]);
    if (found == "." || found == "..") continue;
    if (names.size() == kMostEntries) {
      return fail(ErrorCode::resource_exhausted, "{} has more than {} entries", printable_line(name), kMostEntries);
    }
    names.emplace_back(found);
  }
  std::ranges::sort(names);
  return names;
}

/// Collects small pieces into parts.
class Archive {
 public:
  explicit Archive(const ByteSink& sink) : sink_(sink) {}

  Status node(const FileAt& file, std::size_t depth) {
    const Result<FileKind> kind = kind_of(file);
    if (!kind) return fail(kind.error());
    writer_.text("(");
    writer_.text("type");
    if (Status written = node_of(*kind, file, depth); !written) return written;
    writer_.text(")");
    return flush_down_to(kPart);
  }

  void magic() { writer_.text("nix-archive-1"); }
  Status flush_down_to(std::size_t bytes) {
    if (buffer_.size() <= bytes) return {};
    const std::string full = std::exchange(buffer_, {});
    return sink_(full);
  }

 private:
  Status node_of(FileKind kind, const FileAt& file, std::size_t depth) {
    switch (kind) {
      case FileKind::regular:
      case FileKind::executable:
        return regular(file);
      case FileKind::directory:
        return directory(file, depth);
      case FileKind::symlink:
        return symlink(file);
    }
    return {};
  }

  Status regular(const FileAt& file) {
    const Result<OpenFile> open = open_regular(file);
    if (!open) return fail(open.error());
    writer_.text("regular");
    if (open->is_executable) {
      writer_.text("executable");
      writer_.text("");
    }
    writer_.text("contents");
    writer_.number(open->size);
    Status copied = copy(*open, file.name, [this](std::string_view part) {
      buffer_ += part;
      return flush_down_to(kPart);
    });
    if (!copied) return copied;
    buffer_.append(static_cast<std::size_t>((8 - open->size % 8) % 8), '\0');
    return {};
  }

  Status symlink(const FileAt& file) {
    const Result<std::string> target = target_of(file);
    if (!target) return fail(target.error());
    writer_.text("symlink");
    writer_.text("target");
    writer_.text(*target);
    return {};
  }

  Status directory(const FileAt& file, std::size_t depth) {
    if (depth == kDeepest) return fail(ErrorCode::resource_exhausted, "directories lie more than {} deep", kDeepest);
    const Result<Fd> open = open_directory(file.directory, file.name);
    if (!open) return fail(open.error());
    const Result<std::vector<std::string>> names = entries_of(*open, file.name);
    if (!names) return fail(names.error());
    writer_.text("directory");
    for (const std::string& name : *names) {
      for (const std::string_view word : {"entry", "(", "name"}) writer_.text(word);
      writer_.text(name);
      writer_.text("node");
      if (Status written = node({.directory = open->get(), .name = name}, depth + 1); !written) return written;
      writer_.text(")");
    }
    return {};
  }

  const ByteSink& sink_;
  std::string buffer_;
  wire::Writer writer_{buffer_};
};

}  // namespace

Result<FileKind> kind_of(const FileAt& file) {
  const Result<struct stat> status = status_of(file);
  if (!status) return fail(status.error());
  if (S_ISREG(status->st_mode)) return (status->st_mode & S_IXUSR) != 0 ? FileKind::executable : FileKind::regular;
  if (S_ISDIR(status->st_mode)) return FileKind::directory;
  if (S_ISLNK(status->st_mode)) return FileKind::symlink;
  return fail(ErrorCode::invalid_argument, "{} is neither a file nor a directory nor a symlink", printable_line(file.name));
}

Status write_nar(const FileAt& file, const ByteSink& sink) {
  Archive archive(sink);
  archive.magic();
  if (Status written = archive.node(file, 0); !written) return written;
  return archive.flush_down_to(0);
}

Status write_content(const FileAt& file, const ByteSink& sink) {
  const Result<OpenFile> open = open_regular(file);
  if (!open) return fail(open.error());
  return copy(*open, file.name, sink);
}

Result<Fd> open_directory(int at, const std::string& name) {
  Fd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return cannot("open", name);
  return fd;
}

}  // namespace ekaci::nix
