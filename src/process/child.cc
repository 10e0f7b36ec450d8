#include "process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace ekaci::process {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

std::string message_of(int error) { return std::generic_category().message(error); }

/// Both ends close on exec; `ours` does not block.
struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::resource_exhausted, "cannot make a pipe: {}", message_of(errno));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// A child's end of one stream, and ours where it is a pipe.
struct StreamEnds {
  Fd child;
  Fd ours;
};

Result<StreamEnds> open_stream(Stream stream, int number) {
  if (stream == Stream::inherit) return StreamEnds{Fd(::fcntl(number, F_DUPFD_CLOEXEC, 3)), Fd()};
  if (stream == Stream::null) return StreamEnds{Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)), Fd()};
  Result<Pipe> made = make_pipe();
  if (!made) return fail(made.error());
  const bool child_reads = number == STDIN_FILENO;
  StreamEnds ends{child_reads ? std::move(made->read) : std::move(made->write),
                  child_reads ? std::move(made->write) : std::move(made->read)};
  ::fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK);
  return ends;
}

/// posix_spawn's two option objects, with their destructors.
struct SpawnOptions {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

/// A group of its own, no blocked signal, default handlers.
void set_attributes(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/// Everything above 2 is closed but what is passed: a gap between two passed descriptors is closed one by one.
void close_all_but(posix_spawn_file_actions_t& actions, std::vector<int> passed) {
  std::ranges::sort(passed);
  int next = STDERR_FILENO + 1;
  for (const int fd : passed) {
    for (; next < fd; ++next) posix_spawn_file_actions_addclose(&actions, next);
    posix_spawn_file_actions_adddup2(&actions, fd, fd);  // onto itself: clears close-on-exec
    next = fd + 1;
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, next);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

Result<std::vector<std::string>> environment_of(const Command& command) {
  std::vector<std::string> lines;
  lines.reserve(command.environment.size());
  for (const auto& [name, value] : command.environment) lines.push_back(fmt::format("{}={}", name, value));
  for (const std::vector<std::string>& list : {std::cref(lines), std::cref(command.arguments)}) {
    for (const std::string& text : list) {
      if (text.find('\0') != std::string::npos)
        return fail(ErrorCode::invalid_argument, "an argument has a NUL byte: '{}'", printable_line(text));
    }
  }
  return lines;
}

/// Writes what the pipe takes; closes it when all is written or the reader has gone.
void feed(Fd& pipe, std::string_view& rest) {
  const ssize_t written = ::write(pipe.get(), rest.data(), rest.size());
  if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  const bool gone = written < 0 && errno != EAGAIN && errno != EINTR;
  if (rest.empty() || gone) pipe.reset();
}

/// Reads what the pipe has; closes it at its end.
void drain(Fd& pipe, std::string& into) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  const bool over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  if (over) pipe.reset();
}

/// How often a blocked wait looks at its CancelToken.
constexpr milliseconds kCancelInterval{50};

milliseconds until(Steady::time_point deadline) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - Steady::now()));
}

}  // namespace

std::string ExitStatus::to_string() const {
  if (signal != 0)
    return fmt::format("was killed by signal {} ({})", signal,
                       ::strsignal(signal));  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
  return fmt::format("exited with {}", code);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::move(other.pid_fd_)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      error_(std::move(other.error_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pid_fd_ = std::move(other.pid_fd_);
    input_ = std::move(other.input_);
    output_ = std::move(other.output_);
    error_ = std::move(other.error_);
  }
  return *this;
}

Child::~Child() { end(); }

void Child::end() {
  if (pid_ <= 0) return;
  kill_group();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void Child::kill_group() const {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

Result<std::optional<Ended>> Child::wait_for(milliseconds longest) {
  if (pid_ <= 0) return fail(ErrorCode::internal, "the child was already waited for");
  pollfd ended{pid_fd_.get(), POLLIN, 0};
  ::poll(&ended, 1, static_cast<int>(std::min<milliseconds::rep>(longest.count(), 1'000'000)));
  int status = 0;
  rusage used{};
  const pid_t reaped = ::wait4(pid_, &status, WNOHANG, &used);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return std::nullopt;
  if (reaped < 0) return fail(ErrorCode::internal, "cannot wait for a child: {}", message_of(errno));
  ::kill(-pid_, SIGKILL);  // what it left behind in its group
  pid_ = -1;
  const auto kibibytes = static_cast<std::uint64_t>(used.ru_maxrss);  // NOLINT(cppcoreguidelines-pro-type-union-access): glibc's layout
  Ended result;
  result.status = WIFSIGNALED(status) ? ExitStatus{0, WTERMSIG(status)} : ExitStatus{WEXITSTATUS(status), 0};
  const auto duration = [](const timeval& time) { return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec); };
  result.usage = {duration(used.ru_utime) + duration(used.ru_stime), kibibytes * 1024};
  return result;
}

Result<std::filesystem::path> find_program(std::string_view name) {
  namespace fs = std::filesystem;
  const auto usable = [](const fs::path& path) { return ::access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path); };
  if (name.find('/') != std::string_view::npos) {
    if (usable(name)) return fs::path(name);
    return fail(ErrorCode::not_found, "no program at {}", name);
  }
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
  for (const std::string_view directory : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ':')) {
    fs::path candidate = fs::path(directory) / name;
    if (!directory.empty() && usable(candidate)) return candidate;
  }
  return fail(ErrorCode::not_found, "the program '{}' is not in PATH", name);
}

