#pragma once

#include <string>
#include <string_view>

namespace ekaci {

/// With ASCII letters in lower case.
std::string lower_case(std::string_view text);

}  // namespace ekaci
