#include "nix/evaluator.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "base/sync.h"
#include "base/text.h"
#include "nix/crew.h"
#include "nix/housing.h"
#include "nix/inputs.h"
#include "nix/linked_tree.h"
#include "nix/repl_worker.h"
#include "nix/scratch.h"
#include "nix/store_reader.h"
#include "nix/walker.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWalkerFile = "walker.nix";
constexpr std::string_view kBindingFile = "job.nix";
constexpr std::string_view kNoSandbox = "or pass --no-sandbox, if you trust what is evaluated";
constexpr std::chrono::milliseconds kLockInterval{50};

/// What is asked of the evaluator once.
struct Probe {
  std::string version;
  std::string binary;
  System native_system;
};

Lodging lodging_in(const Scratch& scratch, const fs::path& tree) {
  return {.tree = tree,
          .nix = scratch.nix(),
          .walker = scratch.walker(),
          .configuration = scratch.configuration(),
          .temporary = scratch.temporary()};
}

Result<std::string> describe_binary(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return fail(ErrorCode::unavailable, "cannot read {}: {}", file.string(), error.message());
  const auto modified = fs::last_write_time(file, error).time_since_epoch();
  if (error) return fail(ErrorCode::unavailable, "cannot read {}: {}", file.string(), error.message());
  return fmt::format("{} size={} modified={}", file.string(), size, std::chrono::duration_cast<std::chrono::nanoseconds>(modified).count());
}

class NixEvaluator final : public engine::Evaluator {
 public:
  NixEvaluator(EvaluatorOptions options, Facilities facilities, const Clock& clock)
      : options_(std::move(options)),
        facilities_(std::move(facilities)),
        clock_(clock),
        trash_(std::make_shared<Trash>(options_.last_trash)) {}

  Result<EvaluatorIdentity> identity(const Job& job) override;
  Result<System> native_system() override;
  Result<engine::EvaluationOutcome> evaluate(const engine::EvaluationRequest& request, engine::EvaluationListener& listener,
                                             const CancelToken& cancel) override;

 private:
  [[nodiscard]] fs::path unsandboxed_tree() const { return options_.cache / "unsandboxed" / "source"; }
  Result<std::unique_ptr<Scratch>> open_scratch() { return Scratch::open(options_.cache / "evaluations", trash_); }
  Result<Probe> probe();
  Result<Probe> ask_evaluator();
  Result<std::string> ask(const Lodging& lodging, std::vector<std::string> arguments);
  Result<FileLock> lay_out_tree(const fs::path& tree, const CancelToken& cancel);
  Status check_resources(const Scratch& scratch) const;
  Result<engine::EvaluationOutcome> evaluate_in(const std::shared_ptr<const Scratch>& scratch, const engine::EvaluationRequest& request,
                                                engine::EvaluationListener& listener, const CancelToken& cancel);
  Result<PreparedInputs> lay_out_inputs(Lodging& lodging, const fs::path& tree, const CancelToken& cancel);
  Result<WorkerFactory> worker_factory(const Lodging& lodging, const engine::EvaluationRequest& request) const;

  EvaluatorOptions options_;
  Facilities facilities_;
  const Clock& clock_;
  std::shared_ptr<Trash> trash_;
  Sync<std::optional<Probe>> probed_;
};

Result<Probe> NixEvaluator::probe() {
  if (std::optional<Probe> known = probed_.with([](const auto& probe) { return probe; })) return *known;
  Result<Probe> asked = ask_evaluator();
  if (asked) probed_.with([&](auto& probe) { probe = *asked; });
  return asked;
}

Result<std::string> NixEvaluator::ask(const Lodging& lodging, std::vector<std::string> arguments) {
  Result<process::SandboxedCommand> command = nix_command(facilities_, lodging, {}, std::move(arguments));
  if (!command) return fail(command.error());
  Result<process::Completed> done = process::run(command->command, "", {.time = std::chrono::seconds(60), .output = 1U << 20U}, {});
  if (!done) return fail(done.error(), "asking Nix for its version");
  if (done->ended.status.succeeded()) return std::string(trim(done->output));
  const std::string said = printable_line(done->error);
  if (facilities_.mode == SandboxMode::none) {
    return fail(ErrorCode::unavailable, "Nix at {} cannot be used: it {}: {}", facilities_.installation.program.string(),
                done->ended.status.to_string(), said);
  }
  return fail(ErrorCode::unavailable,
              "Nix cannot be run in a sandbox here: {} {}: {}. Bubblewrap needs user namespaces: allow them (sysctl "
              "kernel.unprivileged_userns_clone=1, user.max_user_namespaces), {}",
              facilities_.bubblewrap.string(), done->ended.status.to_string(), said, kNoSandbox);
}