Result<Child> spawn(const Command& command, const Streams& streams) {
  if (command.arguments.empty()) return fail(ErrorCode::invalid_argument, "a command without a program");
  const Result<std::filesystem::path> program = find_program(command.arguments.front());
  if (!program) return fail(program.error());
  Result<std::vector<std::string>> environment = environment_of(command);
  if (!environment) return fail(environment.error());

  Result<StreamEnds> input = open_stream(streams.input, STDIN_FILENO);
  if (!input) return fail(input.error());
  Result<StreamEnds> output = open_stream(streams.output, STDOUT_FILENO);
  if (!output) return fail(output.error());
  Result<StreamEnds> error = open_stream(streams.error, STDERR_FILENO);
  if (!error) return fail(error.error());

  SpawnOptions options;
  set_attributes(options.attributes);
  posix_spawn_file_actions_adddup2(&options.actions, input->child.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&options.actions, output->child.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&options.actions, error->child.get(), STDERR_FILENO);
  if (command.directory) posix_spawn_file_actions_addchdir_np(&options.actions, command.directory->c_str());
  close_all_but(options.actions, command.passed_descriptors);

  std::vector<std::string> arguments = command.arguments;
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(*environment);
  Child child;
  const int failed =
      ::posix_spawn(&child.pid_, program->c_str(), &options.actions, &options.attributes, argument_list.data(), environment_list.data());
  if (failed != 0) {
    child.pid_ = -1;
    return fail(ErrorCode::unavailable, "cannot start {}: {}", program->string(), message_of(failed));
  }
  child.pid_fd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
  if (!child.pid_fd_) return fail(ErrorCode::unavailable, "pidfd_open: {}", message_of(errno));
  child.input_ = std::move(input->ours);
  child.output_ = std::move(output->ours);
  child.error_ = std::move(error->ours);
  return child;
}

Result<Completed> run(const Command& command, std::string_view input, const RunLimits& limits, const CancelToken& cancel) {
  Result<Child> child = spawn(command, {input.empty() ? Stream::null : Stream::pipe, Stream::pipe, Stream::pipe});
  if (!child) return fail(child.error());
  const std::string& name = command.arguments.front();
  const Steady::time_point deadline = Steady::now() + limits.time;
  Completed completed;
  while (child->output() || child->error()) {
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "{} was stopped", name);
    if (Steady::now() >= deadline) return fail(ErrorCode::timed_out, "{} did not end within {} ms", name, limits.time.count());
    std::array<pollfd, 3> waits = {
        {{child->input().get(), POLLOUT, 0}, {child->output().get(), POLLIN, 0}, {child->error().get(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(std::min(kCancelInterval, until(deadline)).count()));
    if (waits[0].revents != 0) feed(child->input(), input);
    if (waits[1].revents != 0) drain(child->output(), completed.output);
    if (waits[2].revents != 0) drain(child->error(), completed.error);
    if (std::max(completed.output.size(), completed.error.size()) > limits.output) {
      return fail(ErrorCode::resource_exhausted, "{} printed more than {} bytes", name, limits.output);
    }
  }
  while (true) {
    const Result<std::optional<Ended>> waited = child->wait_for(std::min(kCancelInterval, until(deadline)));
    if (!waited) return fail(waited.error());
    if (const std::optional<Ended>& ended = *waited) {
      completed.ended = *ended;
      return completed;
    }
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "{} was stopped", name);
    if (Steady::now() >= deadline) return fail(ErrorCode::timed_out, "{} did not end within {} ms", name, limits.time.count());
  }
}

}  // namespace ekaci::process
