#include "nix/housing.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "base/files.h"
#include "nix/fetch_options.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using process::Mount;

/// Where a sandboxed evaluator sees the tree. Both sides of a review are seen there: the last name is what `./.` is called in
/// the store, and the whole is what `toString ./.` puts into derivations.
constexpr std::string_view kTree = "/ekaci/source";
constexpr std::string_view kWalker = "/ekaci/walker";
constexpr std::string_view kConfiguration = "/ekaci/etc";

constexpr std::uint64_t kTemporarySpace = std::uint64_t{256} << 20U;

void mount_system(std::vector<Mount>& mounts, const fs::path& root) {
  mounts.push_back({.kind = Mount::Kind::read_only, .source = root / "usr", .target = "/usr"});
  std::error_code error;
  for (const char* hidden : {"usr/local", "usr/src"}) {
    if (fs::is_directory(root / hidden, error)) {
      mounts.push_back({.kind = Mount::Kind::temporary, .target = fs::path("/") / hidden, .size = 4096});
    }
  }
  for (const char* name : {"bin", "lib", "lib32", "lib64", "libx32"}) {
    const fs::path path = root / name;
    if (fs::is_symlink(path, error)) {
      mounts.push_back({.kind = Mount::Kind::symlink, .source = fs::read_symlink(path, error), .target = fs::path("/") / name});
    } else if (fs::is_directory(path, error)) {
      mounts.push_back({.kind = Mount::Kind::read_only, .source = path, .target = fs::path("/") / name});
    }
  }
  if (const fs::path cache = root / "etc/ld.so.cache"; fs::exists(cache, error)) {
    mounts.push_back({.kind = Mount::Kind::read_only, .source = cache, .target = "/etc/ld.so.cache"});
  }
}

/// What a Nix that lies in /nix/store needs, laid into the private store.
void mount_closure(std::vector<Mount>& mounts, const Installation& installation) {
  for (const std::string& path : installation.closure) {
    mounts.push_back({.kind = Mount::Kind::read_only, .source = installation.system_root / fs::path(path).relative_path(), .target = path});
  }
}

/// Nix joins a builder's output to a pseudoterminal; an evaluator that builds nothing needs none.
void mount_devices(std::vector<Mount>& mounts, process::SystemCalls allowed) {
  if (allowed == process::SystemCalls::processes) {
    mounts.push_back({.kind = Mount::Kind::devices, .target = "/dev"});
    return;
  }
  for (const char* device : {"/dev/null", "/dev/urandom"}) {
    mounts.push_back({.kind = Mount::Kind::device, .source = device, .target = device});
  }
}

process::Sandbox sandbox_for(const Facilities& facilities, const Lodging& lodging, const Confinement& confinement) {
  std::vector<Mount> mounts;
  mounts.push_back({.kind = Mount::Kind::writable, .source = lodging.nix, .target = "/nix"});
  const Installation& installation = facilities.installation;
  if (installation.is_in_store()) {
    mount_closure(mounts, installation);
  } else {
    mount_system(mounts, installation.system_root);
  }
  mount_devices(mounts, confinement.system_calls);
  // Nix since 2.23 asks for its own program there; a real /proc would show the descriptors on which questions come.
  mounts.push_back({.kind = Mount::Kind::symlink, .source = installation.program, .target = "/proc/self/exe"});
  mounts.push_back({.kind = Mount::Kind::temporary, .target = "/tmp", .size = kTemporarySpace});
  mounts.push_back({.kind = Mount::Kind::read_only, .source = lodging.configuration / "passwd", .target = "/etc/passwd"});
  mounts.push_back({.kind = Mount::Kind::read_only, .source = lodging.configuration, .target = kConfiguration});
  mounts.push_back({.kind = Mount::Kind::read_only, .source = lodging.walker, .target = kWalker});
  mounts.push_back({.kind = Mount::Kind::read_only, .source = lodging.tree, .target = kTree});
  mounts.insert(mounts.end(), lodging.inputs.begin(), lodging.inputs.end());
  return {.mounts = std::move(mounts), .directory = kTree, .host_name = "ekaci", .system_calls = confinement.system_calls};
}

