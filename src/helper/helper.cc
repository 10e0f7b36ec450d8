// ekaci-helper: runs between fork and exec. Sets limits, ties its life to its parent's, then becomes the program it was given:
//   ekaci-helper NAME=NUMBER... -- PROGRAM ARGUMENT...
// No library but libc: what runs here runs before every evaluation, in a process that is about to be replaced.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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
  std::fprintf(stderr, "ekaci-helper: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(why.size()), why.data());
  ::_exit(kCannotRun);
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
  if (::getrlimit(limit.resource, &both) != 0) die(limit.name, std::strerror(errno));
  if (value < both.rlim_max) both.rlim_max = value;
  both.rlim_cur = both.rlim_max;
  if (::setrlimit(limit.resource, &both) != 0) die(limit.name, std::strerror(errno));
}

/// Dies when the parent does, and at once where the parent had died before this was asked.
void follow(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) die("parent", std::strerror(errno));
  if (::getppid() != parent) die("parent", "has ended");
}

/// Of all processes the kernel should take this one first when memory ends; where it may not be said, it is not.
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
  if (name == "parent") return follow(static_cast<pid_t>(value));
  for (const Limit& limit : kLimits) {
    if (limit.name == name) return set_limit(limit, value);
  }
  die(setting, "no such limit");
}

}  // namespace

int main(int count, char** arguments) {
  int next = 1;
  for (; next < count && std::string_view(arguments[next]) != "--"; ++next) apply(arguments[next]);
  if (next + 1 >= count) die("usage", "NAME=NUMBER... -- PROGRAM ARGUMENT...");
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  volunteer_for_the_kernel();
  ::execv(arguments[next + 1], arguments + next + 1);
  die(arguments[next + 1], std::strerror(errno));
}
