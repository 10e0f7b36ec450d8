#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ekaci::drv {

/// The values of a JSON object by key, each as the bytes that stand there. nullopt where the text is no sound JSON object or has
/// a key twice. Any nesting; nothing is built of what lies deeper.
std::optional<std::map<std::string, std::string_view>> json_members(std::string_view text);

/// The text of a JSON string; nullopt where the JSON is anything else.
std::optional<std::string> json_string(std::string_view json);

}  // namespace ekaci::drv
