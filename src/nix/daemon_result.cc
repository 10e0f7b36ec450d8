#include "nix/daemon_result.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace ekaci::nix {
namespace {

// Texts of libstore/build/derivation-goal.cc, worker.cc and local-derivation-goal.cc, the same from Nix 2.8 to 2.36.
constexpr std::string_view kHashMismatch = "hash mismatch in fixed-output derivation";
constexpr std::string_view kExitCode = "failed with exit code ";
constexpr std::string_view kSignal = "failed due to signal ";
constexpr std::string_view kOfSilence = "seconds of silence";
constexpr std::string_view kDiskNote = "note: build failure may have been caused by lack of free disk space";
constexpr std::string_view kLogLines = "log lines:";
// strerror() of the C library.
constexpr std::string_view kNoSpace = "No space left on device";
constexpr std::string_view kNoQuota = "Disk quota exceeded";
constexpr std::string_view kNoMemory = "Cannot allocate memory";
constexpr std::string_view kDaemonNoMemory = "out of memory";

constexpr int kKilled = 128 + 9;

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// `last 10 log lines:`: what follows it is the builder's.
bool begins_log(std::string_view line) { return (line.starts_with("last ") || line.starts_with("Last ")) && line.ends_with(kLogLines); }

std::string_view last_line(std::string_view text) {
  const std::vector<std::string_view> lines = split(trim(text), '\n');
  return trim(lines.back());
}

std::optional<int> number_behind(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + words.size());
  int value = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

AttemptResult timed_out(std::string_view message, const BuildCircumstances& circumstances) {
  if (holds(message, kOfSilence)) return AttemptResult::silence_time;
  return circumstances.elapsed >= circumstances.limits.total ? AttemptResult::total_time : AttemptResult::silence_time;
}

/// A fetch that fails otherwise than by its hash says nothing about the package.
AttemptResult failed(AttemptResult result, const BuildCircumstances& circumstances) {
  return circumstances.is_fixed_output ? AttemptResult::fetch_failed : result;
}

AttemptResult builder_failed(std::string_view said, const BuildCircumstances& circumstances) {
  // The kernel kills for memory; a builder that kills itself is tried again a few times and gains nothing.
  if (exit_status(said) == kKilled) return AttemptResult::out_of_memory;
  return failed(AttemptResult::builder_failed, circumstances);
}

/// Nix says so of fetches, of builds that may have filled the disk, and of substitutes that went away.
AttemptResult transient(const wire::BuildResult& result, std::string_view said, const BuildCircumstances& circumstances) {
  if (last_line(printable(result.message)) == kDiskNote) return AttemptResult::disk_full;
  if (result.times_built == 0) return AttemptResult::dependency_unavailable;
  return builder_failed(said, circumstances);
}

}  // namespace

std::string message_of_build(std::string_view message) {
  const std::string text = printable(message);
  std::string head;
  for (const std::string_view line : split(text, '\n')) {
    if (begins_log(line)) break;
    head += line;
    head += '\n';
  }
  std::string_view kept = trim(head);
  if (kept.ends_with(';')) kept.remove_suffix(1);
  return std::string(kept);
}

std::optional<int> exit_status(std::string_view message) {
  const std::string said = message_of_build(message);
  if (const std::optional<int> code = number_behind(said, kExitCode)) return code;
  if (const std::optional<int> signal = number_behind(said, kSignal)) return 128 + *signal;
  return std::nullopt;
}

AttemptResult result_of_refusal(std::string_view message) {
  const std::string said = message_of_build(message);
  if (holds(said, kNoSpace) || holds(said, kNoQuota)) return AttemptResult::disk_full;
  if (holds(said, kNoMemory) || holds(said, kDaemonNoMemory)) return AttemptResult::out_of_memory;
  return AttemptResult::builder_lost;
}

AttemptResult attempt_result(const wire::BuildResult& result, const BuildCircumstances& circumstances) {
  const std::string said = message_of_build(result.message);
  switch (result.status) {
    case wire::BuildStatus::built:
      return AttemptResult::built;
    case wire::BuildStatus::substituted:
      return AttemptResult::substituted;
    case wire::BuildStatus::already_valid:
    case wire::BuildStatus::resolves_to_already_valid:
      return AttemptResult::already_valid;
    case wire::BuildStatus::permanent_failure:
    case wire::BuildStatus::cached_failure:
      return builder_failed(said, circumstances);
    case wire::BuildStatus::input_rejected:
      return failed(AttemptResult::builder_failed, circumstances);
    case wire::BuildStatus::output_rejected:
      if (circumstances.is_fixed_output && holds(said, kHashMismatch)) return AttemptResult::hash_mismatch;
      return failed(AttemptResult::output_rejected, circumstances);
    case wire::BuildStatus::not_deterministic:
      return failed(AttemptResult::output_rejected, circumstances);
    case wire::BuildStatus::transient_failure:
      return transient(result, said, circumstances);
    case wire::BuildStatus::timed_out:
      return failed(timed_out(said, circumstances), circumstances);
    case wire::BuildStatus::log_limit_exceeded:
      return failed(AttemptResult::log_limit, circumstances);
    case wire::BuildStatus::dependency_failed:
    case wire::BuildStatus::no_substituters:
      return AttemptResult::dependency_unavailable;
    case wire::BuildStatus::misc_failure:
      return circumstances.inputs_are_missing ? AttemptResult::dependency_unavailable : result_of_refusal(result.message);
  }
  return AttemptResult::builder_lost;
}

}  // namespace ekaci::nix
