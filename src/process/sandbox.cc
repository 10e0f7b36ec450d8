#include "process/sandbox.h"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace ekaci::process {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

/// Calls that nothing evaluated, built or compared needs, and that widen what an attack can reach in the kernel.
constexpr std::array kForbidden = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "syslog",
    "personality",
    "modify_ldt",
    "iopl",
    "ioperm",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "vhangup",
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
    "vmsplice",
};

/// Nothing is reached by sockets: not the network, not a daemon, not another sandbox's abstract names.
constexpr std::array kSockets = {"socket", "connect", "bind", "listen", "accept", "accept4"};

Status deny(const Filter& filter, const char* name, int error) {
  const int call = seccomp_syscall_resolve_name(name);
  if (call == __NR_SCMP_ERROR) return {};  // this libseccomp is older than the call
  const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(static_cast<unsigned>(error)), call, 0);
  if (failed != 0) return fail(ErrorCode::internal, "seccomp rule for {}: error {}", name, -failed);
  return {};
}

/// Denies clone where its flags, masked, have this value. libseccomp's own macros are C99 compound literals.
int deny_clone(const Filter& filter, std::uint64_t mask, std::uint64_t value) {
  const scmp_arg_cmp flags{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
  return seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &flags);
}

/// A new process is a clone without CLONE_THREAD. clone3 hides its flags from filters: libc falls back to clone without it.
Status deny_processes(const Filter& filter) {
  for (const char* name : {"fork", "vfork"}) {
    if (Status denied = deny(filter, name, EPERM); !denied) return denied;
  }
  const int failed = deny_clone(filter, CLONE_THREAD, 0);
  if (failed != 0) return fail(ErrorCode::internal, "seccomp rule for clone: error {}", -failed);
  return {};
}

/// Namespaces made by clone give capabilities inside them, and with those a far larger kernel surface.
Status deny_namespaces(const Filter& filter) {
  for (const unsigned flag : {unsigned{CLONE_NEWUSER}, unsigned{CLONE_NEWNS}, unsigned{CLONE_NEWNET}, unsigned{CLONE_NEWPID},
                              unsigned{CLONE_NEWIPC}, unsigned{CLONE_NEWUTS}, unsigned{CLONE_NEWCGROUP}}) {
    const int failed = deny_clone(filter, flag, flag);
    if (failed != 0) return fail(ErrorCode::internal, "seccomp rule for clone: error {}", -failed);
  }
  return {};
}

/// Refuses reads of a single byte from anything but standard input. For the excerpt in an error message Nix 2.8 reads the source
/// byte by byte up to the error (libutil/error.cc, getCodeLines, readLine): half of the whole evaluation where a large file has
/// many errors. Refused, it leaves the excerpt out, which nobody needs beside the position; nothing else there reads so. A
/// terminal's or pipe's line editor does, on standard input.
Status deny_single_byte_reads(const Filter& filter) {
  const std::array<scmp_arg_cmp, 2> one_byte_elsewhere = {
      {{.arg = 0, .op = SCMP_CMP_NE, .datum_a = STDIN_FILENO, .datum_b = 0}, {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = 1, .datum_b = 0}}};
  const int failed =
      seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EIO), SCMP_SYS(read), one_byte_elsewhere.size(), one_byte_elsewhere.data());
  if (failed != 0) return fail(ErrorCode::internal, "seccomp rule for read: error {}", -failed);
  return {};
}

Result<Filter> make_filter(SystemCalls allowed) {
  Filter filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (!filter) return fail(ErrorCode::unavailable, "libseccomp cannot make a filter");
  for (const char* name : kForbidden) {
    if (Status denied = deny(filter, name, EPERM); !denied) return fail(denied.error());
  }
  for (const char* name : kSockets) {
    if (Status denied = deny(filter, name, EACCES); !denied) return fail(denied.error());
  }
  if (Status denied = deny(filter, "clone3", ENOSYS); !denied) return fail(denied.error());
  if (allowed == SystemCalls::single_process) {
    if (Status denied = deny_single_byte_reads(filter); !denied) return fail(denied.error());
  }
  Status processes = allowed == SystemCalls::single_process ? deny_processes(filter) : deny_namespaces(filter);
  if (!processes) return fail(processes.error());
  return filter;
}

