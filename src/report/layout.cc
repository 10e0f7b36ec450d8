#include "report/layout.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace ekaci::report {
namespace {

constexpr std::size_t kLeastColumns = 20;

/// Select Graphic Rendition (ECMA-48, 8.3.117) with the eight basic colours, which every theme keeps readable.
std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::doubtful:
      return "\x1b[33m";
    case Tone::strong_good:
      return "\x1b[1;32m";
    case Tone::strong_bad:
      return "\x1b[1;31m";
    case Tone::strong_doubtful:
      return "\x1b[1;33m";
  }
  return "";
}

std::string coloured(std::string_view text, Tone tone, Colour colour) {
  if (colour == Colour::off || tone == Tone::plain || text.find_first_not_of(' ') == std::string_view::npos) return std::string(text);
  return std::string(escape_of(tone)) + std::string(text) + "\x1b[0m";
}

std::size_t width_of(const Line& spans) {
  return std::accumulate(spans.begin(), spans.end(), std::size_t{0},
                         [](std::size_t width, const Span& span) { return width + display_width(span.text); });
}

/// The bytes of the first character of well-formed text.
std::size_t character_size(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) ++size;
  return size;
}

/// Takes as many characters from the front as fit, at least one.
std::string_view take_fitting(std::string_view& text, std::size_t columns) {
  std::size_t size = 0;
  std::size_t width = 0;
  while (size < text.size()) {
    const std::size_t next = character_size(text.substr(size));
    width += display_width(text.substr(size, next));
    if (width > columns && size > 0) break;
    size += next;
  }
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

/// The spans up to the last that shows something, without spaces at the end.
Line without_trailing_space(Line spans) {
  while (!spans.empty()) {
    std::string& text = spans.back().text;
    text.erase(text.find_last_not_of(' ') + 1);
    if (!text.empty()) break;
    spans.pop_back();
  }
  return spans;
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 1);
  std::vector<std::string> lines(1);
  for (std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const bool fits = lines.back().empty() || display_width(lines.back()) + 1 + display_width(word) <= columns;
    if (!fits) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    while (display_width(word) > columns) {
      lines.back() += take_fitting(word, columns);
      if (!word.empty()) lines.emplace_back();
    }
    lines.back() += word;
  }
  return lines;
}

std::string padded_right(std::string_view text, std::size_t columns) {
  const std::string shown = clip(text, columns);
  return shown + std::string(columns - std::min(columns, display_width(shown)), ' ');
}

std::string padded_left(std::string_view text, std::size_t columns) {
  const std::string shown = clip(text, columns);
  return std::string(columns - std::min(columns, display_width(shown)), ' ') + shown;
}

std::string painted(const Line& spans, std::size_t columns, Colour colour) {
  const Line shown = without_trailing_space(spans);
  std::size_t following = width_of(shown);
  std::size_t room = columns;
  std::string text;
  for (const Span& span : shown) {
    const std::size_t width = display_width(span.text);
    following -= width;
    const bool cut_here = width + std::min<std::size_t>(following, 1) > room;
    // A piece that just fits still has to give its last column to the mark where more would have followed.
    text += coloured(cut_here ? clip(span.text + std::string(following > 0 ? 1 : 0, ' '), room) : span.text, span.tone, colour);
    if (cut_here) break;
    room -= width;
  }
  return text;
}

Page::Page(std::size_t columns, Colour colour) : columns_(std::max(columns, kLeastColumns)), colour_(colour) {}

void Page::line(const Line& spans) {
  if (gap_wanted_ && lines_ > 0) text_ += '\n';
  lines_ += gap_wanted_ && lines_ > 0 ? 2 : 1;
  gap_wanted_ = false;
  text_ += painted(spans, columns_, colour_) + "\n";
}

void Page::gap() { gap_wanted_ = true; }

void Page::paragraph(const Line& start, std::string_view text, Tone tone) {
  const std::size_t indent = width_of(start);
  Line first = start;
  const std::size_t room = columns_ > indent ? columns_ - indent : 1;
  for (const std::string& part : wrapped(text, room)) {
    first.push_back({part, tone});
    line(first);
    first = {{std::string(indent, ' ')}};
  }
}

}  // namespace ekaci::report
