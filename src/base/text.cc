#include "base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cwchar>

namespace ekaci {
namespace {

/// One code point at the front of `bytes`; size 0 where the front is not well-formed.
struct Decoded {
  char32_t code_point;
  std::size_t size;
};

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

/// As its first byte says.
std::size_t size_of_code_point(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

Decoded decode_front(std::string_view bytes) {
  constexpr Decoded kInvalid{0, 0};
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = size_of_code_point(lead);
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < size) return kInvalid;
  char32_t code_point = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(bytes[i])) return kInvalid;
    code_point = (code_point << 6U) | (static_cast<unsigned char>(bytes[i]) & 0x3fU);
  }
  const bool overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return kInvalid;
  return {code_point, size};
}

struct Range {
  char32_t first;
  char32_t last;
};

/// Characters that reorder or hide text: bidirectional controls, line separators, and what is invisible by itself (Unicode's
/// Default_Ignorable_Code_Point, without the selectors that choose between two looks of a character).
constexpr std::array<Range, 16> kDeceptive = {{{0xad, 0xad},
                                               {0x34f, 0x34f},
                                               {0x61c, 0x61c},
                                               {0x115f, 0x1160},
                                               {0x17b4, 0x17b5},
                                               {0x180b, 0x180f},
                                               {0x200b, 0x200f},
                                               {0x2028, 0x202e},
                                               {0x2060, 0x206f},
                                               {0x3164, 0x3164},
                                               {0xfeff, 0xfeff},
                                               {0xffa0, 0xffa0},
                                               {0xfff0, 0xfffb},
                                               {0x1bca0, 0x1bca3},
                                               {0x1d173, 0x1d17a},
                                               {0xe0000, 0xe0fff}}};

bool is_deceptive(char32_t c) {
  return std::ranges::any_of(kDeceptive, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

/// Length of the ANSI escape sequence (ECMA-48: CSI, OSC and other string controls, two-character escapes) at the front.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 1;
  const char kind = text[1];
  if (kind == '[') {
    std::size_t end = 2;
    while (end < text.size() && text[end] >= 0x20 && text[end] <= 0x3f) ++end;
    const bool finished = end < text.size() && text[end] >= 0x40 && text[end] <= 0x7e;
    return finished ? end + 1 : end;
  }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {
    for (std::size_t end = 2; end < text.size() && text[end] != '\n'; ++end) {
      if (text[end] == '\a') return end + 1;
      if (text[end] == '\x1b' && end + 1 < text.size() && text[end + 1] == '\\') return end + 2;
    }
    return 2;
  }
  return kind >= 0x20 && kind <= 0x7e ? 2 : 1;
}

std::string without_escapes(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = text.find('\x1b');
    kept += text.substr(0, escape);
    if (escape == std::string_view::npos) break;
    text.remove_prefix(escape);
    text.remove_prefix(escape_length(text));
  }
  return kept;
}

/// What takes no column of its own could go on for ever. So many bytes are enough for a column of any script.
constexpr std::size_t kBytesPerColumn = 5;

/// The columns one code point takes: 0 for combining marks, 2 for East Asian wide and most emoji (Unicode TR 11, in ranges).
std::size_t width_of(char32_t c) {
  const bool combining =
      (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f);
  if (combining) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

/// The code point at the front, taking an invalid byte as U+FFFD of one byte.
Decoded decode_lenient(std::string_view bytes) {
  const Decoded decoded = decode_front(bytes);
  return decoded.size == 0 ? Decoded{0xfffd, 1} : decoded;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Decoded front = decode_front(bytes);
    if (front.size == 0) return false;
    bytes.remove_prefix(front.size);
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Decoded front = decode_front(bytes);
    if (front.size == 0) {
      text += "\xef\xbf\xbd";
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, front.size);
      bytes.remove_prefix(front.size);
    }
  }
  return text;
}

std::string printable(std::string_view text) {
  const std::string plain = to_utf8(without_escapes(text));
  std::string shown;
  shown.reserve(plain.size());
  for (std::string_view rest = plain; !rest.empty();) {
    const auto [code_point, size] = decode_lenient(rest);
    if (code_point == '\n' || code_point == '\t') {
      shown += rest.front();
    } else if (is_control(code_point)) {
      shown += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code_point));
    } else if (is_deceptive(code_point)) {
      shown += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code_point));
    } else {
      shown += rest.substr(0, size);
    }
    rest.remove_prefix(size);
  }
  return shown;
}

std::string printable_line(std::string_view text) {
  const std::string lines = printable(text);
  std::string line;
  line.reserve(lines.size());
  for (const char c : lines) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::size_t display_width(std::string_view line) {
  std::size_t width = 0;
  while (!line.empty()) {
    const auto [code_point, size] = decode_lenient(line);
    width += width_of(code_point);
    line.remove_prefix(size);
  }
  return width;
}

std::string clip(std::string_view line, std::size_t columns) {
  if (line.size() / kBytesPerColumn <= columns && display_width(line) <= columns) return std::string(line);
  if (columns == 0) return {};
  std::size_t width = 0;
  std::size_t kept = 0;
  while (kept < line.size()) {
    const auto [code_point, size] = decode_lenient(line.substr(kept));
    width += width_of(code_point);
    if (width > columns - 1 || (kept + size) / kBytesPerColumn >= columns) break;
    kept += size;
  }
  return std::string(line.substr(0, kept)) + "…";
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string spelled_out(std::string_view identifier) {
  std::string words(identifier);
  std::ranges::replace(words, '_', ' ');
  return words;
}

}  // namespace ekaci
