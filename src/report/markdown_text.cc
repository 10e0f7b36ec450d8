#include "report/markdown_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "base/html_text.h"
#include "base/text.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// cmark reads no fence of a span longer than 80, and ends a block after 255 whatever began it; who writes that many means harm.
constexpr std::size_t kLongestRun = 8;

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string result;
  for (const char c : text) {
    if (c == what) {
      result += with;
    } else {
      result += c;
    }
  }
  return result;
}

/// Backticks spelled out where a run of them is too long for any fence around it.
std::string without_long_runs(const std::string& text) {
  return longest_run_of_backticks(text) > kLongestRun ? replaced(text, '`', "\\x60") : text;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What GitHub would take for a commit's name.
bool may_be_commit(std::string_view word) {
  return word.size() >= 7 && word.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_plain_number(std::string_view word) {
  return word.size() < 20 && is_digit(word.front()) && is_digit(word.back()) &&
         std::ranges::all_of(word, [](char c) { return is_digit(c) || c == ',' || c == '.'; });
}

bool is_plain_word(std::string_view word) {
  constexpr std::string_view kGenitive = "'s";
  if (word.ends_with(kGenitive)) word.remove_suffix(kGenitive.size());
  return word == "%" || (!word.empty() && (std::ranges::all_of(word, is_letter) || is_plain_number(word)));
}

/// A word of a sentence: what is in front of it and behind it is punctuation that means nothing to markdown.
std::string prose_word(std::string_view word) {
  const bool opens = word.starts_with('(') && word.size() > 1;
  const std::string_view inner = opens ? word.substr(1) : word;
  const std::size_t end = inner.find_last_not_of(",.;:)");
  if (end == std::string_view::npos) return code(word);
  const std::string_view core = inner.substr(0, end + 1);
  if (is_plain_word(core) && !may_be_commit(core)) return std::string(word);
  return fmt::format("{}{}{}", opens ? "(" : "", code(core), inner.substr(end + 1));
}

/// Indentation of the first line stays.
std::string_view without_outer_lines(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of('\n'), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \n\t") + 1);
}

}  // namespace

std::string code(std::string_view text, std::size_t columns) {
  std::string shown = without_long_runs(replaced(clip(printable_line(text), columns), '|', "\\x7c"));
  if (shown.empty()) shown = "\"\"";
  const std::string fence(longest_run_of_backticks(shown) + 1, '`');
  const std::string_view space = shown.front() == '`' || shown.back() == '`' ? " " : "";
  return fmt::format("{}{}{}{}{}", fence, space, shown, space, fence);
}

std::string prose(std::string_view text, std::size_t columns) {
  const std::string shown = clip(printable_line(text), columns);
  std::string words;
  for (const std::string_view word : split(shown, ' ')) {
    if (!words.empty()) words += ' ';
    if (!word.empty()) words += prose_word(word);
  }
  return words;
}

std::string fenced(std::string_view text, std::string_view language, const BlockLimits& limits) {
  const std::string shown = without_long_runs(printable(text));
  const std::vector<std::string_view> lines = split(without_outer_lines(shown), '\n');
  std::string block;
  std::size_t kept = 0;
  for (; kept < lines.size() && kept < limits.lines; ++kept) {
    const std::string line = lines[kept].size() > 1000 ? clip(lines[kept], 1000) : std::string(lines[kept]);
    if (block.size() + line.size() + 1 > limits.bytes && kept > 0) break;
    block += line + "\n";
  }
  const std::string fence(std::max<std::size_t>(3, longest_run_of_backticks(block) + 1), '`');
  const std::string more = kept == lines.size() ? "" : fmt::format("\n… and {}.\n", review::counted(lines.size() - kept, "more line"));
  return fmt::format("{}{}\n{}{}\n{}", fence, language, block, fence, more);
}

std::string summary_code(std::string_view text, std::size_t columns) {
  return fmt::format("<code>{}</code>", html_line(clip(printable_line(text), columns)));
}

}  // namespace ekaci::report
