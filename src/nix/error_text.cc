#include "nix/error_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ranges>
#include <vector>

#include "base/text.h"

namespace ekaci::nix {
namespace {

constexpr std::string_view kError = "error:";
constexpr std::string_view kTruncated = "(stack trace truncated";
/// The column at which Nix continues the text of an error.
constexpr std::size_t kIndent = 7;

std::string_view without_indent(std::string_view line) {
  const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
  return line.substr(std::min(spaces, kIndent));
}

std::uint32_t take_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return 0;
  std::uint32_t number = 0;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return 0;
  text = text.substr(0, colon);
  return number;
}

/// `at /path:12:3:` or `at /path:12:`
std::optional<SourcePosition> parse_position(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("at ") || !line.ends_with(':')) return std::nullopt;
  line.remove_prefix(3);
  line.remove_suffix(1);
  const std::uint32_t last = take_number(line);
  const std::uint32_t first = take_number(line);
  if (last == 0) return std::nullopt;
  SourcePosition position{.file = std::string(line), .line = first == 0 ? last : first, .column = first == 0 ? 0 : last};
  return position;
}

std::optional<std::string> relative_to(std::string_view file, std::string_view directory) {
  if (!file.starts_with(directory) || file.size() <= directory.size() + 1 || file[directory.size()] != '/') return std::nullopt;
  std::string name(file.substr(directory.size() + 1));
  // Altered so that it can be shown it would name another file.
  if (printable_line(name) != name) return std::nullopt;
  return name;
}

/// A position that a reader can go to: one in the tree, relative to it.
std::optional<SourcePosition> in_tree(std::optional<SourcePosition> position, const KnownPlaces& places) {
  if (!position) return std::nullopt;
  std::optional<std::string> file = relative_to(position->file, places.tree);
  if (!file) return std::nullopt;
  position->file = std::move(*file);
  return position;
}

/// What an error consists of, as lines of the text.
struct Parts {
  std::vector<std::string_view> trace;    ///< before the message
  std::vector<std::string_view> message;  ///< the message, its position, the excerpt
};

/// The evaluator reports at its end: the last line that begins with `error:` in the first column. Continued lines of a message
/// are indented, so that a message cannot begin such a line.
Parts parts_of(std::string_view text) {
  const std::vector<std::string_view> lines = split(text, '\n');
  const auto is_error = [](std::string_view line) { return line.starts_with(kError); };
  const auto reversed = std::ranges::reverse_view(lines);
  const auto last = std::ranges::find_if(reversed, is_error);
  if (last == reversed.end()) return {};
  auto line = last.base() - 1;
  Parts parts;
  const bool has_trace = line + 1 != lines.end() && without_indent(line[1]).starts_with("…");
  if (has_trace && trim(line->substr(kError.size())).empty()) {
    for (++line; line != lines.end() && !without_indent(*line).starts_with(kError); ++line) parts.trace.push_back(*line);
  }
  if (line == lines.end()) return {.trace = {}, .message = parts.trace};
  parts.message.push_back(trim(without_indent(*line).substr(kError.size())));
  for (++line; line != lines.end(); ++line) parts.message.push_back(without_indent(*line));
  return parts;
}

std::optional<SourcePosition> position_from_trace(const std::vector<std::string_view>& trace, const KnownPlaces& places) {
  const auto truncated = [](std::string_view line) { return trim(line).starts_with(kTruncated); };
  if (std::ranges::any_of(trace, truncated)) return std::nullopt;  // what is shown then is far from the error
  for (const std::string_view line : std::ranges::reverse_view(trace)) {
    if (std::optional<SourcePosition> position = parse_position(line)) return in_tree(std::move(position), places);
  }
  return std::nullopt;
}

std::string joined(const std::vector<std::string_view>& lines, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += '\n';
    text += lines[i];
  }
  return std::string(trim(text));
}

}  // namespace

bool has_error(std::string_view text) { return text.starts_with(kError) || text.find("\nerror:") != std::string_view::npos; }

std::string presentable(std::string_view message, const KnownPlaces& places) {
  // Twice the bound before the costly steps: what they remove is rarely more than half.
  std::string text(message.substr(0, 2 * kLongestMessage));
  const std::string tree = places.tree + "/";
  for (std::size_t at = text.find(tree); at != std::string::npos; at = text.find(tree, at)) text.erase(at, tree.size());
  text = printable(text);
  if (text.size() <= kLongestMessage) return text;
  text.resize(kLongestMessage - 4);
  return to_utf8(text.substr(0, text.find_last_of("\n ") == std::string::npos ? text.size() : text.find_last_of("\n "))) + " …";
}

EvaluationError parse_error_text(std::string_view text, const KnownPlaces& places) {
  const Parts parts = parts_of(text);
  // Lines of the message may look like a position; the evaluator's own is the last one.
  std::size_t count = parts.message.size();
  std::optional<SourcePosition> position;
  for (std::size_t i = parts.message.size(); i-- > 1;) {
    position = parse_position(parts.message[i]);
    if (!position) continue;
    count = i;
    break;
  }
  EvaluationError error;
  error.message = presentable(joined(parts.message, count), places);
  if (error.message.empty()) error.message = "the evaluator failed without saying why";
  error.position = position ? in_tree(std::move(position), places) : position_from_trace(parts.trace, places);
  return error;
}

std::optional<std::string> last_file(std::string_view text, const KnownPlaces& places) {
  constexpr std::string_view kBegin = "evaluating file '";
  const std::size_t begin = text.rfind(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(begin + kBegin.size());
  const std::size_t end = rest.find("'\n");
  if (end == std::string_view::npos) return std::nullopt;
  return relative_to(rest.substr(0, end), places.tree);
}

}  // namespace ekaci::nix
