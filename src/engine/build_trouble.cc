#include "engine/build_trouble.h"

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace ekaci::engine {
namespace {

constexpr std::size_t kColumns = 200;
/// More of a message is not looked at.
constexpr std::size_t kLooked = 4096;

std::string first_line(std::string_view text) {
  text = trim(text.substr(0, kLooked));
  return printable_line(text.substr(0, text.find('\n')));
}

}  // namespace

std::string reason_of(const AttemptReport& report) {
  const std::string words = spelled_out(to_string(report.result));
  const std::string line = first_line(report.message);
  return clip(line.empty() ? words : words + ": " + line, kColumns);
}

std::string reason_of(const Error& error) { return clip(first_line(error.to_string()), kColumns); }

}  // namespace ekaci::engine
