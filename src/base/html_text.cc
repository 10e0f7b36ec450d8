#include "base/html_text.h"

#include "base/text.h"

namespace ekaci {
namespace {

std::string escaped(std::string_view printable_text) {
  std::string html;
  html.reserve(printable_text.size());
  for (const char c : printable_text) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else if (c == '\'') {
      html += "&#39;";
    } else {
      html += c;
    }
  }
  return html;
}

}  // namespace

std::string html_line(std::string_view text) { return escaped(printable_line(text)); }

std::string html_block(std::string_view text) { return escaped(printable(text)); }

}  // namespace ekaci
