#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::report {

/// Whether ANSI colours are printed. Nothing is ever said by colour alone.
enum class Colour { off, on };

/// What a piece of text means to the eye.
enum class Tone { plain, strong, dim, good, bad, doubtful, strong_good, strong_bad, strong_doubtful };

/// A piece of a line in one tone. The text has to be printable (printable_line()): no escapes, no control characters.
struct Span {
  std::string text;
  Tone tone = Tone::plain;
};

using Line = std::vector<Span>;

/// The text cut into lines of at most `columns` columns, at spaces where there are any, else within a word. Never empty; a text
/// without words gives one empty line. `columns` of 0 counts as 1.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// The text with spaces behind or before it, to fill `columns`; longer texts are clipped.
std::string padded_right(std::string_view text, std::size_t columns);
std::string padded_left(std::string_view text, std::size_t columns);

/// Lines of a report, put together for a terminal of a given width. No line is wider than it. One thread.
class Page {
 public:
  /// Fewer than 20 columns count as 20: below that nothing can be read.
  Page(std::size_t columns, Colour colour);

  [[nodiscard]] std::size_t columns() const { return columns_; }
  /// Lines so far.
  [[nodiscard]] std::size_t lines() const { return lines_; }

  /// One line, clipped at the right.
  void line(const Line& spans);
  /// An empty line; never two after each other, none at the top.
  void gap();
  /// `start`, then the text, wrapped; further lines are indented to where the text began.
  void paragraph(const Line& start, std::string_view text, Tone tone);

  /// All lines, each ended by a line feed.
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  std::size_t columns_;
  Colour colour_;
  std::size_t lines_ = 0;
  bool gap_wanted_ = false;
  std::string text_;
};

/// One line as Page::line makes it, without the line feed.
std::string painted(const Line& spans, std::size_t columns, Colour colour);

}  // namespace ekaci::report
