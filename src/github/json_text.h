#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci::github {

/// Reads one JSON text (RFC 8259, no extensions); of a key that stands twice the last holds. Refuses with invalid_argument, beside what is
/// no JSON: more than 64 levels, more than a million values.
Result<nlohmann::json> parse_json(std::string_view text);

/// The value on one line. Bytes that are no UTF-8 are replaced by U+FFFD.
std::string json_text(const nlohmann::json& value);

}  // namespace ekaci::github
