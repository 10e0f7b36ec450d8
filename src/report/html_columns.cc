#include "report/html_columns.h"

#include <fmt/core.h>

#include "report/html_text.h"

namespace ekaci::report {

std::string joined(const std::vector<std::string>& parts, char open, char close) {
  std::string text(1, open);
  for (const std::string& part : parts) {
    if (text.size() > 1) text += ',';
    text += part;
  }
  return text + close;
}

std::string array_of(const Numbers& numbers) {
  std::string text = "[";
  for (const std::int64_t number : numbers) {
    if (text.size() > 1) text += ',';
    text += std::to_string(number);
  }
  return text + "]";
}

std::string array_of(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  quoted.reserve(texts.size());
  for (const std::string& text : texts) quoted.push_back(script_string(text));
  return joined(quoted, '[', ']');
}

std::string member(std::string_view name, const std::string& value) { return fmt::format("\"{}\":{}", name, value); }

}  // namespace ekaci::report
