#include "nix/inputs_fetch.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "nix/fetch_proxy.h"
#include "process/child.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestReason = 500;
constexpr std::uint64_t kMostPrinted = std::uint64_t{1} << 20U;

/// Where a fetch in its sandbox sees what it is given.
constexpr std::string_view kCertificates = "/ekaci/certificates";

constexpr std::string_view kSettings =
    "auto-optimise-store = false\n"
    "build-users-group =\n"
    "builders =\n"
    "connect-timeout = 15\n"
    "download-attempts = 2\n"
    "experimental-features = nix-command flakes\n"
    "flake-registry =\n"
    "gc-reserved-space = 0\n"
    "max-jobs = 0\n"
    "sandbox = false\n"
    "stalled-download-timeout = 60\n"
    "substitute = false\n"
    "substituters =\n"
    // No journal beside the file: it is copied.
    "use-sqlite-wal = false\n";

Result<fs::path> certificates(const FetchTrust& trust) {
  std::error_code error;
  if (!trust.certificates.empty()) return fs::canonical(trust.certificates, error);
  const char* own = std::getenv("NIX_SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
  for (const char* place : {own == nullptr ? "" : own, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/ca-bundle.pem",
                            "/etc/pki/tls/certs/ca-bundle.crt", "/nix/var/nix/profiles/default/etc/ssl/certs/ca-bundle.crt"}) {
    if (fs::is_regular_file(place, error)) return fs::canonical(place, error);
  }
  return fail(ErrorCode::unavailable, "no certificates to check servers with: install ca-certificates, or set NIX_SSL_CERT_FILE");
}

/// Bytes of all files below; stops counting above `enough`.
std::uint64_t size_below(const fs::path& directory, std::uint64_t enough) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end && bytes <= enough; it.increment(error)) {
    std::error_code gone;
    if (it->symlink_status(gone).type() != fs::file_type::regular) continue;
    const std::uintmax_t size = it->file_size(gone);
    // What was there before is linked to, not fetched again.
    if (!gone && it->hard_link_count(gone) == 1) bytes += size;
  }
  return bytes;
}

/// Stops a fetch that unpacks to more than is allowed, or that someone cancels.
class Watch {
 public:
  Watch(fs::path directory, std::uint64_t most, const CancelToken& cancel)
      : directory_(std::move(directory)),
        most_(most),
        relay_(cancel, [this] { stop_.request_stop(); }),
        thread_([this](const std::stop_token& over) { look(over); }) {}

  [[nodiscard]] CancelToken token() const { return stop_.get_token(); }
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  void look(const std::stop_token& over) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, over, std::chrono::milliseconds(500), [&] { return over.stop_requested(); })) {
      if (size_below(directory_, most_) <= most_) continue;
      too_large_ = true;
      stop_.request_stop();
      return;
    }
  }

  fs::path directory_;
  std::uint64_t most_;
  std::atomic<bool> too_large_ = false;
  CancelSource stop_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::stop_callback<std::function<void()>> relay_;
  std::jthread thread_;  ///< last: it uses the others
};

/// The words of a command that gives a fetch the system's programs and its own directory, and nothing else of the file system.
std::vector<std::string> sandbox_words(const Facilities& facilities, const fs::path& directory, const fs::path& certificate_file) {
  std::vector<std::string> words = {facilities.bubblewrap.string(),
                                    "--unshare-user",
                                    "--unshare-pid",
                                    "--unshare-ipc",
                                    "--unshare-uts",
                                    "--unshare-cgroup-try",
                                    "--as-pid-1",
                                    "--die-with-parent",
                                    "--new-session",
                                    "--cap-drop",
                                    "ALL",
                                    "--uid",
                                    "1000",
                                    "--gid",
                                    "100"};
  const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  add({"--bind", directory / "nix", "/nix", "--bind", directory / kFetchScratch / "tmp", "/tmp"});
  const Installation& installation = facilities.installation;
  std::error_code error;
  if (installation.is_in_store()) {
    for (const std::string& path : installation.closure)
      add({"--ro-bind", installation.system_root / fs::path(path).relative_path(), path});
  } else {
    add({"--ro-bind", installation.system_root / "usr", "/usr"});
    for (const char* name : {"bin", "lib", "lib32", "lib64", "libx32"}) {
      const fs::path path = installation.system_root / name;
      if (fs::is_symlink(path, error)) add({"--symlink", fs::read_symlink(path, error), fs::path("/") / name});
      if (!fs::is_symlink(path, error) && fs::is_directory(path, error)) add({"--ro-bind", path, fs::path("/") / name});
    }
  }
  for (const char* device : {"/dev/null", "/dev/urandom"}) add({"--dev-bind", device, device});
  add({"--symlink", installation.program, "/proc/self/exe"});
  add({"--ro-bind", directory / kFetchScratch / "passwd", "/etc/passwd", "--ro-bind", certificate_file, std::string(kCertificates)});
  add({"--remount-ro", "/", "--chdir", "/", "--"});
  return words;
}

