#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "process/child.h"

namespace ekaci::process {

/// Bounds that the operating system keeps for a program and all that it starts; set by `ekaci-helper` (src/helper), which kills all
/// of that when the program or this process ends, and offers the program first to the kernel's out-of-memory killer.
struct ResourceLimits {
  std::uint64_t address_space = std::uint64_t{4} << 30U;  ///< bytes (RLIMIT_AS)
  std::uint64_t file_size = std::uint64_t{4} << 30U;      ///< bytes of the largest file that can be written
  std::uint64_t open_files = 4096;
  std::uint64_t stack = std::uint64_t{64} << 20U;  ///< bytes
};

/// The command, run within limits. `helper` is the path of ekaci-helper.
Command limited(const std::filesystem::path& helper, const ResourceLimits& limits, Command command);

/// One entry of a sandbox's file tree. Targets are absolute; later mounts may lie inside earlier ones.
struct Mount {
  enum class Kind {
    read_only,  ///< `source` of this machine, not writable
    writable,   ///< `source` of this machine
    device,     ///< a device node of this machine
    devices,    ///< a /dev with the harmless nodes and pseudoterminals of its own
    temporary,  ///< an empty file system in memory, of at most `size` bytes
    directory,  ///< an empty directory
    symlink,    ///< a symbolic link whose text is `source`
  };
  Kind kind = Kind::read_only;
  std::filesystem::path source{};
  std::filesystem::path target{};
  std::uint64_t size = 0;
};

/// Which system calls a sandboxed program keeps.
enum class SystemCalls {
  single_process,  ///< threads, but no other process; no sockets, no tracing, no mounts, no kernel interfaces that only attacks need
  processes,       ///< as single_process, but it may start processes
};

/// What a sandboxed program sees: these mounts and nothing else of the file system; no network; no other process; a constant
/// host name. It is process 1 of its own namespaces, has no capability, and dies with us.
struct Sandbox {
  std::vector<Mount> mounts{};
  std::filesystem::path directory = "/";  ///< where it starts, a path inside
  std::string host_name = "sandbox";
  SystemCalls system_calls = SystemCalls::single_process;
};

/// A command line for spawn(), and the descriptors it needs until the child has been started.
struct SandboxedCommand {
  Command command;
  Fd filter;
};

/// The command as it is run inside the sandbox by bubblewrap; `bubblewrap` is its path. The command's program is a path inside.
/// Its standard streams and environment pass through.
Result<SandboxedCommand> sandboxed(const std::filesystem::path& bubblewrap, const Sandbox& sandbox, Command command);

/// The seccomp filter of a sandbox, as bubblewrap's --seccomp reads it, in memory.
Result<Fd> system_call_filter(SystemCalls allowed);

/// The processes whose parent is `pid`, as /proc tells; empty where it cannot be told.
std::vector<pid_t> children_of(pid_t pid);

}  // namespace ekaci::process
