#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "base/sync.h"

namespace ekaci::app {

/// Whether someone brought what was given out.
enum class KeyCheck {
  good,
  wrong,    ///< never given out, or given up for a newer one
  used,     ///< it was good, and has served
  expired,  ///< it was good, and its time is over
};

/// Who may register this server's App: whoever has the token, which the operator alone is told; and what comes back from the forge with the
/// state that went there. Both are 32 random bytes as base64url, compared in constant time, and good for an hour. Both are in memory
/// alone: with the process they end. Any thread.
class SetupKeys {
 public:
  static constexpr std::chrono::hours kLife{1};

  /// The clock outlives this.
  explicit SetupKeys(const Clock& clock);

  /// For the address that the operator is told; nowhere else. As long as this lives.
  [[nodiscard]] std::string_view token() const { return token_.reveal(); }
  [[nodiscard]] KeyCheck check_token(std::string_view text) const;

  /// A state for one way to the forge and back. That of an earlier way counts no more: there is one person who registers.
  std::string new_state();
  /// Good once.
  KeyCheck take_state(std::string_view text);
  /// What the state was taken for did not happen and may be tried again: it is good once more, unless there is a newer one.
  void give_back_state(std::string_view text);

  /// Token and state have served.
  void close();
  [[nodiscard]] bool is_closed() const;

 private:
  struct State {
    Secret text{};
    Clock::Instant end{};
    bool is_taken = false;
  };
  struct Changing {
    std::optional<State> state{};
    bool is_closed = false;
  };

  const Clock& clock_;
  Secret token_;
  Clock::Instant end_;
  Sync<Changing> changing_;
};

}  // namespace ekaci::app
