#include "forge/desk_texts.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <chrono>

#include "base/text.h"

namespace ekaci::forge {
namespace {

CheckAction retry_button() {
  return {.identifier = std::string(kRetry), .label = "Retry", .description = "Review again, build failed ones again"};
}

/// Text of strangers in markdown: as code, on one line, without what would end the code.
std::string as_code(std::string_view hostile) {
  std::string line = clip(printable_line(hostile), 600);
  for (char& character : line) {
    if (character == '`') character = '\'';
  }
  return fmt::format("`{}`", line);
}

CheckText completed(Conclusion conclusion, std::string title, std::string summary, Clock::Wall now) {
  return {.status = CheckStatus::completed,
          .conclusion = conclusion,
          .title = std::move(title),
          .summary = std::move(summary),
          .actions = {retry_button()},
          .completed = now};
}

std::string reason_of(const Abandonment& why) {
  switch (why.reason) {
    case Abandonment::Reason::newer_head:
      return "A newer commit took this one's place before its review ended.";
    case Abandonment::Reason::other_target:
      return "The pull request is to be merged into another branch now.";
    case Abandonment::Reason::closed:
      return "It was closed before its review ended.";
    case Abandonment::Reason::draft:
      return "It became a draft before its review ended.";
    case Abandonment::Reason::ordered:
      return "The server's operator cancelled this review.";
    case Abandonment::Reason::cancelled:
      break;
  }
  return fmt::format("{} cancelled this review.", as_code(why.by));
}

}  // namespace

std::string minute_of(Clock::Wall time) { return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(Clock::Wall::clock::to_time_t(time))); }

CheckAction cancel_button() { return {.identifier = std::string(kCancel), .label = "Cancel", .description = "Stop this review"}; }

CheckText waiting_text() {
  return {.title = "Waiting for its turn", .summary = "Other reviews run before this one.", .actions = {cancel_button()}};
}

CheckText running_text(Clock::Wall now, Builds builds) {
  return {.status = CheckStatus::in_progress,
          .title = "Reviewing",
          .summary = builds == Builds::allowed ? "Merging, evaluating both sides, and building what differs."
                                               : "Merging and evaluating both sides. Building waits for an approval.",
          .actions = {cancel_button()},
          .started = now};
}

CheckText resting_text(const Error& error, Clock::Wall again) {
  return {.status = CheckStatus::in_progress,
          .title = "Could not be reviewed, will be tried again",
          .summary = fmt::format("{}\n\nThe next try is at {}.", as_code(error.to_string()), minute_of(again)),
          .actions = {cancel_button()}};
}

CheckText unmade_text(const Error& error, Clock::Wall now) {
  const Conclusion conclusion = error.code() == ErrorCode::timed_out ? Conclusion::timed_out : Conclusion::failure;
  return completed(conclusion, "cannot tell: the review could not be made",
                   fmt::format("{}\n\nNothing is known of this commit, so this is no answer for merging it.", as_code(error.to_string())),
                   now);
}

CheckText reopened_text() { return {.title = "To be reviewed again", .summary = "What was found before may hold no longer."}; }

CheckText withdrawn_text() {
  return {.status = CheckStatus::completed,
          .conclusion = Conclusion::cancelled,
          .title = "not part of the newest review",
          .summary = "An earlier review of this commit had this check. The check `EkaCI` says what is known now."};
}

CheckText abandoned_text(const Abandonment& why, Clock::Wall now) {
  return completed(Conclusion::cancelled, "cancelled", reason_of(why), now);
}

}  // namespace ekaci::forge
