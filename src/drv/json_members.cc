#include "drv/json_members.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace ekaci::drv {
namespace {

/// Goes over JSON that is known to be sound.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  void skip_space() {
    while (!at_end() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    skip_space();
    const bool is_next = !at_end() && text_[at_] == c;
    if (is_next) ++at_;
    return is_next;
  }
  /// A string with its quotes.
  std::string_view string() {
    skip_space();
    const std::size_t begin = at_;
    skip_string();
    return text_.substr(begin, at_ - begin);
  }
  /// Up to what ends a member of an object.
  std::string_view value() {
    skip_space();
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (!at_end() && (depth > 0 || (text_[at_] != ',' && text_[at_] != '}'))) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    }
    return trim(text_.substr(begin, at_ - begin));
  }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

 private:
  void skip_string() {
    ++at_;
    while (!at_end() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::map<std::string, std::string_view>> json_members(std::string_view text) {
  if (!nlohmann::json::accept(text)) return std::nullopt;
  Cursor cursor(text);
  if (!cursor.accept('{')) return std::nullopt;
  std::map<std::string, std::string_view> members;
  while (!cursor.at_end() && !cursor.accept('}')) {
    const std::optional<std::string> key = json_string(cursor.string());
    cursor.accept(':');
    if (!key || !members.emplace(*key, cursor.value()).second) return std::nullopt;
    cursor.accept(',');
  }
  return members;
}

std::optional<std::string> json_string(std::string_view json) {
  if (!json.starts_with('"')) return std::nullopt;
  const nlohmann::json value = nlohmann::json::parse(json, nullptr, false);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

}  // namespace ekaci::drv
