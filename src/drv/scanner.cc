#include "drv/scanner.h"

#include <fmt/core.h>

#include <array>
#include <utility>

namespace ekaci::drv {
namespace {

// The bytes at which copying a string has to stop and think: its end, an escape, and what Nix would have escaped.
constexpr auto kIsSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : std::string_view("\"\\\n\r\t")) special[static_cast<unsigned char>(c)] = true;
  return special;
}();

/// `/nix/store/`, 32 characters of hash, `-`, and the longest name.
constexpr std::size_t kLongestPath = 11 + 32 + 1 + 211;

std::optional<char> unescaped(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

}  // namespace

void Scanner::refuse(ErrorCode code, std::string message) {
  if (failed()) return;
  error_.emplace(code, std::move(message));
  at_ = bytes_.size();
}

void Scanner::refuse(std::size_t offset, std::string_view expected) {
  const bool ended = offset >= bytes_.size();
  refuse(ErrorCode::corrupt,
         fmt::format("not a derivation as Nix writes it: {} byte {}, expected {}", ended ? "it ends at" : "at", offset, expected));
}

void Scanner::refuse_entries() {
  refuse(ErrorCode::resource_exhausted, fmt::format("a derivation's list has more than {} entries (byte {})", kMaxListEntries, at_));
}

void Scanner::expect(std::string_view text) {
  if (failed()) return;
  if (rest().starts_with(text)) {
    at_ += text.size();
  } else {
    refuse(at_, fmt::format("'{}'", text));
  }
}

bool Scanner::accept(char c) {
  if (at_ == bytes_.size() || bytes_[at_] != c) return false;
  ++at_;
  return true;
}

std::string_view Scanner::raw_string() {
  expect("\"");
  if (failed()) return {};
  const std::size_t end = bytes_.find('"', at_);
  if (end == std::string_view::npos) {
    refuse(bytes_.size(), "the string's closing quote");
    return {};
  }
  const std::string_view text = bytes_.substr(at_, end - at_);
  if (const std::size_t escape = text.find('\\'); escape != std::string_view::npos) {
    refuse(at_ + escape, "no escape in this field");
    return {};
  }
  at_ = end + 1;
  return text;
}

std::string Scanner::escaped_string() {
  std::string text;
  expect("\"");
  while (!failed()) {
    std::size_t stop = at_;
    while (stop < bytes_.size() && !kIsSpecial[static_cast<unsigned char>(bytes_[stop])]) ++stop;
    text.append(bytes_, at_, stop - at_);
    at_ = stop;
    if (accept('"')) return text;
    const bool escape = stop + 1 < bytes_.size() && bytes_[stop] == '\\';
    const std::optional<char> c = escape ? unescaped(bytes_[stop + 1]) : std::nullopt;
    if (!c) {
      refuse(stop, R"(text with the escapes \", \\, \n, \r, \t, and a closing quote)");
      return {};
    }
    text += *c;
    at_ = stop + 2;
  }
  return {};
}

std::optional<StorePathView> Scanner::path() {
  const std::size_t start = at_;
  const std::string_view text = raw_string();
  if (failed()) return std::nullopt;
  // What is longer is none, and would be copied into an error.
  const Result<StorePathView> path = StorePathView::parse(text.substr(0, kLongestPath + 1));
  if (!path) {
    refuse(start, "a path of /nix/store");
    return std::nullopt;
  }
  return *path;
}

void Scanner::expect_end() {
  if (!failed() && at_ != bytes_.size()) refuse(at_, "the end");
}

}  // namespace ekaci::drv
