// ekaci-helper: runs a program within limits, and sees to its end:
//   ekaci-helper NAME=NUMBER... -- PROGRAM ARGUMENT...
// It ends as the program did, once nothing is left of what the program started. When its parent dies, or on SIGTERM, it kills all of
// that. The kernel's own way (PR_SET_PDEATHSIG) reaches one process only, and comes too early for a sandbox that is just being made:
// bubblewrap's child first waits for its parent's word, and would wait for ever.
// No library but libc: one stays for as long as each evaluation runs.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

/// What the caller gets as exit code where the program could not be started; env(1) and the shells use the same.
constexpr int kCannotRun = 126;

[[noreturn]] void die(std::string_view what, std::string_view why) {
  // Where nobody reads it, nothing can be said.
  static_cast<void>(std::fprintf(stderr, "ekaci-helper: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                                 static_cast<int>(why.size()), why.data()));
  ::_exit(kCannotRun);
}

/// Why the last system call failed.
std::string_view reason() {
  const char* const words = ::strerrordesc_np(errno);
  return words == nullptr ? "for an unknown reason" : words;
}

struct Limit {
  std::string_view name;
  __rlimit_resource_t resource;
};

constexpr std::array kLimits = {Limit{"address-space", RLIMIT_AS}, Limit{"file-size", RLIMIT_FSIZE}, Limit{"open-files", RLIMIT_NOFILE},
                                Limit{"stack", RLIMIT_STACK}};

/// A limit that is already lower stays: only lowering needs no right.
void set_limit(const Limit& limit, rlim_t value) {
  rlimit both{};
  if (::getrlimit(limit.resource, &both) != 0) die(limit.name, reason());
  both.rlim_max = std::min(both.rlim_max, value);
  both.rlim_cur = both.rlim_max;
  if (::setrlimit(limit.resource, &both) != 0) die(limit.name, reason());
}

/// Gets a signal when the parent dies; ends at once where the parent had died before this was asked.
void follow(pid_t parent, int signal) {
  if (::prctl(PR_SET_PDEATHSIG, signal) != 0) die("parent", reason());
  if (::getppid() != parent) die("parent", "has ended");
}

/// Of all processes the kernel should take the program first when memory ends; where it may not be said, it is not.
void volunteer_for_the_kernel() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  constexpr std::string_view kScore = "800";
  [[maybe_unused]] const ssize_t written = ::write(file, kScore.data(), kScore.size());
  ::close(file);
}

void apply(std::string_view setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string_view::npos) die(setting, "expected NAME=NUMBER");
  const std::string_view name = setting.substr(0, equals);
  const std::string_view text = setting.substr(equals + 1);
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) die(setting, "expected NAME=NUMBER");
  if (name == "parent") {
    follow(static_cast<pid_t>(value), SIGTERM);
    return;
  }
  const auto* const limit = std::ranges::find(kLimits, name, &Limit::name);
  if (limit == kLimits.end()) die(setting, "no such limit");
  set_limit(*limit, value);
}

/// What tells that something ended, or that everything has to.
sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  return signals;
}

[[noreturn]] void become(char** program, pid_t helper) {
  const sigset_t signals = awaited_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  follow(helper, SIGKILL);
  volunteer_for_the_kernel();
  ::execv(program[0], program);
  die(program[0], reason());
}

/// The whole group and this process with it where it cannot be told which ones they are.
void kill_children() {
  std::array<char, 4096> text{};
  const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? -1 : ::read(file, text.data(), text.size());
  ::close(file);
  if (got < 0) ::kill(0, SIGKILL);
  const char* next = text.data();
  const char* const last = next + std::max<ssize_t>(got, 0);
  while (next < last) {
    pid_t child = 0;
    const auto [end, error] = std::from_chars(next, last, child);
    // A number that is cut off is another's.
    if (error == std::errc() && end < last && child > 0) ::kill(child, SIGKILL);
    next = end + 1;
  }
}

/// Kills what was started, and what that started: whoever loses its parent becomes a child of this process.
void end_all() {
  while (true) {
    kill_children();
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

/// In the way that the program did.
[[noreturn]] void leave(int status) {
  if (WIFSIGNALED(status)) {
    const sigset_t signals = awaited_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    static_cast<void>(::signal(WTERMSIG(status), SIG_DFL));
    static_cast<void>(::raise(WTERMSIG(status)));
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : kCannotRun);
}

[[noreturn]] void watch(pid_t program) {
  // Its readers wait for the end of what it prints.
  ::closefrom(0);
  const sigset_t signals = awaited_signals();
  while (true) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal == SIGTERM) {
      end_all();
      ::_exit(kCannotRun);
    }
    int status = 0;
    for (pid_t ended = 1; ended > 0;) {
      ended = ::waitpid(-1, &status, WNOHANG);
      if (ended != program) continue;
      end_all();
      leave(status);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const sigset_t signals = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  int next = 1;
  for (; next < count && std::string_view(arguments[next]) != "--"; ++next) apply(arguments[next]);
  if (next + 1 >= count) die("usage", "NAME=NUMBER... -- PROGRAM ARGUMENT...");
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("subreaper", reason());
  const pid_t helper = ::getpid();
  const pid_t program = ::fork();
  if (program < 0) die("fork", reason());
  if (program == 0) become(arguments + next + 1, helper);
  watch(program);
}
