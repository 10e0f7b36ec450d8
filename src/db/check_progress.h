#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "forge/check.h"

namespace ekaci::db {

/// How far a wanted check has come on its way to the forge, and when it is next to be sent (forge::Outbox says by what rules). A value.
struct CheckProgress {
  std::uint64_t version = 0;  ///< of what is wanted; 0: nothing was ever
  std::uint64_t sent = 0;     ///< the newest that the forge has; 0: none
  std::uint64_t refused = 0;  ///< the newest that it will never take; 0: none
  std::uint32_t failures = 0;
  bool is_concluded = false;  ///< what is wanted
  Clock::Wall owed_since{};   ///< while something is owed
  Clock::Wall resume{};       ///< postponed until then
  Clock::Wall next{};         ///< what concludes nothing is not sent before
  friend bool operator==(const CheckProgress&, const CheckProgress&) = default;
};

/// Whether the forge lacks what is wanted and may yet take it.
bool is_owed(const CheckProgress& progress);

/// When it is to be sent; nullopt where nothing is owed.
std::optional<Clock::Wall> due(const CheckProgress& progress);

/// Something else is wanted from now on.
void want_other(CheckProgress& progress, forge::CheckStatus status, Clock::Wall now);

/// What the Outbox was told. Words about versions that are not the newest change nothing that is known of newer ones.
void note_sent(CheckProgress& progress, std::uint64_t version, Clock::Wall next);
void note_postponed(CheckProgress& progress, Clock::Wall due, forge::Delay delay);
void note_refused(CheckProgress& progress, std::uint64_t version);

/// The forge may take by now what it refused.
void owe_again(CheckProgress& progress, Clock::Wall now);

}  // namespace ekaci::db
