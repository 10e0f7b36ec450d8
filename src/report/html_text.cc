#include "report/html_text.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace ekaci::report {

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
