#include "wire/reader.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace ekaci::wire {
namespace {

constexpr std::size_t kWord = 8;
/// Of any list of paths: that many would be more than kLargestMessage.
constexpr std::size_t kMostPaths = std::size_t{1} << 18U;
constexpr std::size_t kMostFields = 64;
constexpr std::size_t kLongestPath = 256;

constexpr std::uint64_t kIntegerField = 0;
constexpr std::uint64_t kTextField = 1;

std::uint64_t padding_of(std::uint64_t length) { return (kWord - length % kWord) % kWord; }

}  // namespace

bool Reader::has(std::uint64_t bytes) {
  if (!is_good()) return false;
  if (bytes <= bytes_.size() - used_) return true;
  state_ = State::short_of_bytes;
  needed_ = used_ + static_cast<std::size_t>(bytes);
  return false;
}

void Reader::refuse(std::string reason) {
  if (!is_good()) return;
  state_ = State::refused;
  reason_ = std::move(reason);
}

std::uint64_t Reader::number() {
  if (!has(kWord)) return 0;
  std::uint64_t value = 0;
  for (std::size_t n = kWord; n-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes_[used_ + n]);
  used_ += kWord;
  return value;
}

bool Reader::flag() {
  const std::uint64_t value = number();
  if (value > 1) refuse(fmt::format("{} where 0 or 1 was expected", value));
  return value == 1;
}

/// The length was bounded by the caller.
std::string_view Reader::take(std::uint64_t length) {
  const std::uint64_t padding = padding_of(length);
  if (!has(length + padding)) return {};
  const std::string_view text = bytes_.substr(used_, static_cast<std::size_t>(length));
  for (const char byte : bytes_.substr(used_ + text.size(), static_cast<std::size_t>(padding))) {
    if (byte != '\0') {
      refuse("a text is not padded with zeros");
      return {};
    }
  }
  used_ += static_cast<std::size_t>(length + padding);
  return text;
}

std::string_view Reader::text(std::size_t longest) {
  const std::uint64_t length = number();
  if (length > longest) {
    refuse(fmt::format("a text of {} bytes where at most {} are allowed", length, longest));
    return {};
  }
  return take(length);
}

std::string_view Reader::long_text_of_people() {
  const std::size_t at = used_;
  const std::uint64_t length = number();
  if (!is_good()) return {};
  if (length > kLongestText) {
    state_ = State::too_long;
    long_text_ = {.at = at, .length = length, .longest = kLongestText};
    return {};
  }
  return take(length);
}

std::size_t Reader::count(std::size_t most) {
  const std::uint64_t value = number();
  if (value > most) {
    refuse(fmt::format("a list of {} entries where at most {} are allowed", value, most));
    return 0;
  }
  // Each entry takes a word at least.
  const std::size_t words = static_cast<std::size_t>(value) * kWord;
  return has(words) ? static_cast<std::size_t>(value) : 0;
}

std::optional<StorePath> Reader::path() {
  const std::string_view written = text(kLongestPath);
  if (!is_good()) return std::nullopt;
  Result<StorePath> parsed = StorePath::parse(written);
  if (parsed) return std::move(*parsed);
  refuse(printable_line(parsed.error().to_string()));
  return std::nullopt;
}

std::optional<StorePath> Reader::optional_path() {
  const std::size_t before = used_;
  if (number() == 0) return std::nullopt;
  if (!is_good()) return std::nullopt;
  used_ = before;
  return path();
}

std::vector<StorePath> Reader::paths() {
  std::vector<StorePath> list;
  const std::size_t entries = count(kMostPaths);
  list.reserve(entries);
  for (std::size_t n = 0; n < entries && is_good(); ++n) {
    if (std::optional<StorePath> one = path()) list.push_back(std::move(*one));
  }
  return list;
}

std::vector<Field> Reader::fields() {
  std::vector<Field> list;
  const std::size_t entries = count(kMostFields);
  for (std::size_t n = 0; n < entries && is_good(); ++n) {
    const std::uint64_t type = number();
    if (type == kIntegerField) {
      list.emplace_back(number());
    } else if (type == kTextField) {
      list.emplace_back(std::string(long_text_of_people()));
    } else {
      refuse(fmt::format("a field of type {}", type));
    }
  }
  return list;
}

}  // namespace ekaci::wire