/// Nix evaluating the one call.
process::Command command_for(const Facilities& facilities, const LockedInput& input, const fs::path& directory,
                             const fs::path& certificate_file) {
  const bool sandboxed = facilities.mode == SandboxMode::bubblewrap;
  process::Command command;
  if (sandboxed) command.arguments = sandbox_words(facilities, directory, certificate_file);
  for (const std::string& word :
       {sandboxed ? facilities.installation.program.string() : facilities.installation.file().string(), std::string("eval"),
        std::string("--impure"), std::string("--raw"), std::string("--expr"), "(" + input.expression() + ").outPath"}) {
    command.arguments.push_back(word);
  }
  const fs::path nix = sandboxed ? fs::path("/nix") : directory / "nix";
  const std::string home = sandboxed ? "/tmp" : (directory / kFetchScratch / "tmp").string();
  command.environment = {{"HOME", home},
                         {"TMPDIR", home},
                         {"NIX_CONF_DIR", (nix / "no-configuration").string()},
                         {"NIX_USER_CONF_FILES", ""},
                         {"NIX_CONFIG", std::string(kSettings)},
                         {"NIX_REMOTE", sandboxed ? "local" : fmt::format("local?root={}", directory.string())},
                         {"NIX_PATH", ""},
                         {"NIX_SSL_CERT_FILE", sandboxed ? std::string(kCertificates) : certificate_file.string()},
                         {"TERM", "dumb"},
                         {"XDG_CACHE_HOME", (nix / kFetcherCache).string()}};
  return command;
}

/// Nix's last word on what went wrong, on one line.
std::string reason_in(std::string_view printed) {
  constexpr std::string_view kMark = "error: ";
  const std::size_t mark = printed.rfind(kMark);
  const std::string line = printable_line(mark == std::string_view::npos ? printed : printed.substr(mark + kMark.size()));
  return clip(line, kLongestReason);
}

Failure explain(const FetchLimits& limits, const FetchReport& report, const Watch& watch, const Result<process::Completed>& done) {
  if (report.limit_reached) return fail(ErrorCode::resource_exhausted, "more than {} bytes were sent", limits.download);
  if (watch.too_large()) return fail(ErrorCode::resource_exhausted, "it unpacks to more than {} bytes", limits.unpacked);
  if (!done) return fail(done.error());
  std::string refusals;
  for (const std::string& refusal : report.refusals) refusals += printable_line(refusal) + "; ";
  return fail(ErrorCode::unavailable, "{}{}", refusals, reason_in(done->error));
}

}  // namespace

Status fetch_input(const Facilities& facilities, const InputsRequest& request, const LockedInput& input, const fs::path& directory,
                   const CancelToken& cancel) {
  const Result<fs::path> certificate_file = certificates(request.trust);
  if (!certificate_file) return fail(certificate_file.error());
  Result<std::unique_ptr<FetchProxy>> proxy =
      FetchProxy::start({.bytes = request.limits.download, .local_ports = request.trust.local_ports});
  if (!proxy) return fail(proxy.error());
  std::error_code error;
  const fs::path scratch = directory / kFetchScratch;
  fs::create_directories(scratch / "tmp", error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", scratch.string(), error.message());
  if (Status written = write_file_atomically(scratch / "passwd", "fetcher:x:1000:100::/tmp:/bin/false\n"); !written) return written;

  process::Command command = command_for(facilities, input, directory, *certificate_file);
  // Every scheme, so that no redirect leads around the proxy.
  for (const char* name : {"https_proxy", "http_proxy", "ftp_proxy", "all_proxy"}) command.environment[name] = (*proxy)->url();
  command = process::limited(facilities.helper, {}, std::move(command));
  const Watch watch(directory, request.limits.unpacked, cancel);
  const Result<process::Completed> done = process::run(command, "", {.time = request.limits.time, .output = kMostPrinted}, watch.token());
  if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "fetching inputs was stopped");
  if (!done || !done->ended.status.succeeded()) return explain(request.limits, (*proxy)->report(), watch, done);
  return {};
}

}  // namespace ekaci::nix
