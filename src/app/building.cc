#include "app/building.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "app/machine.h"
#include "base/text.h"
#include "nix/known_vulnerabilities.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnix = "unix://";
constexpr std::chrono::seconds kLongestWait{10};

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
  return value == nullptr ? "" : value;
}

/// A daemon of our own: it sees of the environment what tells Nix where its things are, and nothing else.
nix::DaemonProgram own_daemon(const std::string& remote) {
  nix::DaemonProgram daemon{.command = {.arguments = {"nix-daemon", "--stdio"}}};
  for (const char* name :
       {"PATH", "HOME", "NIX_CONF_DIR", "NIX_USER_CONF_FILES", "NIX_STATE_DIR", "NIX_LOG_DIR", "NIX_STORE_DIR", "TMPDIR"}) {
    if (std::string value = variable(name); !value.empty()) daemon.command.environment.emplace(name, std::move(value));
  }
  daemon.command.environment.insert_or_assign("NIX_REMOTE", remote);
  return daemon;
}

Result<nix::DaemonAddress> address_of(std::string store) {
  nix::DaemonSocket standard;
  if (store.empty()) store = variable("NIX_REMOTE");
  if (store.empty()) store = ::access(standard.path.c_str(), R_OK | W_OK) == 0 ? "daemon" : "local";
  if (store == "daemon") return standard;
  if (store.starts_with(kUnix)) return nix::DaemonSocket{.path = store.substr(kUnix.size())};
  if (store == "local" || store.starts_with("local?")) return own_daemon(store);
  return fail(ErrorCode::invalid_argument, "--store {}: write daemon, unix://SOCKET, local or local?root=DIR", printable_line(store));
}

/// What Nix itself takes for granted (libstore/globals.cc): features of every machine, and the system that a processor runs besides.
engine::BuilderDescription describe_machine(const BuildOptions& options, const System& native) {
  const std::uint32_t processors = look_at_machine().processors;
  engine::BuilderDescription local{
      .name = "local",
      .systems = {native.to_string()},
      .features = {"nixos-test", "benchmark", "big-parallel"},
      .slots = options.jobs.value_or(processors),
      .assurance = {.sandbox = options.sandbox ? BuildSandbox::full : BuildSandbox::none, .trust = BuildTrust::trusted}};
  if (native.to_string() == "x86_64-linux") local.systems.insert("i686-linux");
  if (::access("/dev/kvm", R_OK | W_OK) == 0) local.features.insert("kvm");
  return local;
}

Result<std::unique_ptr<nix::DaemonStore>> open_store(const nix::DaemonStoreSettings& settings, const CancelToken& cancel) {
  auto store = nix::DaemonStore::open(settings, cancel);
  if (!store) return fail(store.error(), "reaching the Nix store to build in (--store; --no-build goes without)");
  return store;
}

}  // namespace

Result<std::unique_ptr<nix::DaemonStore>> open_store_to_ask(const std::string& store, const CancelToken& cancel) {
  Result<nix::DaemonAddress> address = address_of(store);
  if (!address) return fail(address.error());
  nix::DaemonStoreSettings settings{.address = std::move(*address),
                                    .description = {.name = "local", .assurance = {.sandbox = BuildSandbox::full}},
                                    .substitution = nix::Substitution::off};
  return nix::DaemonStore::open(std::move(settings), cancel);
}

Result<std::unique_ptr<logs::FileLogArchive>> open_logs(const fs::path& cache, const Clock& clock, BuildOptions::Logs kept) {
  logs::ArchiveOptions options{.directory = cache / "logs"};
  if (kept == BuildOptions::Logs::all) options.bytes = logs::ArchiveOptions::kUnlimited;
  return logs::FileLogArchive::open(std::move(options), clock);
}

Result<std::unique_ptr<db::SqliteBuildMemory>> open_build_memory(const fs::path& cache, const Clock& clock) {
  return db::SqliteBuildMemory::open(cache / "ekaci.db", kLongestWait, clock);
}

ReviewBuilding::ReviewBuilding(engine::SharedBuilds& builds, engine::BuildPace pace, std::unique_ptr<nix::DaemonStore> store,
                               engine::DerivationReader& derivations, engine::BuildMemory& attempts, const Clock& clock)
    : store_(std::move(store)),
      share_(builds, pace),
      world_{.derivations = derivations, .memory = attempts, .builds = share_, .stores = {store_.get()}, .clock = clock} {}

Building::Building(nix::DaemonStoreSettings settings, std::unique_ptr<nix::DaemonStore> store,
                   std::unique_ptr<db::SqliteBuildMemory> memory, std::unique_ptr<logs::FileLogArchive> logs,
                   engine::DerivationReader& derivations, const Clock& clock)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      memory_(std::move(memory)),
      logs_(std::move(logs)),
      derivations_(derivations),
      clock_(clock),
      builds_({store_.get()}, *logs_, clock) {}

Result<std::unique_ptr<Building>> Building::open(const BuildOptions& options, const fs::path& cache, const System& native,
                                                 engine::DerivationReader& derivations, const Clock& clock, const CancelToken& cancel) {
  Result<nix::DaemonAddress> address = address_of(options.store);
  if (!address) return fail(address.error());
  nix::DaemonStoreSettings settings{.address = std::move(*address),
                                    .description = describe_machine(options, native),
                                    .substitution = options.offline ? nix::Substitution::off : nix::Substitution::on};
  auto store = open_store(settings, cancel);
  if (!store) return fail(store.error());
  auto memory = open_build_memory(cache, clock);
  if (!memory) return fail(memory.error());
  auto logs = open_logs(cache, clock, options.keep_logs);
  if (!logs) return fail(logs.error());
  return std::unique_ptr<Building>(
      new Building(std::move(settings), std::move(*store), std::move(*memory), std::move(*logs), derivations, clock));
}

Result<std::unique_ptr<ReviewBuilding>> Building::begin_review(engine::BuildPace pace, engine::BuildMemory& attempts,
                                                               const CancelToken& cancel) {
  auto store = open_store(settings_, cancel);
  if (!store) return fail(store.error());
  return std::unique_ptr<ReviewBuilding>(new ReviewBuilding(builds_, pace, std::move(*store), derivations_, attempts, clock_));
}

std::vector<std::string> Building::notes() const {
  std::vector<std::string> notes;
  if (!store_->is_trusted()) {
    notes.emplace_back("the Nix daemon does not trust this user: its own settings hold for what is built, and no sandbox is claimed");
  }
  const std::vector<std::string> holes = nix::known_vulnerabilities(store_->daemon_version());
  if (store_->is_shared() && !holes.empty()) {
    notes.push_back(
        fmt::format("the Nix daemon says that it is version {}, which has {}: unless its distributor mended that, a build may become root",
                    store_->daemon_version(), fmt::join(holes, ", ")));
  }
  return notes;
}

engine::BuildSettings Building::settings(const BuildOptions& options) const {
  engine::BuildSettings settings{.base = options.base};
  settings.policy.assurance = store_->description().assurance;
  settings.policy.limits.silence = std::chrono::seconds(options.silence_seconds);
  settings.policy.limits.total = std::chrono::seconds(options.total_seconds);
  if (options.rebuild) settings.policy.failures = engine::BuildPolicy::Failures::ask_again;
  if (options.max_builds) settings.policy.max_builds = *options.max_builds;
  return settings;
}

}  // namespace ekaci::app
