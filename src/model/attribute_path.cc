#include "model/attribute_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace ekaci {
namespace {

bool starts_identifier(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_identifier(char c) { return starts_identifier(c) || (c >= '0' && c <= '9') || c == '-' || c == '\''; }

/// Words that Nix's lexer takes for itself and that must be quoted as names.
constexpr std::array<std::string_view, 10> kKeywords = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"};

bool is_identifier(std::string_view name) {
  return !name.empty() && starts_identifier(name.front()) && std::ranges::all_of(name, continues_identifier) &&
         std::ranges::find(kKeywords, name) == kKeywords.end();
}

/// Bytes of the character at the front; 0 where it is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

std::string quoted_character(std::string_view character) {
  switch (character.front()) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '"':
    case '\\':
      return "\\" + std::string(character);
    default:
      return std::string(character);
  }
}

/// Nix has no way to write the bytes that would be lost or changed when the name is shown: control characters and what is not
/// UTF-8. As `\x1b` they are seen, and two names that differ in them look different.
std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  while (!name.empty()) {
    const std::size_t length = character_length(name);
    const auto byte = static_cast<unsigned char>(name.front());
    const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
    if (name.starts_with("${")) text += '\\';
    text += length == 0 || is_control ? fmt::format("\\x{:02x}", byte) : quoted_character(name.substr(0, length));
    name.remove_prefix(std::max<std::size_t>(1, length));
  }
  return text + "\"";
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

/// Takes what follows a backslash.
char take_escape(std::string_view& rest) {
  unsigned byte = 0;
  const std::string_view digits = rest.front() == 'x' ? rest.substr(1, 2) : std::string_view();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
  const bool is_byte = digits.size() == 2 && error == std::errc() && end == digits.data() + digits.size();
  const char taken = is_byte ? static_cast<char>(byte) : unescaped(rest.front());
  rest.remove_prefix(is_byte ? 3 : 1);
  return taken;
}

/// Takes one name from the front of `rest`.
Result<std::string> take_name(std::string_view& rest) {
  std::string name;
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    name = rest.substr(0, end);
    rest.remove_prefix(end);
    if (name.empty() || name.find('"') != std::string::npos)
      return fail(ErrorCode::invalid_argument, "a name is missing or has a stray quote");
    return name;
  }
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\') {
      rest.remove_prefix(1);
      if (rest.empty()) break;
      name += take_escape(rest);
    } else {
      name += rest.front();
      rest.remove_prefix(1);
    }
  }
  if (rest.empty()) return fail(ErrorCode::invalid_argument, "a quote is not closed");
  rest.remove_prefix(1);
  return name;
}

}  // namespace

Result<AttributePath> AttributePath::parse(std::string_view text) {
  std::vector<std::string> names;
  std::string_view rest = text;
  if (rest.empty()) return AttributePath();
  while (true) {
    Result<std::string> name = take_name(rest);
    if (!name) return fail(name.error(), "in the attribute path '" + printable_line(text) + "'");
    names.push_back(std::move(*name));
    if (rest.empty()) return AttributePath(std::move(names));
    if (rest.front() != '.') return fail(ErrorCode::invalid_argument, "in the attribute path '{}': a dot is missing", printable_line(text));
    rest.remove_prefix(1);
  }
}

AttributePath AttributePath::child(std::string name) const {
  std::vector<std::string> names = names_;
  names.push_back(std::move(name));
  return AttributePath(std::move(names));
}

std::string AttributePath::to_string() const {
  std::string text;
  for (const std::string& name : names_) {
    if (!text.empty()) text += '.';
    text += is_identifier(name) ? name : in_quotes(name);
  }
  return text;
}

}  // namespace ekaci