/// Nothing listens there: where there is a network, because there is no sandbox, Nix's fetchers cannot use it.
constexpr std::string_view kNoProxy = "http://127.0.0.1:1";

/// What the evaluator is told about its surroundings.
struct Surroundings {
  fs::path configuration;
  fs::path home;
  fs::path nix;
  std::string store;
};

std::map<std::string, std::string> environment(const Surroundings& around) {
  const auto& [configuration, home, nix, store] = around;
  return {{"HOME", home},
          {"TMPDIR", home},
          {"NIX_CONF_DIR", configuration},
          {"NIX_USER_CONF_FILES", ""},
          {"NIX_REMOTE", store},
          {"NIX_PATH", ""},
          {"XDG_CACHE_HOME", nix / kFetcherCache},
          {"all_proxy", std::string(kNoProxy)},
          {"http_proxy", std::string(kNoProxy)},
          {"https_proxy", std::string(kNoProxy)},
          {"TERM", "dumb"},
          // Marking in several threads costs more than it gains: other workers use the other processors.
          {"GC_MARKERS", "1"}};
}

}  // namespace

std::string settings_text(const NixSettings& settings) {
  std::string text =
      "allow-unsafe-native-code-during-evaluation = false\n"
      "auto-optimise-store = false\n"
      "build-users-group =\n"
      "builders =\n"
      "eval-cache = false\n"
      "download-attempts = 1\n"
      "experimental-features = nix-command flakes\n"
      "flake-registry =\n"
      "fsync-metadata = false\n"
      "min-free = 0\n"
      "pure-eval = false\n"
      "restrict-eval = true\n"
      "sandbox = false\n"
      "show-trace = false\n"
      "substitute = false\n"
      "substituters =\n"
      "sync-before-registering = false\n"
      // What was fetched beforehand never grows too old to be used.
      "tarball-ttl = 4294967295\n"
      "use-sqlite-wal = true\n";
  text += fmt::format("allowed-uris = {}\n", kAllowedUris);
  text += fmt::format("allow-import-from-derivation = {}\n", settings.allow_import_from_derivation);
  text += fmt::format("max-jobs = {}\n", settings.allow_import_from_derivation ? 1 : 0);
  if (!settings.system.empty()) text += fmt::format("system = {}\n", settings.system);
  return text;
}

KnownPlaces places(SandboxMode mode, const Lodging& lodging) {
  if (mode == SandboxMode::none) return {.tree = lodging.tree, .walker = lodging.walker};
  return {.tree = std::string(kTree), .walker = std::string(kWalker)};
}

Status write_configuration(const fs::path& directory, const NixSettings& settings) {
  if (Status written = write_file_atomically(directory / "nix.conf", settings_text(settings)); !written) return written;
  return write_file_atomically(directory / "passwd", "evaluator:x:1000:100::/tmp:/bin/false\n");
}

Result<process::SandboxedCommand> nix_command(const Facilities& facilities, const Lodging& lodging, const Confinement& confinement,
                                              std::vector<std::string> arguments) {
  process::Command command;
  const process::ResourceLimits limits{.address_space = confinement.memory};
  const bool sandboxed = facilities.mode == SandboxMode::bubblewrap;
  command.arguments = {sandboxed ? facilities.installation.program : facilities.installation.file()};
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  if (!sandboxed) {
    command.environment = environment({.configuration = lodging.configuration,
                                       .home = lodging.temporary,
                                       .nix = lodging.nix,
                                       .store = fmt::format("local?root={}", lodging.nix.parent_path().string())});
    command.directory = lodging.tree;
    return process::SandboxedCommand{process::limited(facilities.helper, limits, std::move(command)), Fd()};
  }
  command.environment = environment({.configuration = kConfiguration, .home = "/tmp", .nix = "/nix", .store = "local"});
  Result<process::SandboxedCommand> inside =
      process::sandboxed(facilities.bubblewrap, sandbox_for(facilities, lodging, confinement), std::move(command));
  if (!inside) return fail(inside.error());
  inside->command = process::limited(facilities.helper, limits, std::move(inside->command));
  return inside;
}

}  // namespace ekaci::nix
