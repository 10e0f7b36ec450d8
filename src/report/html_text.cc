#include "report/html_text.h"

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace ekaci::report {
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

std::string script_string(std::string_view text) {
  const std::string json = nlohmann::json(printable_line(text)).dump(-1, ' ', true);
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace ekaci::report
