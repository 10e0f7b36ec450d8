#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/fd.h"
#include "base/result.h"

namespace ekaci::process {

/// A program and everything it is given. Nothing is inherited: no environment variable, no descriptor above 2.
struct Command {
  std::vector<std::string> arguments{};              ///< [0] is the program: an absolute path, or a name looked up with find_program
  std::map<std::string, std::string> environment{};  ///< the whole environment
  std::optional<std::filesystem::path> directory{};  ///< where it starts; this process's own where empty
  std::vector<int> passed_descriptors{};             ///< descriptors of this process that it keeps, under the same numbers, all above 2
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< its exit code; meaningless where a signal ended it
  int signal = 0;  ///< the signal that ended it, or 0
  [[nodiscard]] bool succeeded() const { return signal == 0 && code == 0; }
  /// `exited with 1`, `was killed by signal 9 (Killed)`.
  [[nodiscard]] std::string to_string() const;
};

/// What a process and the children it waited for used.
struct Usage {
  std::chrono::microseconds cpu{0};  ///< user and system
  std::uint64_t peak_memory = 0;     ///< bytes resident, the largest single process
};

struct Ended {
  ExitStatus status;
  Usage usage;
};

/// What a child's standard streams are joined to.
enum class Stream { pipe, null, inherit };
struct Streams {
  Stream input = Stream::null;
  Stream output = Stream::pipe;
  Stream error = Stream::pipe;
};

/// A running child, leader of a process group of its own. The group is killed and the child reaped when this is destroyed.
/// One thread at a time. Move-only.
class Child {
 public:
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable once the child has ended.
  [[nodiscard]] int pid_descriptor() const { return pid_fd_.get(); }
  /// Our ends of the pipes, non-blocking; empty where the stream is no pipe.
  Fd& input() { return input_; }
  Fd& output() { return output_; }
  Fd& error() { return error_; }

  /// SIGKILL to the whole group. Does nothing once the child has been reaped.
  void kill_group() const;
  /// Waits for the end, at most so long; nullopt where it still runs then.
  Result<std::optional<Ended>> wait_for(std::chrono::milliseconds longest);

 private:
  friend Result<Child> spawn(const Command& command, const Streams& streams);
  Child() = default;
  void end();
  pid_t pid_ = -1;
  Fd pid_fd_;
  Fd input_;
  Fd output_;
  Fd error_;
};

/// Starts a child. not_found where there is no such program.
Result<Child> spawn(const Command& command, const Streams& streams);

/// The program's absolute path, looked up in $PATH; not_found, naming it, where there is none.
Result<std::filesystem::path> find_program(std::string_view name);

/// Bounds on run().
struct RunLimits {
  std::chrono::milliseconds time{std::chrono::minutes(2)};
  std::uint64_t output = std::uint64_t{64} << 20U;  ///< bytes of standard output, and of standard error
};

struct Completed {
  Ended ended;
  std::string output;
  std::string error;
};

/// Runs a child to its end: writes `input` to it, collects what it prints. A child that fails is a value, see
/// Completed::ended; timed_out, resource_exhausted (it printed too much) and cancelled are errors, and its group is dead then.
Result<Completed> run(const Command& command, std::string_view input, const RunLimits& limits, const CancelToken& cancel);

}  // namespace ekaci::process
