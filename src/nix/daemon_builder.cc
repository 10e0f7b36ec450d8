#include "nix/daemon_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <string>
#include <utility>
#include <variant>

#include "base/text.h"
#include "nix/daemon_result.h"

namespace ekaci::nix {
namespace {

using std::chrono::milliseconds;

/// The daemon itself ends what takes too long; it may besides wait for another build of the same, or for the disk. Not for ever.
constexpr std::chrono::minutes kOverrun{15};
/// For questions beside a build.
constexpr std::chrono::seconds kAnswerTime{60};
/// How often the log hears that nothing comes.
constexpr milliseconds kIdleInterval{250};
/// Outputs that a message names.
constexpr std::size_t kNamedOutputs = 10;

struct FieldsOf {
  wire::DerivationOutput operator()(const drv::InputAddressedOutput& output) const { return {.path = output.path.to_string()}; }
  wire::DerivationOutput operator()(const drv::FixedOutput& output) const {
    return {.path = output.path.to_string(), .hashing = output.hashing.to_string(), .hash = output.hash};
  }
  wire::DerivationOutput operator()(const drv::FloatingOutput& output) const { return {.hashing = output.hashing.to_string()}; }
  wire::DerivationOutput operator()(const drv::DeferredOutput& /*output*/) const { return {}; }
  wire::DerivationOutput operator()(const drv::ImpureOutput& output) const {
    return {.hashing = output.hashing.to_string(), .hash = "impure"};
  }
};

wire::BasicDerivation as_asked_for(const engine::BuildOrder& order) {
  wire::BasicDerivation asked{.inputs = order.inputs,
                              .system = order.derivation.system,
                              .builder = order.derivation.builder,
                              .arguments = order.derivation.arguments,
                              .environment = order.derivation.environment};
  for (const drv::Output& output : order.derivation.outputs) {
    wire::DerivationOutput fields = std::visit(FieldsOf{}, output.address);
    fields.name = output.name;
    asked.outputs.push_back(std::move(fields));
  }
  return asked;
}

bool is_addressed_by_inputs(const drv::Output& output) {
  return std::holds_alternative<drv::InputAddressedOutput>(output.address) || std::holds_alternative<drv::DeferredOutput>(output.address);
}

bool is_fixed(const drv::Output& output) { return std::holds_alternative<drv::FixedOutput>(output.address); }

std::string_view text_of(const wire::ActivityResult& result) {
  if (result.fields.empty()) return {};
  const auto* text = std::get_if<std::string>(&result.fields.front());
  return text == nullptr ? std::string_view() : *text;
}

/// What a person can do about outputs that a build would make otherwise.
std::string what_differs_in_words(const engine::BuildOrder& order) {
  std::string paths;
  for (const drv::Output& output : order.derivation.outputs | std::views::take(kNamedOutputs)) {
    if (const std::optional<StorePath> path = output.path()) paths += " " + path->to_string();
  }
  return fmt::format(
      "it builds, but not to what the store has, which was made under a weaker sandbox or trust and is kept: delete that "
      "(nix-store --delete{}) and review again\n",
      paths);
}

/// What cannot be understood is as good as lost.
Error as_lost(const Error& error) {
  if (error.code() == ErrorCode::cancelled) return error;
  return {ErrorCode::unavailable, error.to_string()};
}

}  // namespace

/// One build.
struct DaemonBuilder::Run {
  const engine::BuildOrder& order;
  engine::LogSink& log;
  CancelToken cancel;
  Clock::Instant asked{};
  Clock::Wall start{};
  std::uint64_t log_bytes = 0;