Result<Probe> NixEvaluator::ask_evaluator() {
  Result<std::unique_ptr<Scratch>> scratch = open_scratch();
  if (!scratch) return fail(scratch.error());
  const Lodging lodging = lodging_in(**scratch, (*scratch)->walker());
  if (Status written = write_configuration(lodging.configuration, {}); !written) return fail(written.error());
  Result<std::string> version = ask(lodging, {"--version"});
  if (!version) return fail(version.error());
  if (Status usable = check_version(*version); !usable) return fail(usable.error());
  const Result<std::string> system = ask(lodging, {"eval", "--raw", "--impure", "--expr", "builtins.currentSystem"});
  if (!system) return fail(system.error());
  Result<System> native = System::parse(*system);
  if (!native) return fail(native.error(), "asking Nix for this machine's system");
  Result<std::string> binary = describe_binary(facilities_.installation.file());
  if (!binary) return fail(binary.error());
  return Probe{printable_line(*version), std::move(*binary), std::move(*native)};
}

Result<EvaluatorIdentity> NixEvaluator::identity(const Job& job) {
  Result<Probe> probed = probe();
  if (!probed) return fail(probed.error());
  const bool sandboxed = facilities_.mode == SandboxMode::bubblewrap;
  std::string settings = settings_text({.system = "", .allow_import_from_derivation = job.allow_import_from_derivation});
  const KnownPlaces seen =
      places(facilities_.mode, {.tree = unsandboxed_tree(), .nix = {}, .walker = {}, .configuration = {}, .temporary = {}});
  settings += fmt::format("; sandbox = {}\n; tree = {}\n; walker = {}\n", sandboxed ? "bubblewrap" : "none", seen.tree,
                          to_hex(sha256(walker_source())));
  return EvaluatorIdentity{.version = probed->version, .binary = probed->binary, .settings = std::move(settings)};
}

Result<System> NixEvaluator::native_system() {
  Result<Probe> probed = probe();
  if (!probed) return fail(probed.error());
  return probed->native_system;
}

/// Without a sandbox there is one place where trees are evaluated, and one evaluation at a time.
Result<FileLock> NixEvaluator::lay_out_tree(const fs::path& tree, const CancelToken& cancel) {
  const fs::path place = unsandboxed_tree();
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", place.parent_path().string(), error.message());
  while (true) {
    Result<FileLock> lock = FileLock::try_acquire(place.parent_path() / "lock");
    if (!lock && lock.error().code() != ErrorCode::conflict) return fail(lock.error());
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "the evaluation was stopped");
    if (!lock) {
      std::this_thread::sleep_for(kLockInterval);
      continue;
    }
    if (Status removed = remove_tree(place); !removed) return fail(removed.error());
    if (Status linked = link_tree(tree, place); !linked) return fail(linked.error());
    return lock;
  }
}

Status NixEvaluator::check_resources(const Scratch& scratch) const {
  const Result<std::uint64_t> left = free_space(scratch.directory());
  if (!left) return fail(left.error());
  if (*left >= options_.free_space) return {};
  return fail(ErrorCode::resource_exhausted,
              "the file system of {} has {} MiB left; evaluation stops below {} MiB. Free some space, or put the cache elsewhere "
              "(EKACI_CACHE_DIR; of a server `state` in its configuration)",
              options_.cache.string(), *left >> 20U, options_.free_space >> 20U);
}

