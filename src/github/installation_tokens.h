#pragma once

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "forge/subject.h"

namespace ekaci::github {

/// What a token is good for.
struct TokenScope {
  forge::InstallationId installation{};
  /// Only to read the contents of this repository, as git does; all that the installation may do where there is none.
  std::optional<forge::RepositoryId> only{};
  friend auto operator<=>(const TokenScope&, const TokenScope&) = default;
};

struct InstallationToken {
  Secret token{};
  Clock::Wall expires{};
};

/// A token that several threads may be using.
using SharedToken = std::shared_ptr<const Secret>;

/// The tokens by which the App acts in its installations. Each is kept until five minutes before its end, then asked for anew; for one
/// scope there is one request at a time, whose answer, also a failure, is that of all who wait for it. Any thread.
class InstallationTokens {
 public:
  /// Gets a new one from GitHub. Called without a lock, from the thread that needs the token.
  using Ask = std::function<Result<InstallationToken>(const TokenScope&, const CancelToken&)>;

  /// The clock outlives this.
  InstallationTokens(Ask ask, const Clock& clock);

  /// Errors: those of asking; cancelled.
  Result<SharedToken> get(const TokenScope& scope, const CancelToken& cancel);
  /// GitHub did not take this one: the next get() asks, but where someone got another in the meantime.
  void forget(const TokenScope& scope, const SharedToken& token);
  /// None that was given out before is good any more; nor is one that somebody is waiting for.
  void forget_all(forge::InstallationId installation);

 private:
  struct Slot {
    SharedToken token{};
    Clock::Wall expires{};
    bool is_asking = false;
    std::uint64_t answers = 0;
    std::uint64_t forgotten = 0;     ///< how often all of the installation's were
    std::optional<Error> failure{};  ///< of the last answer
  };
  class Asking;

  [[nodiscard]] bool is_fresh(const Slot& slot) const;
  Result<SharedToken> ask(const TokenScope& scope, Slot& slot, std::unique_lock<std::mutex>& lock, const CancelToken& cancel);

  Ask ask_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any answered_;
  std::map<TokenScope, Slot> slots_;  ///< one for each installation and repository that there is: none is ever taken out
};

}  // namespace ekaci::github
