#pragma once

#include <string_view>

/// What stands beside the code in data/ and goes into every page as it is.
namespace ekaci::report {

/// data/report.css
std::string_view page_style();
/// data/report.js
std::string_view page_script();

}  // namespace ekaci::report
