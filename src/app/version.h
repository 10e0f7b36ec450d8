#pragma once

#include <string_view>

namespace ekaci::app {

/// As CMakeLists.txt has it.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace ekaci::app
