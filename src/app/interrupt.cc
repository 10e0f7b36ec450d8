#include "app/interrupt.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <string_view>

#include "app/exit_status.h"

namespace ekaci::app {
namespace {

sigset_t interrupting_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

void say(std::string_view text) { [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size()); }

/// Takes signals until nobody waits for them any more.
void wait_for_signals(const std::stop_token& over, const CancelSource& stop) {
  const sigset_t signals = interrupting_signals();
  constexpr timespec kInterval{0, 100'000'000};
  while (!over.stop_requested()) {
    if (::sigtimedwait(&signals, nullptr, &kInterval) < 0) continue;
    if (!stop.request_stop()) ::_exit(static_cast<int>(ExitStatus::could_not_run));
    say("\nekaci: stopping; once more to stop at once\n");
  }
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = interrupting_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a reader that has gone is an error of write(), not our end
  waiter_ = std::jthread([stop = stop_](const std::stop_token& over) { wait_for_signals(over, stop); });
}

}  // namespace ekaci::app