  [[nodiscard]] DaemonWait wait_for(milliseconds longest) const { return {.deadline = SystemClock().now() + longest, .cancel = cancel}; }
};

DaemonBuilder::DaemonBuilder(std::unique_ptr<DaemonConnection> connection, wire::Options options, wire::Trust trust)
    : connection_(std::move(connection)), options_(std::move(options)), trust_(trust) {}

Result<engine::AttemptReport> DaemonBuilder::build(const engine::BuildOrder& order, engine::LogSink& log, const CancelToken& cancel) {
  Run run{.order = order, .log = log, .cancel = cancel, .asked = clock_.now(), .start = clock_.wall()};
  if (Status prepared = prepare(run); !prepared) return fail(prepared.error());
  Result<engine::AttemptReport> ended = order.mode == engine::BuildMode::substitute ? substitute(run) : listen(run);
  if (!ended && ended.error().code() == ErrorCode::timed_out) {
    return conclude(run, {.status = wire::BuildStatus::timed_out, .message = ended.error().message()});
  }
  if (!ended) return fail(as_lost(ended.error()));
  return ended;
}

/// All requests of a build go out together; their answers come before the build's.
Status DaemonBuilder::prepare(Run& run) {
  if (!connection_->is_open()) return fail(ErrorCode::unavailable, "the connection to the Nix daemon was lost");
  const engine::BuildLimits& limits = run.order.limits;
  if (!limits_ || limits_->silence != limits.silence || limits_->total != limits.total || limits_->log_bytes != limits.log_bytes) {
    wire::Options options = options_;
    options.silence_seconds = static_cast<std::uint64_t>(std::max<std::chrono::seconds::rep>(limits.silence.count(), 1));
    options.overrides["timeout"] = std::to_string(std::max<std::chrono::seconds::rep>(limits.total.count(), 1));
    options.overrides["max-build-log-size"] = std::to_string(std::max<std::uint64_t>(limits.log_bytes, 1));
    connection_->session().set_options(options);
    limits_ = limits;
  }
  for (const drv::Output& output : run.order.derivation.outputs) {
    if (const std::optional<StorePath> path = output.path()) connection_->session().add_temp_root(*path);
  }
  return run.order.mode == engine::BuildMode::substitute ? Status() : ask(run);
}

Result<engine::AttemptReport> DaemonBuilder::substitute(Run& run) {
  for (const drv::Output& output : run.order.derivation.outputs) {
    const std::optional<StorePath> path = output.path();
    if (!path) return report(run, AttemptResult::fetch_failed, "an output's path is not known before building");
    connection_->session().ensure_path(*path);
  }
  const DaemonWait wait = run.wait_for(run.order.limits.total + kOverrun);
  // Roots and limits were asked for before, and are answered before.
  while (connection_->session().unanswered() > 0) {
    const Result<std::optional<wire::Message>> received = connection_->receive_for(kIdleInterval, wait);
    if (!received) return fail(received.error());
    const std::optional<wire::Message>& message = *received;
    if (!message) {
      run.log.idle();
    } else if (const auto* result = std::get_if<wire::ActivityResult>(&*message)) {
      hear(run, *result);
    } else if (const auto* refusal = std::get_if<wire::Refusal>(&*message)) {
      connection_->close();
      return report(run, AttemptResult::fetch_failed, refusal->message);
    }
  }
  return report(run, AttemptResult::substituted, "");
}

Status DaemonBuilder::ask(Run& run) {
  const engine::BuildOrder& order = run.order;
  if (trust_ != wire::Trust::untrusted || std::ranges::none_of(order.derivation.outputs, is_addressed_by_inputs)) {
    const bool again = order.mode == engine::BuildMode::rebuild;
    connection_->session().build(order.path, as_asked_for(order), again ? wire::BuildMode::check : wire::BuildMode::normal);
    return {};
  }
  const Result<bool> known = is_valid(run, std::span(&order.path, 1));
  if (!known) return fail(as_lost(known.error()));
  if (!*known) {
    return fail(ErrorCode::unsupported,
                "the Nix daemon does not trust this user, so it builds only derivations that its store has, and it lacks {}: add the "
                "user to trusted-users in the daemon's nix.conf",
                order.path.to_string());
  }
  connection_->session().build_with_results(order.path);
  return {};
}

/// Whether all are valid. What was asked before is answered before.
Result<bool> DaemonBuilder::is_valid(Run& run, std::span<const StorePath> paths) {
  connection_->session().query_valid_paths(paths);
  const DaemonWait wait = run.wait_for(kAnswerTime);
  while (true) {
    const Result<wire::Message> message = connection_->receive(wait);
    if (!message) return fail(message.error());
    if (const auto* valid = std::get_if<wire::Paths>(&*message)) return valid->paths.size() >= paths.size();
    if (const auto* refusal = std::get_if<wire::Refusal>(&*message)) {
      connection_->close();
      return fail(ErrorCode::unavailable, "the Nix daemon refuses a question: {}", printable_line(refusal->message));
    }
  }
}

Result<engine::AttemptReport> DaemonBuilder::listen(Run& run) {
  const DaemonWait wait = run.wait_for(run.order.limits.total + kOverrun);
  while (true) {
    const Result<std::optional<wire::Message>> received = connection_->receive_for(kIdleInterval, wait);
    if (!received) return fail(received.error());
    const std::optional<wire::Message>& message = *received;
    if (!message) {
      run.log.idle();
      continue;
    }
    Result<std::optional<engine::AttemptReport>> taken = take(run, *message);
    if (!taken) return fail(taken.error());
    if (std::optional<engine::AttemptReport>& end = *taken) return std::move(*end);
  }
}

/// The end, if this was it.
Result<std::optional<engine::AttemptReport>> DaemonBuilder::take(Run& run, const wire::Message& message) {
  if (const auto* start = std::get_if<wire::ActivityStart>(&message)) {
    if (start->type == wire::kBuildActivity) run.start = clock_.wall();
  } else if (const auto* result = std::get_if<wire::ActivityResult>(&message)) {
    if (!hear(run, *result)) {
      return conclude(run, {.status = wire::BuildStatus::log_limit_exceeded,
                            .message = fmt::format("it wrote more than {} bytes", run.order.limits.log_bytes)});
    }
  } else if (const auto* refusal = std::get_if<wire::Refusal>(&message)) {
    // Whether the daemon goes on after this depends on its version and on what it was doing.
    connection_->close();
    return report(run, result_of_refusal(refusal->message), refusal->message);
  } else if (const auto* built = std::get_if<wire::BuildResult>(&message)) {
    return conclude(run, *built);
  } else if (const auto* results = std::get_if<wire::BuildResults>(&message)) {
    if (results->results.size() == 1) return conclude(run, results->results.front());
    connection_->close();
    return fail(ErrorCode::unavailable, "the Nix daemon gave {} results for one derivation", results->results.size());
  }
  return std::nullopt;
}

/// False where that was more than may be written.
bool DaemonBuilder::hear(Run& run, const wire::ActivityResult& result) {
  const std::string_view text = text_of(result);
  if (result.type == wire::kSetPhase) run.log.phase(text);
  if (result.type != wire::kBuildLogLine && result.type != wire::kPostBuildLogLine) return true;
  run.log_bytes += text.size() + 1;
  run.log.write(std::string(text) + "\n");
  if (run.log_bytes <= run.order.limits.log_bytes) return true;
  connection_->close();
  return false;
}

Result<engine::AttemptReport> DaemonBuilder::conclude(Run& run, const wire::BuildResult& result) {
  BuildCircumstances circumstances{.is_fixed_output = std::ranges::any_of(run.order.derivation.outputs, is_fixed),
                                   .limits = run.order.limits,
                                   .elapsed = std::chrono::duration_cast<milliseconds>(clock_.now() - run.asked)};
  if (result.status == wire::BuildStatus::misc_failure && !run.order.inputs.empty()) {
    const Result<bool> complete = is_valid(run, run.order.inputs);
    circumstances.inputs_are_missing = complete && !*complete;
  }
  if (run.order.mode == engine::BuildMode::rebuild && result.status == wire::BuildStatus::not_deterministic) {
    // That is about the earlier build: this one did end well.
    engine::AttemptReport differing = report(run, AttemptResult::built, what_differs_in_words(run.order) + result.message);
    differing.differs_from_store = true;
    return differing;
  }
  return report(run, attempt_result(result, circumstances), result.message);
}

engine::AttemptReport DaemonBuilder::report(const Run& run, AttemptResult result, std::string_view message) const {
  return {.result = result,
          .start = run.start,
          .end = clock_.wall(),
          .exit_status = exit_status(message),
          .message = message_of_build(message)};
}

}  // namespace ekaci::nix