/// Fetches what the tree has locked, and puts it where the evaluator finds it: mounted, so that nothing is copied and evaluated
/// code cannot write it, or copied where there are no mounts.
Result<PreparedInputs> NixEvaluator::lay_out_inputs(Lodging& lodging, const fs::path& tree, const CancelToken& cancel) {
  if (options_.fetching == Fetching::nothing) return PreparedInputs{};
  const Result<Probe> probed = probe();
  if (!probed) return fail(probed.error());
  Result<PreparedInputs> inputs = prepare_inputs(facilities_,
                                                 {.tree = tree,
                                                  .cache = options_.cache / "inputs",
                                                  .nix_version = probed->version,
                                                  .limits = options_.fetch_limits,
                                                  .trust = options_.fetch_trust},
                                                 cancel);
  if (!inputs) return inputs;
  if (Status copied = copy_input_records(*inputs, lodging.nix); !copied) return fail(copied.error());
  if (facilities_.mode == SandboxMode::none) {
    if (Status copied = copy_input_store(*inputs, lodging.nix); !copied) return fail(copied.error());
    return inputs;
  }
  for (const std::string& entry : inputs->store_entries) {
    lodging.inputs.push_back({.kind = process::Mount::Kind::read_only,
                              .source = inputs->nix / "store" / entry,
                              .target = fs::path(StorePath::kStoreDirectory) / entry});
  }
  return inputs;
}

Result<WorkerFactory> NixEvaluator::worker_factory(const Lodging& lodging, const engine::EvaluationRequest& request) const {
  const KnownPlaces seen = places(facilities_.mode, lodging);
  Result<std::string> binding = binding_line(fmt::format("{}/{}", seen.walker, kBindingFile), request.job);
  if (!binding) return fail(binding.error());
  const Confinement confinement{
      .memory = request.limits.worker_memory,
      .system_calls = request.job.allow_import_from_derivation ? process::SystemCalls::processes : process::SystemCalls::single_process};
  const std::uint64_t output = request.limits.attribute_output;
  return [this, lodging, seen, confinement, output, binding = std::move(*binding)]() -> Result<std::unique_ptr<Worker>> {
    // Verbosity 1 names each file before it is read: how a file that ends too early is known.
    Result<process::SandboxedCommand> command = nix_command(
        facilities_, lodging, confinement, {"repl", "--verbose", "-I", "ekaci-tree=" + seen.tree, "-I", "ekaci-walker=" + seen.walker});
    if (!command) return fail(command.error());
    return start_repl_worker(
        {.command = std::move(*command), .binding = binding, .places = seen, .memory = confinement.memory, .output_limit = output});
  };
}

Result<engine::EvaluationOutcome> NixEvaluator::evaluate_in(const std::shared_ptr<const Scratch>& scratch,
                                                            const engine::EvaluationRequest& request, engine::EvaluationListener& listener,
                                                            const CancelToken& cancel) {
  const Clock::Instant begin = clock_.now();
  const bool sandboxed = facilities_.mode == SandboxMode::bubblewrap;
  std::error_code error;
  Lodging lodging = lodging_in(*scratch, sandboxed ? fs::absolute(request.files->path(), error) : unsandboxed_tree());
  if (error) return fail(ErrorCode::io, "cannot resolve {}: {}", request.files->path().string(), error.message());
  const KnownPlaces seen = places(facilities_.mode, lodging);
  const NixSettings settings{.system = request.system.to_string(),
                             .allow_import_from_derivation = request.job.allow_import_from_derivation};
  const std::string binding = binding_source(
      {.tree = seen.tree, .walker = fmt::format("{}/{}", seen.walker, kWalkerFile), .job = request.job, .system = request.system});
  if (Status written = write_configuration(lodging.configuration, settings); !written) return fail(written.error());
  if (Status written = write_file_atomically(lodging.walker / kWalkerFile, walker_source()); !written) return fail(written.error());
  if (Status written = write_file_atomically(lodging.walker / kBindingFile, binding); !written) return fail(written.error());
  Result<PreparedInputs> inputs = lay_out_inputs(lodging, request.files->path(), cancel);
  if (!inputs) return fail(inputs.error());
  Result<WorkerFactory> factory = worker_factory(lodging, request);
  if (!factory) return fail(factory.error());
  listener.opened(std::make_shared<StoreReader>(scratch), scratch->directory());
  Crew crew({.limits = request.limits,
             .foremost = request.foremost,
             .tests_of = request.tests_of,
             .start = std::move(*factory),
             .check_resources = [&] { return check_resources(*scratch); }},
            listener, clock_);
  Result<Evaluation> evaluation = crew.run(cancel);
  if (!evaluation) return fail(evaluation.error());
  evaluation->notes = std::move(inputs->notes);
  evaluation->repeatable = evaluation->repeatable && inputs->complete;
  auto reader = std::make_unique<StoreReader>(scratch);
  reader->complete(evaluation->attributes);
  evaluation->cost.wall = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - begin);
  return engine::EvaluationOutcome{std::make_shared<const Evaluation>(std::move(*evaluation)), std::move(reader)};
}

