#include "app/machine.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace ekaci::app {
namespace {

/// `MemAvailable` of /proc/meminfo (proc(5)), in bytes.
std::uint64_t available_by_kernel() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kibibytes = 0;
  for (std::string unit; file >> name >> kibibytes; std::getline(file, unit)) {
    if (name == "MemAvailable:") return kibibytes * 1024;
  }
  return 0;
}

/// What the control group still allows (cgroup v2: memory.max, memory.current); no limit where the files are not there.
std::uint64_t available_by_control_group() {
  std::uint64_t most = 0;
  std::uint64_t used = 0;
  const bool limited = static_cast<bool>(std::ifstream("/sys/fs/cgroup/memory.max") >> most);
  const bool known = static_cast<bool>(std::ifstream("/sys/fs/cgroup/memory.current") >> used);
  if (!limited || !known) return std::numeric_limits<std::uint64_t>::max();
  return most > used ? most - used : 0;
}

}  // namespace

Machine look_at_machine() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  Machine machine;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    machine.processors = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&allowed)));
  machine.available_memory = std::min(available_by_kernel(), available_by_control_group());
  return machine;
}

}  // namespace ekaci::app
