#include "github/installation_tokens.h"

#include <chrono>
#include <utility>

namespace ekaci::github {
namespace {

constexpr std::chrono::minutes kBeforeItsEnd{5};

}  // namespace

/// Lets the lock go while someone asks, and sees to it that those who wait learn of the end, whatever way it comes.
class InstallationTokens::Asking {
 public:
  Asking(InstallationTokens& tokens, Slot& slot, std::unique_lock<std::mutex>& lock) : tokens_(tokens), slot_(slot), lock_(lock) {
    slot_.is_asking = true;
    slot_.failure.reset();
    lock_.unlock();
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() {
    lock_.lock();
    slot_.is_asking = false;
    ++slot_.answers;
    tokens_.answered_.notify_all();
  }

 private:
  InstallationTokens& tokens_;
  Slot& slot_;
  std::unique_lock<std::mutex>& lock_;
};

InstallationTokens::InstallationTokens(Ask ask, const Clock& clock) : ask_(std::move(ask)), clock_(clock) {}

bool InstallationTokens::is_fresh(const Slot& slot) const { return slot.token != nullptr && clock_.wall() < slot.expires - kBeforeItsEnd; }

Result<SharedToken> InstallationTokens::get(const TokenScope& scope, const CancelToken& cancel) {
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[scope];
  while (!is_fresh(slot)) {
    if (!slot.is_asking) return ask(scope, slot, lock, cancel);
    const bool is_answered = answered_.wait(lock, cancel, [&, before = slot.answers] { return slot.answers != before; });
    if (!is_answered) return fail(ErrorCode::cancelled, "stopped waiting for a token of GitHub's");
    // That another was asked to stop is no answer for this one.
    if (slot.failure && slot.failure->code() != ErrorCode::cancelled) return fail(*slot.failure);
  }
  return slot.token;
}

Result<SharedToken> InstallationTokens::ask(const TokenScope& scope, Slot& slot, std::unique_lock<std::mutex>& lock,
                                            const CancelToken& cancel) {
  const std::uint64_t forgotten = slot.forgotten;
  Result<InstallationToken> answer = [&] {
    const Asking asking(*this, slot, lock);
    return ask_(scope, cancel);
  }();
  if (!answer) {
    slot.failure = answer.error();
    return fail(std::move(answer).error());
  }
  SharedToken token = std::make_shared<const Secret>(std::move(answer->token));
  if (slot.forgotten == forgotten) {
    slot.token = token;
    slot.expires = answer->expires;
  }
  return token;
}

void InstallationTokens::forget(const TokenScope& scope, const SharedToken& token) {
  const std::scoped_lock lock(mutex_);
  Slot& slot = slots_[scope];
  if (slot.token == token) slot.token.reset();
}

void InstallationTokens::forget_all(forge::InstallationId installation) {
  const std::scoped_lock lock(mutex_);
  for (auto& [scope, slot] : slots_) {
    if (scope.installation != installation) continue;
    slot.token.reset();
    ++slot.forgotten;
  }
}

}  // namespace ekaci::github
