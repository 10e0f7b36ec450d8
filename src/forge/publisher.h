#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "forge/ports.h"

namespace ekaci::forge {

struct PublisherSettings {
  std::chrono::seconds update_every{5};  ///< between two versions of a check in flux
  std::chrono::seconds first_pause{5};   ///< after something could not be sent; doubled for each failure in a row
  std::chrono::seconds longest_pause{std::chrono::minutes(15)};
  std::size_t batch = 32;                     ///< checks that are read from the outbox at once; likewise labels and comments
  std::optional<std::string> label_prefix{};  ///< labels that begin so are ours; empty: none are given or taken
  bool comments = false;                      ///< whether pull requests are commented
};

/// What a publisher has done since it was made.
struct PublisherCounters {
  std::uint64_t sent = 0;
  std::uint64_t postponed = 0;  ///< each time that something could not be sent
  std::uint64_t refused = 0;    ///< the forge will never take them
};

/// Brings checks to the forge as they are wanted: creates each once, updates it when it changed and is due, tries again what could not
/// be sent, and gives up what the forge will never take, without holding up the others. What it knows is in the outbox: it can die
/// between any two steps. One at a time, as forges ask for; one thread.
///
/// Of a check that goes on there is no news, but for its conclusion, while the forge has no calls to spare: what concludes or creates a
/// check has to find some left. It is no failure, and what is wanted when there are some again is sent.
///
/// Labels go the same way, behind the checks. They need no number of the forge's and no second look: which labels a pull request has can
/// be asked, and giving one twice changes nothing. So what is owed of them is one wish for each pull request, which is forgotten when it
/// is fulfilled.
///
/// Comments come last. Each is made once and changed from then on. Before one is made it is looked for, always: whoever made it before may
/// have died without a word, or be a server that another backup was taken of. One that somebody deleted is made anew.
class Publisher {
 public:
  /// All outlive this.
  Publisher(PublisherSettings settings, Outbox& outbox, Forge& forge, const Clock& clock, const Log& log)
      : settings_(std::move(settings)), outbox_(outbox), forge_(forge), clock_(clock), log_(log) {}

  /// Sends what is due now, a batch of each at most. How many were due.
  Result<std::size_t> send_due(const CancelToken& cancel);
  /// When there will be something to do; nullopt where nothing is owed.
  Result<std::optional<Clock::Wall>> next_due() { return outbox_.next_due(clock_.wall()); }
  /// For how long it has been at one check; zero where it sends none. Any thread.
  [[nodiscard]] Clock::Instant::duration busy() const { return pulse_.busy(clock_.now()); }
  /// Any thread.
  [[nodiscard]] PublisherCounters counters() const { return {.sent = sent_, .postponed = postponed_, .refused = refused_}; }

 private:
  Result<std::size_t> send_checks(const CancelToken& cancel);
  Result<std::size_t> send_labels(const CancelToken& cancel);
  Result<std::size_t> send_comments(const CancelToken& cancel);
  template <class Owed>
  Result<std::size_t> send_all(const std::vector<Owed>& owed, const CancelToken& cancel);
  Status send(const OwedCheck& owed, const CancelToken& cancel);
  Status send(const OwedLabel& owed, const CancelToken& cancel);
  Status send(const OwedComment& owed, const CancelToken& cancel);
  /// The forge's number of the check as it is wanted now.
  Result<ForgeCheckId> deliver(const OwedCheck& owed, const CancelToken& cancel);
  Result<ForgeCheckId> create_once(const OwedCheck& owed, const CancelToken& cancel);
  /// The forge's number of the comment that says what is wanted now; nullopt where there is none, and is to be none.
  Result<std::optional<ForgeCommentId>> deliver(const OwedComment& owed, const CancelToken& cancel);
  Result<std::optional<ForgeCommentId>> comment_once(const OwedComment& owed, const CancelToken& cancel);
  Status put_off(const OwedCheck& owed, const Error& error);
  Status put_off(const OwedLabel& owed, const Error& error);
  Status put_off(const OwedComment& owed, const Error& error);
  /// When the forge may be told what comes next of a check that it has as this, where that concludes nothing.
  [[nodiscard]] Clock::Wall next_update(const OwedCheck& sent) const;
  /// Until when nothing is to be tried for the installation, where the forge asked for that.
  [[nodiscard]] std::optional<Clock::Wall> left_alone_until(InstallationId installation) const;
  [[nodiscard]] Clock::Wall next_try(InstallationId installation, std::uint32_t failures) const;

  PublisherSettings settings_;
  Outbox& outbox_;
  Forge& forge_;
  const Clock& clock_;
  const Log& log_;
  Pulse pulse_{};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> postponed_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace ekaci::forge
