#include "review/changed_lines.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "review/derivation_name.h"

namespace ekaci::review {
namespace {

/// Shorter texts stand anywhere.
constexpr std::size_t kShortest = 3;
/// A line of a script without anything special in it is told from others only by its length.
constexpr std::size_t kShortestPlainLine = 12;
/// Every one is looked for in every line.
constexpr std::size_t kMostClues = 400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What a text has before `at`, from the nearest on; NUL where it begins there.
char before(std::string_view text, std::size_t at, std::size_t distance) { return at >= distance ? text[at - distance] : '\0'; }
char from(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

/// Whether the number or word at `at` begins earlier than there. The v of a version is no part of it.
bool continues_before(std::string_view text, std::size_t at) {
  const char last = before(text, at, 1);
  const char second_last = before(text, at, 2);
  if (!is_alphanumeric(text[at])) return false;
  if (last == '.') return is_digit(text[at]) && is_digit(second_last);
  const bool is_version = last == 'v' && is_digit(text[at]) && !is_alphanumeric(second_last);
  return is_alphanumeric(last) && !is_version;
}

bool continues_behind(std::string_view text, std::size_t end) {
  const char last = text[end - 1];
  if (!is_alphanumeric(last)) return false;
  if (from(text, end) == '.') return is_digit(last) && is_digit(from(text, end + 1));
  return is_alphanumeric(from(text, end));
}

/// Whether the text holds the clue, and not only as a part of a longer word or number.
bool holds(std::string_view text, std::string_view clue) {
  for (std::size_t at = text.find(clue); at != std::string_view::npos; at = text.find(clue, at + 1)) {
    if (!continues_before(text, at) && !continues_behind(text, at + clue.size())) return true;
  }
  return false;
}

bool is_quote(char c) { return c == '"' || c == '\''; }

/// Whether the text says just this: between quotes, or as all that there is.
bool says_exactly(std::string_view text, std::string_view clue) {
  if (trim(text) == clue) return true;
  for (std::size_t at = text.find(clue); at != std::string_view::npos; at = text.find(clue, at + 1)) {
    if (is_quote(before(text, at, 1)) && is_quote(from(text, at + clue.size()))) return true;
  }
  return false;
}

/// Calls `use` with what stands between separators.
template <class IsSeparator, class Use>
void for_each_part(std::string_view text, IsSeparator is_separator, Use use) {
  while (!text.empty()) {
    const auto* const end = std::ranges::find_if(text, is_separator);
    const auto size = static_cast<std::size_t>(end - text.begin());
    if (size > 0) use(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
}

/// Whether something in a word makes it more than a word of some language.
bool is_special(std::string_view word) {
  constexpr std::array<std::string_view, 5> kAlgorithms = {"md5", "sha1", "sha256", "sha512", "blake3"};
  if (std::ranges::find(kAlgorithms, word) != kAlgorithms.end()) return false;
  return std::ranges::any_of(word, is_digit) || (word.size() >= 5 && word.find_first_of("-_.+", 1) != std::string_view::npos);
}

/// What follows the hash where a word is a store path's last part, else all of it.
std::string_view without_store_hash(std::string_view word) {
  const Result<StorePathView> path = StorePathView::parse_base_name(word);
  return path ? path->name() : word;
}

/// Something that only head has.
struct Clue {
  std::string text;
  bool is_value = false;  ///< all of what something became, and not a part of it
};

/// Collects what only head has.
class Clues {
 public:
  void add_text(const TextDifference& difference) {
    if (!difference.head) return;
    base_ = difference.base ? std::string_view(*difference.base) : std::string_view();
    const std::string_view head = trim(*difference.head);
    if (head.find('\n') == std::string_view::npos) add_value(head);
    for_each_part(head, [](char c) { return c == '\n'; }, [&](std::string_view line) { add_line(trim(line)); });
  }

  /// A name that head has and base has not.
  void add_name(std::string_view name) {
    base_ = {};
    add(name);
    add_version(name);
  }

  /// The numbers in a derivation's name, which people write as its version: in `almanac-2026.txt` that is 2026.
  void add_numbers(const TextDifference& name) {
    if (!name.base || !name.head) return;
    base_ = *name.base;
    for_each_number(*name.head, [this](std::string_view number) { add_value(number); });
  }

  /// Values, then the longest of the others, longest first.
  [[nodiscard]] std::vector<Clue> foremost() const {
    std::vector<Clue> clues;
    clues.reserve(clues_.size());
    for (const std::string& text : clues_) clues.push_back({.text = text, .is_value = values_.contains(text)});
    std::ranges::sort(clues, {},
                      [](const Clue& clue) { return std::tuple(!clue.is_value, ~clue.text.size(), std::string_view(clue.text)); });
    if (clues.size() > kMostClues) clues.resize(kMostClues);
    return clues;
  }

 private:
  bool add(std::string_view clue) {
    const bool is_usable = clue.size() >= kShortest && clue.find("…") == std::string_view::npos && !holds(base_, clue);
    if (is_usable) clues_.emplace(clue);
    return is_usable;
  }
  void add_value(std::string_view value) {
    if (add(value)) values_.emplace(value);
  }
  void add_special(std::string_view word) {
    if (is_special(word)) add(word);
  }

  void add_line(std::string_view line) {
    if (line.size() >= kShortestPlainLine && line.find(' ') != std::string_view::npos) add(line);
    for_each_part(
        line, [](char c) { return is_space(c) || std::string_view("\"'`;()[]{}<>|$").find(c) != std::string_view::npos; },
        [&](std::string_view word) { add_word(word); });
  }

  void add_word(std::string_view word) {
    if (!word.starts_with(StorePath::kStoreDirectory)) add_special(word);
    for_each_part(
        word, [](char c) { return std::string_view("/:=,@?&#!*%").find(c) != std::string_view::npos; },
        [&](std::string_view part) {
          part = without_store_hash(part);
          add_special(part);
          add_version(part);
        });
  }

  /// The numbers with dots in a word.
  void add_version(std::string_view word) {
    for_each_number(word, [this](std::string_view number) {
      if (number.find('.') != std::string_view::npos) add(number);
    });
  }

  template <class Use>
  static void for_each_number(std::string_view word, Use use) {
    for_each_part(
        word, [](char c) { return !is_digit(c) && c != '.'; },
        [&](std::string_view number) {
          while (number.starts_with('.')) number.remove_prefix(1);
          while (number.ends_with('.')) number.remove_suffix(1);
          use(number);
        });
  }

  std::string_view base_;  ///< the text of base that goes with what is being added
  std::set<std::string> clues_;
  std::set<std::string> values_;  ///< those of them that are all of what something became
};

std::vector<Clue> clues_of(const DerivationDifference& difference) {
  Clues clues;
  for (const auto* texts : {&difference.fields, &difference.arguments, &difference.environment, &difference.outputs}) {
    for (const TextDifference& text : *texts) clues.add_text(text);
  }
  for (const TextDifference& field : difference.fields) {
    if (field.name == "name") clues.add_numbers(field);
  }
  for (const PathDifference& source : difference.sources) {
    if (source.head && !source.base) clues.add_name(source.head->name());
  }
  for (const PathDifference& input : difference.inputs) {
    if (!input.head) continue;
    const std::string_view name = without_drv(input.head->name());
    if (input.base && without_drv(input.base->name()) == name) continue;
    clues.add_name(name);
    const std::string stem = split_derivation_name(name).name;
    if (!input.base || split_derivation_name(without_drv(input.base->name())).name != stem) clues.add_name(stem);
  }
  return clues.foremost();
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// How much a line tells.
struct Weight {
  bool is_exact = false;   ///< it says just what something became
  std::size_t length = 0;  ///< of what tells most in it; 0 where nothing does
  friend auto operator<=>(const Weight&, const Weight&) = default;
};
/// Of each line.
using Weights = std::vector<Weight>;

/// Gives the weight to the lines that are so. What stands in too many lines says nothing of any.
template <class IsSo>
void weigh_where(IsSo is_so, Weight weight, std::span<const ChangedLine> lines, Weights& weights) {
  std::array<std::size_t, kMostTellingLines> found{};
  std::size_t count = 0;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    if (!is_so(lines[n].text)) continue;
    if (count == found.size()) return;
    found.at(count++) = n;
  }
  for (const std::size_t n : std::span(found).first(count)) weights[n] = std::max(weights[n], weight);
}

void weigh(const Clue& clue, std::span<const ChangedLine> lines, Weights& weights) {
  const std::size_t length = clue.text.size();
  weigh_where([&](std::string_view line) { return holds(line, clue.text); }, {.is_exact = false, .length = length}, lines, weights);
  if (!clue.is_value) return;
  weigh_where([&](std::string_view line) { return says_exactly(line, clue.text); }, {.is_exact = true, .length = length}, lines, weights);
}

void weigh_files(const DerivationDifference& difference, std::span<const ChangedLine> lines, Weights& weights) {
  std::set<std::string_view> names;
  for (const PathDifference& source : difference.sources) {
    if (source.base && source.head && source.head->name().size() >= kShortest) names.insert(source.head->name());
  }
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const std::string_view name = file_name(lines[n].position.file);
    if (names.contains(name)) weights[n] = std::max(weights[n], Weight{.is_exact = false, .length = name.size()});
  }
}

}  // namespace

std::vector<ChangedLine> tell_lines(const DerivationDifference& difference, std::span<const ChangedLine> lines) {
  Weights weights(lines.size());
  for (const Clue& clue : clues_of(difference)) weigh(clue, lines, weights);
  weigh_files(difference, lines, weights);
  std::vector<std::size_t> telling;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    if (weights[n].length > 0) telling.push_back(n);
  }
  std::ranges::sort(telling,
                    [&](std::size_t left, std::size_t right) { return std::pair(weights[right], left) < std::pair(weights[left], right); });
  if (telling.size() > kMostTellingLines) telling.resize(kMostTellingLines);
  std::vector<ChangedLine> told;
  told.reserve(telling.size());
  for (const std::size_t n : telling) told.push_back(lines[n]);
  return told;
}

}  // namespace ekaci::review
