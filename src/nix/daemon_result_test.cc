#include "nix/daemon_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace ekaci::nix {
namespace {

using wire::BuildStatus;

// As Nix 2.8 writes them.
constexpr std::string_view kFailed =
    "\x1b[0mbuilder for '\x1b[35;1m/nix/store/00000000000000000000000000000004-hi.drv\x1b[0m' failed with exit code 3;\n"
    "last 2 log lines:\n> hello\n> failed with exit code 0\nFor full logs, run '\x1b[1mnix log "
    "/nix/store/00000000000000000000000000000004-hi.drv\x1b[0m'.";
constexpr std::string_view kKilled = "builder for '/nix/store/00000000000000000000000000000004-hi.drv' failed due to signal 9 (Killed)";
// As Nix 2.31 writes it.
constexpr std::string_view kNewer =
    "Cannot build '/nix/store/00000000000000000000000000000004-hi.drv'.\nReason: builder failed with exit code 5.\nOutput paths:\n"
    "  /nix/store/00000000000000000000000000000003-hi\nLast 1 log lines:\n> hello\nFor full logs, run:\n  nix log x";

AttemptResult result_of(BuildStatus status, std::string_view message, const BuildCircumstances& circumstances = {}) {
  return attempt_result({.status = status, .message = std::string(message), .times_built = 1}, circumstances);
}

TEST(DaemonResult, TheLogIsNoPartOfTheMessage) {
  EXPECT_EQ(message_of_build(kFailed), "builder for '/nix/store/00000000000000000000000000000004-hi.drv' failed with exit code 3");
  EXPECT_EQ(message_of_build("no log"), "no log");
  EXPECT_EQ(message_of_build(""), "");
}

TEST(DaemonResult, TheExitStatusIsAsAShellHasIt) {
  EXPECT_EQ(exit_status(kFailed), 3);
  EXPECT_EQ(exit_status(kNewer), 5);
  EXPECT_EQ(exit_status(kKilled), 137);
  EXPECT_EQ(exit_status("last 1 log lines:\n> failed with exit code 3"), std::nullopt);
  EXPECT_EQ(exit_status("failed with exit code 99999999999999999999"), std::nullopt);
}

TEST(DaemonResult, EachStatusHasItsMeaning) {
  EXPECT_EQ(result_of(BuildStatus::built, ""), AttemptResult::built);
  EXPECT_EQ(result_of(BuildStatus::substituted, ""), AttemptResult::substituted);
  EXPECT_EQ(result_of(BuildStatus::already_valid, ""), AttemptResult::already_valid);
  EXPECT_EQ(result_of(BuildStatus::resolves_to_already_valid, ""), AttemptResult::already_valid);
  EXPECT_EQ(result_of(BuildStatus::permanent_failure, kFailed), AttemptResult::builder_failed);
  EXPECT_EQ(result_of(BuildStatus::permanent_failure, kNewer), AttemptResult::builder_failed);
  EXPECT_EQ(result_of(BuildStatus::permanent_failure, kKilled), AttemptResult::out_of_memory);
  EXPECT_EQ(result_of(BuildStatus::input_rejected, "bad"), AttemptResult::builder_failed);
  EXPECT_EQ(result_of(BuildStatus::output_rejected, "missing"), AttemptResult::output_rejected);
  EXPECT_EQ(result_of(BuildStatus::not_deterministic, "differs"), AttemptResult::output_rejected);
  EXPECT_EQ(result_of(BuildStatus::log_limit_exceeded, "killed"), AttemptResult::log_limit);
  EXPECT_EQ(result_of(BuildStatus::dependency_failed, "1 dependencies"), AttemptResult::dependency_unavailable);
  EXPECT_EQ(result_of(BuildStatus::no_substituters, "none"), AttemptResult::dependency_unavailable);
  EXPECT_EQ(result_of(BuildStatus::misc_failure, "locked"), AttemptResult::builder_lost);
  EXPECT_EQ(result_of(BuildStatus::misc_failure, "gone", {.inputs_are_missing = true}), AttemptResult::dependency_unavailable);
  EXPECT_EQ(result_of(static_cast<BuildStatus>(4711), "?"), AttemptResult::builder_lost);
}

TEST(DaemonResult, TimesAreToldApart) {
  const BuildCircumstances late{.elapsed = std::chrono::hours(5)};
  EXPECT_EQ(result_of(BuildStatus::timed_out, "x timed out after \x1b[35;1m1\x1b[0m seconds of silence", late),
            AttemptResult::silence_time);
  EXPECT_EQ(result_of(BuildStatus::timed_out, "x timed out after 14400 seconds", late), AttemptResult::total_time);
  EXPECT_EQ(result_of(BuildStatus::timed_out, "timed out after 1800 seconds", {.elapsed = std::chrono::seconds(1801)}),
            AttemptResult::silence_time)
      << "newer daemons say the same of both";
}

TEST(DaemonResult, AFullDiskIsBelievedToTheDaemonOnly) {
  const std::string note = "note: build failure may have been caused by lack of free disk space";
  EXPECT_EQ(result_of(BuildStatus::transient_failure, std::string(kFailed) + "\n" + note), AttemptResult::disk_full);
  EXPECT_EQ(
      result_of(BuildStatus::transient_failure, "builder failed with exit code 1;\nlast 1 log lines:\n> " + note + "\nFor full logs, …"),
      AttemptResult::builder_failed);
  EXPECT_EQ(result_of(BuildStatus::misc_failure, "error: writing to file: No space left on device"), AttemptResult::disk_full);
  EXPECT_EQ(result_of(BuildStatus::misc_failure, "error: unable to fork: Cannot allocate memory"), AttemptResult::out_of_memory);
  EXPECT_EQ(result_of_refusal("Nix daemon out of memory"), AttemptResult::out_of_memory);
  EXPECT_EQ(result_of(BuildStatus::permanent_failure, "builder failed with exit code 1;\nlast 1 log lines:\n> No space left on device"),
            AttemptResult::builder_failed);
}

TEST(DaemonResult, OnlyAHashIsHeldAgainstAFetch) {
  const BuildCircumstances fetch{.is_fixed_output = true};
  EXPECT_EQ(result_of(BuildStatus::output_rejected, "hash mismatch in fixed-output derivation 'x':\n  specified: a\n     got:    b", fetch),
            AttemptResult::hash_mismatch);
  for (const BuildStatus status : {BuildStatus::output_rejected, BuildStatus::permanent_failure, BuildStatus::transient_failure,
                                   BuildStatus::timed_out, BuildStatus::log_limit_exceeded, BuildStatus::input_rejected}) {
    EXPECT_EQ(result_of(status, kFailed, fetch), AttemptResult::fetch_failed);
  }
}

TEST(DaemonResult, AnyMessageIsTaken) {
  EXPECT_TRUE(rc::check([](const std::string& message, std::uint8_t status) {
    const BuildCircumstances circumstances{.is_fixed_output = *rc::gen::arbitrary<bool>()};
    [[maybe_unused]] const AttemptResult result = result_of(static_cast<BuildStatus>(status), message, circumstances);
    RC_ASSERT(message_of_build(message).find('\x1b') == std::string::npos);
  }));
}

}  // namespace
}  // namespace ekaci::nix