Result<engine::EvaluationOutcome> NixEvaluator::evaluate(const engine::EvaluationRequest& request, engine::EvaluationListener& listener,
                                                         const CancelToken& cancel) {
  if (const Result<Probe> usable = probe(); !usable) return fail(usable.error());
  std::error_code error;
  const fs::path& tree = request.files->path();
  if (!fs::is_directory(tree, error)) return fail(ErrorCode::not_found, "there is no tree at {}", tree.string());
  std::optional<FileLock> place;
  if (facilities_.mode == SandboxMode::none) {
    Result<FileLock> laid_out = lay_out_tree(tree, cancel);
    if (!laid_out) return fail(laid_out.error());
    place = std::move(*laid_out);
  }
  Result<std::unique_ptr<Scratch>> scratch = open_scratch();
  if (!scratch) return fail(scratch.error());
  if (Status enough = check_resources(**scratch); !enough) return fail(enough.error());
  Result<engine::EvaluationOutcome> outcome = evaluate_in(std::move(*scratch), request, listener, cancel);
  if (!outcome) return fail(outcome.error(), fmt::format("evaluating job '{}' for {}", request.job.name, request.system.to_string()));
  return outcome;
}

Result<fs::path> find_helper(const fs::path& given) {
  std::error_code error;
  if (!given.empty()) {
    if (fs::exists(given, error)) return given;
    return fail(ErrorCode::unavailable, "there is no ekaci-helper at {}", given.string());
  }
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  // Installed beside it, as a distribution may split it off, and in the build tree.
  for (const char* place : {"ekaci-helper", "../libexec/ekaci/ekaci-helper", "../helper/ekaci-helper"}) {
    fs::path candidate = self.parent_path() / place;
    if (fs::exists(candidate, error)) return candidate;
  }
  return fail(ErrorCode::unavailable, "ekaci-helper is not beside {}; the installation is incomplete", self.string());
}

Result<fs::path> find_bubblewrap() {
  Result<fs::path> found = process::find_program("bwrap");
  if (found) return found;
  return fail(
      ErrorCode::unavailable,
      "bubblewrap (bwrap), in whose sandbox strangers' code is evaluated, was not found. Install it (Debian: apt install bubblewrap), {}",
      kNoSandbox);
}

}  // namespace

Result<std::unique_ptr<engine::Evaluator>> make_evaluator(EvaluatorOptions options, const Clock& clock) {
  Facilities facilities{.mode = options.sandbox, .installation = {}, .helper = {}, .bubblewrap = {}};
  std::error_code error;
  fs::create_directories(options.cache, error);
  if (error) return fail(ErrorCode::io, "cannot create {}: {}", options.cache.string(), error.message());
  options.cache = fs::canonical(options.cache, error);
  if (error) return fail(ErrorCode::io, "cannot resolve the cache's directory: {}", error.message());
  Result<fs::path> helper = find_helper(options.helper);
  if (!helper) return fail(helper.error());
  facilities.helper = std::move(*helper);
  Result<Installation> installation = find_installation(options.program, options.system_root, {});
  if (!installation) return fail(installation.error());
  facilities.installation = std::move(*installation);
  if (options.sandbox == SandboxMode::bubblewrap) {
    Result<fs::path> bubblewrap = find_bubblewrap();
    if (!bubblewrap) return fail(bubblewrap.error());
    facilities.bubblewrap = std::move(*bubblewrap);
  }
  return std::make_unique<NixEvaluator>(std::move(options), std::move(facilities), clock);
}

}  // namespace ekaci::nix
