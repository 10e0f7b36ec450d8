#include "config/json_document.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"

namespace ekaci::config {
namespace {

constexpr std::size_t kLargestText = std::size_t{1} << 20U;
constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostChildren = 2000;

/// Reads the text and tells how far it has been read: nlohmann's SAX events carry no positions.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Builds the document from SAX events.
///
/// Where a token begins: an event comes when the lexer has read its token and, behind a number, one character more. Between
/// the end of the token before and the beginning of this one there is only white space, `,` and `:`, for brackets have events
/// too. So the first other character behind the token before is the beginning.
class DocumentBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  DocumentBuilder(const JsonSource& source, const char* const& furthest) : source_(source), furthest_(furthest) {}

  bool null() override { return add(JsonKind::null).has_value(); }
  bool boolean(bool value) override {
    const std::optional<JsonValue*> added = add(JsonKind::boolean);
    if (added) (*added)->boolean = value;
    return added.has_value();
  }
  bool number_integer(number_integer_t value) override { return add_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add_number(value); }
  bool string(string_t& value) override {
    const std::optional<JsonValue*> added = add(JsonKind::string);
    if (added) (*added)->text = std::move(value);
    return added.has_value();
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(JsonKind::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(JsonKind::array); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override;
  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) override;

  Result<JsonValue> take() {
    if (error_) return fail(std::move(*error_));
    return std::move(root_);
  }

 private:
  std::size_t take_token_offset();
  std::optional<JsonValue*> add(JsonKind kind);
  bool add_number(double value);
  bool open(JsonKind kind);
  bool close();
  bool make_room(JsonValue& parent, std::size_t offset);
  bool refuse(std::size_t offset, std::string_view message) {
    if (!error_) error_ = source_.error_at(offset, message).value();
    return false;
  }

  const JsonSource& source_;
  const char* const& furthest_;
  std::size_t token_before_ = 0;  ///< where the token before ended, or a little further where that can only be white space, `,` or `:`
  JsonValue root_;
  std::vector<JsonValue*> open_;  ///< from the root to the innermost; growing a vector never moves what is open in it
  std::optional<Error> error_;
};

std::size_t DocumentBuilder::take_token_offset() {
  const std::string_view text = source_.text();
  const std::size_t offset = std::min(text.find_first_not_of(" \t\r\n,:", token_before_), text.size());
  token_before_ = static_cast<std::size_t>(furthest_ - text.data());
  return offset;
}

/// Places a value where the document stands: in the innermost array, as the value of the last key, or as the whole.
std::optional<JsonValue*> DocumentBuilder::add(JsonKind kind) {
  const std::size_t offset = take_token_offset();
  JsonValue* place = &root_;
  if (!open_.empty()) {
    JsonValue& parent = *open_.back();
    if (parent.kind == JsonKind::array && !make_room(parent, offset)) return std::nullopt;
    place = &parent.children.back();
  }
  place->kind = kind;
  place->offset = offset;
  return place;
}

bool DocumentBuilder::add_number(double value) {
  const std::optional<JsonValue*> added = add(JsonKind::number);
  if (!added) return false;
  if (!std::isfinite(value)) return refuse((*added)->offset, "the number is too large");
  (*added)->number = value;
  return true;
}

bool DocumentBuilder::open(JsonKind kind) {
  const std::optional<JsonValue*> added = add(kind);
  if (!added) return false;
  if (open_.size() == kDeepest) return refuse((*added)->offset, fmt::format("nested more than {} levels deep", kDeepest));
  open_.push_back(*added);
  return true;
}

bool DocumentBuilder::close() {
  take_token_offset();
  open_.pop_back();
  return true;
}

bool DocumentBuilder::key(string_t& name) {
  const std::size_t offset = take_token_offset();
  JsonValue& object = *open_.back();
  if (object.find(name) != nullptr) return refuse(offset, fmt::format("the key '{}' stands here a second time", printable_line(name)));
  if (!make_room(object, offset)) return false;
  object.children.back().key = std::move(name);
  object.children.back().key_offset = offset;
  return true;
}

/// Adds an empty child. The bound keeps the search for a second key of the same name cheap.
bool DocumentBuilder::make_room(JsonValue& parent, std::size_t offset) {
  if (parent.children.size() == kMostChildren) return refuse(offset, fmt::format("more than {} entries in one value", kMostChildren));
  parent.children.emplace_back();
  return true;
}

bool DocumentBuilder::parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) {
  // what() is `[json.exception.parse_error.101] parse error at line 1, column 2: <reason>`; the place is said by us.
  std::string_view reason = error.what();
  const std::size_t place = reason.find("column ");
  const std::size_t end = place == std::string_view::npos ? place : reason.find(": ", place);
  if (end != std::string_view::npos) reason.remove_prefix(end + 2);
  return refuse(position == 0 ? 0 : position - 1, fmt::format("not JSON: {}", clip(printable_line(reason), 300)));
}

}  // namespace

std::string_view to_string(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "true or false";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "a value";
}

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &JsonValue::key);
  return found == children.end() ? nullptr : &*found;
}

Failure JsonSource::error_at(std::size_t offset, std::string_view message) const {
  const std::string_view before = text_.substr(0, offset);
  const std::size_t line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const std::string_view on_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const std::size_t column = 1 + static_cast<std::size_t>(std::ranges::count_if(on_line, begins_character));
  return fail(ErrorCode::invalid_argument, "{}:{}:{}: {}", printable_line(file_), line, column, message);
}

Result<JsonValue> parse_json(const JsonSource& source) {
  const std::string_view text = source.text();
  if (text.size() > kLargestText) {
    return source.error_at(0, fmt::format("the file has {} bytes; at most {} are read", text.size(), kLargestText));
  }
  const char* const begin = text.data();
  const char* furthest = begin;
  DocumentBuilder builder(source, furthest);
  const CountingIterator first(begin, &furthest);
  const CountingIterator last(begin + text.size(), &furthest);
  nlohmann::json::sax_parse(first, last, &builder);
  return builder.take();
}

}  // namespace ekaci::config
