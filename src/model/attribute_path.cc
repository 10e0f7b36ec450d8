#include "model/attribute_path.h"

#include <algorithm>
#include <array>
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

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else if (c == '\t') {
      text += "\\t";
    } else {
      const bool interpolation = c == '$' && i + 1 < name.size() && name[i + 1] == '{';
      if (c == '"' || c == '\\' || interpolation) text += '\\';
      text += c;
    }
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
      name += unescaped(rest.front());
    } else {
      name += rest.front();
    }
    rest.remove_prefix(1);
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
    text += is_identifier(name) ? name : quoted(name);
  }
  return text;
}

}  // namespace ekaci
