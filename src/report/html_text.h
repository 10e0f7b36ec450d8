#pragma once

#include <string>
#include <string_view>

/// Strangers' text in a page's script.
namespace ekaci::report {

/// The text, made printable on one line, as a JSON string that can stand in a `<script>` element: printable ASCII without `<`, `>`
/// and `&`.
std::string script_string(std::string_view text);

}  // namespace ekaci::report
