#pragma once

#include <string>
#include <string_view>

/// Strangers' text in a page.
namespace ekaci {

/// The text as HTML, in an element or a quoted attribute: on one line, control and bidirectional characters spelled out, `& < > " '`
/// as character references.
std::string html_line(std::string_view text);
/// The same with its line feeds and tabs.
std::string html_block(std::string_view text);

}  // namespace ekaci
