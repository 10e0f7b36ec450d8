#pragma once

#include <string>
#include <string_view>

/// Strangers' text in a page.
namespace ekaci::report {

/// The text as HTML, in an element or a quoted attribute: on one line, control and bidirectional characters spelled out, `& < > " '`
/// as character references.
std::string html_line(std::string_view text);
/// The same with its line feeds and tabs.
std::string html_block(std::string_view text);

/// The text, made printable on one line, as a JSON string that can stand in a `<script>` element: printable ASCII without `<`, `>`
/// and `&`.
std::string script_string(std::string_view text);

}  // namespace ekaci::report
