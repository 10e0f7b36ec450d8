#include "db/check_progress.h"

#include <algorithm>
#include <limits>

namespace ekaci::db {
namespace {

/// The forge answered: whatever kept us from sending is over.
void forget_trouble(CheckProgress& progress) {
  progress.failures = 0;
  progress.resume = {};
}

}  // namespace

bool is_owed(const CheckProgress& progress) { return progress.version > std::max(progress.sent, progress.refused); }

std::optional<Clock::Wall> due(const CheckProgress& progress) {
  if (!is_owed(progress)) return std::nullopt;
  const Clock::Wall earliest = std::max(progress.owed_since, progress.resume);
  return progress.is_concluded ? earliest : std::max(earliest, progress.next);
}

void want_other(CheckProgress& progress, forge::CheckStatus status, Clock::Wall now) {
  if (!is_owed(progress)) progress.owed_since = now;
  progress.is_concluded = status == forge::CheckStatus::completed;
  ++progress.version;
}

void note_sent(CheckProgress& progress, std::uint64_t version, Clock::Wall next) {
  progress.sent = std::max(progress.sent, version);
  progress.next = next;
  forget_trouble(progress);
}

void note_postponed(CheckProgress& progress, Clock::Wall due, forge::Delay delay) {
  if (!is_owed(progress)) return;
  if (delay == forge::Delay::failed && progress.failures < std::numeric_limits<std::uint32_t>::max()) ++progress.failures;
  progress.resume = due;
}

void note_refused(CheckProgress& progress, std::uint64_t version) {
  progress.refused = std::max(progress.refused, version);
  forget_trouble(progress);
}

void owe_again(CheckProgress& progress, Clock::Wall now) {
  if (is_owed(progress)) return;
  progress.refused = 0;
  if (is_owed(progress)) progress.owed_since = now;
}

}  // namespace ekaci::db
