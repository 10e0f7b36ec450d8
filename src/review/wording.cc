#include "review/wording.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ekaci::review {
namespace {

/// Long enough for the names that people give, short enough that no sentence drowns in one.
constexpr std::size_t kNameColumns = 60;

}  // namespace

std::string grouped(std::uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string counted(std::uint64_t number, std::string_view noun, std::string_view verbs) {
  const std::size_t slash = std::min(verbs.find('/'), verbs.size());
  const std::string_view verb = number == 1 || slash == verbs.size() ? verbs.substr(0, slash) : verbs.substr(slash + 1);
  return fmt::format("{} {}", counted(number, noun), verb);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double kRoundedUp = 1023.95;  // would be written as 1024.0
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 1;
  for (; amount >= kRoundedUp && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string enumerated(const std::vector<std::string>& texts, std::size_t limit) {
  std::string list;
  const std::size_t shown = std::min(limit, texts.size());
  const std::size_t hidden = texts.size() - shown;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) list += i + 1 == shown && hidden == 0 ? " and " : ", ";
    list += clip(printable_line(texts[i]), kNameColumns);
  }
  if (hidden > 0) list += fmt::format("{}{}{}", shown > 0 ? " and " : "", grouped(hidden), shown > 0 ? " more" : "");
  return list;
}

}  // namespace ekaci::review
