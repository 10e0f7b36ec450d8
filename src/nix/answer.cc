#include "nix/answer.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace ekaci::nix {
namespace {

Failure not_an_answer() { return fail(ErrorCode::corrupt, "the walker's answer cannot be read"); }

/// Takes `<length>:<bytes>,` off the front.
std::optional<std::string> take_netstring(std::string_view& rest) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.size() < 2 || length > rest.size() - 2 || rest.front() != ':' || rest[length + 1] != ',') return std::nullopt;
  std::string bytes(rest.substr(1, length));
  rest.remove_prefix(length + 2);
  return bytes;
}

Result<Answer> parse_names(std::string_view rest) {
  ListedSet set;
  while (!rest.empty()) {
    std::optional<std::string> name = take_netstring(rest);
    if (!name) return not_an_answer();
    if (!set.names.empty() && !(set.names.back() < *name)) return not_an_answer();
    set.names.push_back(std::move(*name));
  }
  return set;
}

Result<Answer> parse_refusal(std::string_view letters) {
  RefusalAnswer answer{.refused = !letters.empty()};
  for (const char letter : letters) {
    switch (letter) {
      case 'b':
        answer.refusal.reasons.insert(RefusalReason::broken);
        break;
      case 's':
        answer.refusal.reasons.insert(RefusalReason::unsupported_system);
        break;
      case 'u':
        answer.refusal.reasons.insert(RefusalReason::unfree);
        break;
      case 'i':
        answer.refusal.reasons.insert(RefusalReason::insecure);
        break;
      case 'a':  // unavailable, without saying why
        break;
      default:
        return not_an_answer();
    }
  }
  return answer;
}

/// A number of digits alone.
std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes `:<number>` off the end.
std::optional<std::uint32_t> take_last_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint32_t> number = parse_number(text.substr(colon + 1));
  if (number) text = text.substr(0, colon);
  return number;
}

enum class PositionForm { line, line_and_column };

/// What is no position in the tree is left out: it says nothing about the change.
std::optional<SourcePosition> parse_position(std::string_view text, std::string_view tree, PositionForm form) {
  SourcePosition position;
  if (form == PositionForm::line_and_column) {
    const std::optional<std::uint32_t> column = take_last_number(text);
    if (!column) return std::nullopt;
    position.column = *column;
  }
  const std::optional<std::uint32_t> line = take_last_number(text);
  const bool inside = text.size() > tree.size() + 1 && text.starts_with(tree) && text[tree.size()] == '/';
  if (!line || !inside) return std::nullopt;
  position.line = *line;
  position.file = text.substr(tree.size() + 1);
  return position;
}

/// One field into the metadata; false for a letter that the walker does not write.
bool add_field(Metadata& metadata, char letter, std::string text, std::string_view tree) {
  switch (letter) {
    case 'n':
      metadata.pname = std::move(text);
      return true;
    case 'v':
      metadata.version = std::move(text);
      return true;
    case 'd':
      metadata.description = std::move(text);
      return true;
    case 'l':
      metadata.licences.push_back(std::move(text));
      return true;
    case 'a':
      metadata.maintainers.push_back(std::move(text));
      return true;
    case 'k':
      metadata.vulnerabilities.push_back(std::move(text));
      return true;
    case 'p':
      metadata.position = parse_position(text, tree, PositionForm::line);
      return true;
    case 'q':
      metadata.position = parse_position(text, tree, PositionForm::line_and_column);
      return true;
    default:
      return false;
  }
}

/// Flags have no text.
bool add_flag(Metadata& metadata, char letter) {
  if (letter == 'b') metadata.broken = true;
  if (letter == 'i') metadata.insecure = true;
  return letter == 'b' || letter == 'i';
}

std::optional<Metadata> parse_metadata(std::string_view rest, std::string_view tree) {
  Metadata metadata;
  while (!rest.empty()) {
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (add_flag(metadata, letter)) continue;
    std::optional<std::string> text = take_netstring(rest);
    if (!text || !add_field(metadata, letter, std::move(*text), tree)) return std::nullopt;
  }
  if (!metadata.vulnerabilities.empty()) metadata.insecure = true;
  return metadata;
}

Result<Answer> parse_derivation(std::string_view rest, std::string_view tree) {
  const std::optional<std::string> text = take_netstring(rest);
  if (!text) return not_an_answer();
  Result<StorePath> path = StorePath::parse(*text);
  if (!path || !path->is_derivation()) return fail(ErrorCode::invalid_argument, "its drvPath is not the path of a derivation: '{}'", *text);
  FoundDerivation found{.path = std::move(*path)};
  if (rest.empty()) return found;
  if (rest == "!") {
    found.metadata_failed = true;
    return found;
  }
  if (rest.front() == 'm') found.metadata = parse_metadata(rest.substr(1), tree);
  if (!found.metadata) return not_an_answer();
  return found;
}

Result<Answer> parse_metadata_answer(std::string_view rest, std::string_view tree) {
  std::optional<Metadata> metadata = parse_metadata(rest, tree);
  if (!metadata) return not_an_answer();
  return MetadataAnswer{std::move(*metadata)};
}

}  // namespace

Result<Answer> parse_answer(std::string_view reply, std::string_view tree) {
  if (reply.empty()) return not_an_answer();
  const std::string_view rest = reply.substr(1);
  switch (reply.front()) {
    case 'd':
      return parse_derivation(rest, tree);
    case 'f':
      return rest.empty() ? Result<Answer>(FailedDerivation{}) : not_an_answer();
    case 'l':
      return parse_names(rest);
    case 's':
      return rest.empty() ? Result<Answer>(UnlistedSet{}) : not_an_answer();
    case 'o':
      return OtherValue{std::string(rest)};
    case 'r':
      return parse_refusal(rest);
    case 'm':
      return parse_metadata_answer(rest, tree);
    default:
      return not_an_answer();
  }
}

}  // namespace ekaci::nix