void add_mount(std::vector<std::string>& arguments, const Mount& mount) {
  const auto add = [&](std::initializer_list<std::string> words) { arguments.insert(arguments.end(), words); };
  switch (mount.kind) {
    case Mount::Kind::read_only:
      add({"--ro-bind", mount.source, mount.target});
      return;
    case Mount::Kind::writable:
      add({"--bind", mount.source, mount.target});
      return;
    case Mount::Kind::device:
      add({"--dev-bind", mount.source, mount.target});
      return;
    case Mount::Kind::devices:
      add({"--dev", mount.target});
      return;
    case Mount::Kind::temporary:
      add({"--size", std::to_string(mount.size), "--tmpfs", mount.target});
      return;
    case Mount::Kind::directory:
      add({"--dir", mount.target});
      return;
    case Mount::Kind::symlink:
      add({"--symlink", mount.source, mount.target});
      return;
  }
}

}  // namespace

Command limited(const std::filesystem::path& helper, const ResourceLimits& limits, Command command) {
  std::vector<std::string> arguments = {helper.string(),
                                        fmt::format("address-space={}", limits.address_space),
                                        fmt::format("file-size={}", limits.file_size),
                                        fmt::format("open-files={}", limits.open_files),
                                        fmt::format("stack={}", limits.stack),
                                        fmt::format("parent={}", ::getpid()),
                                        "--"};
  arguments.insert(arguments.end(), std::make_move_iterator(command.arguments.begin()), std::make_move_iterator(command.arguments.end()));
  command.arguments = std::move(arguments);
  return command;
}

Result<Fd> system_call_filter(SystemCalls allowed) {
  Result<Filter> filter = make_filter(allowed);
  if (!filter) return fail(filter.error());
  Fd memory(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) return fail(ErrorCode::unavailable, "memfd_create: {}", std::generic_category().message(errno));
  const int failed = seccomp_export_bpf(filter->get(), memory.get());
  if (failed != 0) return fail(ErrorCode::unavailable, "libseccomp cannot write the filter: error {}", -failed);
  if (::lseek(memory.get(), 0, SEEK_SET) != 0) return fail(ErrorCode::io, "lseek: {}", std::generic_category().message(errno));
  return memory;
}

Result<SandboxedCommand> sandboxed(const std::filesystem::path& bubblewrap, const Sandbox& sandbox, Command command) {
  Result<Fd> filter = system_call_filter(sandbox.system_calls);
  if (!filter) return fail(filter.error());
  // As process 1 the program is waited for by bubblewrap itself, so that what it used is counted as bubblewrap's.
  std::vector<std::string> arguments = {bubblewrap.string(),
                                        "--unshare-user",
                                        "--unshare-pid",
                                        "--unshare-ipc",
                                        "--unshare-uts",
                                        "--unshare-net",
                                        "--unshare-cgroup-try",
                                        "--as-pid-1",
                                        "--die-with-parent",
                                        "--new-session",
                                        "--cap-drop",
                                        "ALL",
                                        "--uid",
                                        "1000",
                                        "--gid",
                                        "100",
                                        "--hostname",
                                        sandbox.host_name,
                                        "--seccomp",
                                        std::to_string(filter->get())};
  for (const Mount& mount : sandbox.mounts) add_mount(arguments, mount);
  for (const std::string& word :
       {std::string("--remount-ro"), std::string("/"), std::string("--chdir"), sandbox.directory.string(), std::string("--")}) {
    arguments.push_back(word);
  }
  arguments.insert(arguments.end(), std::make_move_iterator(command.arguments.begin()), std::make_move_iterator(command.arguments.end()));
  command.arguments = std::move(arguments);
  command.passed_descriptors.push_back(filter->get());
  return SandboxedCommand{std::move(command), std::move(*filter)};
}

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", pid));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<pid_t> children;
  for (const std::string_view word : split(text, ' ')) {
    pid_t child = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), child);
    if (error == std::errc() && end == word.data() + word.size() && child > 0) children.push_back(child);
  }
  return children;
}

}  // namespace ekaci::process
