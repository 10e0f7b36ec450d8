#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Strangers' text in GitHub's markdown. GitHub makes links, mentions, references and emoji out of plain text even where no markdown
/// stands, and leaves code alone: so nothing of a stranger's is ever outside of code, but for plain words and numbers.
namespace ekaci::report {

/// On one line as a code span, clipped to `columns`. Control and bidirectional characters are spelled out; so are pipes (`\x7c`), which
/// would end a table's cell, and runs of backticks longer than any renderer takes as a fence.
std::string code(std::string_view text, std::size_t columns = 200);

/// A sentence of ours that names things of strangers: words of ASCII letters, numbers and percent signs stay, with the punctuation behind
/// them; all else becomes code spans. Clipped to `columns`.
std::string prose(std::string_view text, std::size_t columns = 1000);

/// A fenced block of at most `bytes` bytes and `lines` lines of the text, its fence longer than any run of backticks in it; long runs are
/// spelled out as code() does. What is
/// left out is said behind it. `language` is ours.
struct BlockLimits {
  std::size_t bytes = 16384;
  std::size_t lines = 200;
};
std::string fenced(std::string_view text, std::string_view language, const BlockLimits& limits);

/// In an HTML element that begins a block of HTML, such as a summary, where markdown is not read: one line, as a code element, escaped.
std::string summary_code(std::string_view text, std::size_t columns = 120);

}  // namespace ekaci::report
