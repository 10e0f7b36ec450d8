#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci {

/// Whether these bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

/// Well-formed UTF-8 with every invalid byte replaced by U+FFFD.
std::string to_utf8(std::string_view bytes);

/// Text of strangers made safe to show on a terminal or in a page's text: valid UTF-8; ANSI escape sequences removed; other
/// control characters (but line feed and tab), bidirectional controls and what is invisible shown as `\x1b`, `\u202e`, `\u00ad`.
std::string printable(std::string_view text);

/// As printable(), and on one line: line feeds and tabs become spaces, runs of spaces one.
std::string printable_line(std::string_view text);

/// At most `columns` terminal columns of a printable line; a cut is marked by `…`. Counts a code point as one column, or two
/// where East Asian width says so, and none for combining marks; keeps at most 5 bytes for each column, too.
std::string clip(std::string_view line, std::size_t columns);

/// The columns that a printable line takes on a terminal, counted as clip() does.
std::size_t display_width(std::string_view line);

/// The text between separators; n separators make n + 1 parts.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The text without ASCII white space at both ends.
std::string_view trim(std::string_view text);

/// An identifier of ours as people read it: `hash_mismatch` is `hash mismatch`.
std::string spelled_out(std::string_view identifier);

}  // namespace ekaci
