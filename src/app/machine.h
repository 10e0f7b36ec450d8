#pragma once

#include <cstdint>

namespace ekaci::app {

/// What this process may use of the machine it runs on.
struct Machine {
  std::uint32_t processors = 1;        ///< that this process may run on
  std::uint64_t available_memory = 0;  ///< bytes that can be used without swapping, within the control group's limit; 0 where unknown
};

/// Looks once; the memory is what is free now.
Machine look_at_machine();

}  // namespace ekaci::app
