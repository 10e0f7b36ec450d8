#include "model/store_path.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace ekaci {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdfghijklmnpqrsvwxyz";
constexpr std::size_t kHashCharacters = 32;
constexpr std::size_t kMaxName = 211;

bool is_name_character(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("+-._?=").find(c) != std::string_view::npos;
}

bool is_name(std::string_view name) { return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, is_name_character); }

}  // namespace

std::string to_nix_base32(const StoreHash& hash) {
  std::string text(kHashCharacters, '0');
  for (std::size_t n = 0; n < kHashCharacters; ++n) {
    const std::size_t bit = n * 5;
    const std::size_t byte = bit / 8;
    const std::size_t shift = bit % 8;
    const unsigned low = static_cast<unsigned>(hash[byte]) >> shift;
    const unsigned high = byte + 1 < hash.size() ? static_cast<unsigned>(hash[byte + 1]) << (8 - shift) : 0U;
    text[kHashCharacters - 1 - n] = kAlphabet[(low | high) & 0x1fU];
  }
  return text;
}

Result<StoreHash> parse_nix_base32(std::string_view text) {
  if (text.size() != kHashCharacters)
    return fail(ErrorCode::invalid_argument, "a store hash has 32 characters: '{}'", printable_line(text));
  StoreHash hash{};
  for (std::size_t n = 0; n < kHashCharacters; ++n) {
    const std::size_t digit = kAlphabet.find(text[kHashCharacters - 1 - n]);
    if (digit == std::string_view::npos) return fail(ErrorCode::invalid_argument, "not a store hash: '{}'", printable_line(text));
    const std::size_t bit = n * 5;
    const std::size_t byte = bit / 8;
    const std::size_t shift = bit % 8;
    hash[byte] = static_cast<std::uint8_t>(hash[byte] | (digit << shift));
    if (byte + 1 < hash.size()) hash[byte + 1] = static_cast<std::uint8_t>(hash[byte + 1] | (digit >> (8 - shift)));
  }
  return hash;
}

Result<StorePath> StorePath::parse(std::string_view path) {
  const bool in_store = path.starts_with(kStoreDirectory) && path.size() > kStoreDirectory.size() && path[kStoreDirectory.size()] == '/';
  if (!in_store) return fail(ErrorCode::invalid_argument, "not a path of {}: '{}'", kStoreDirectory, printable_line(path));
  return parse_base_name(path.substr(kStoreDirectory.size() + 1));
}

Result<StorePath> StorePath::parse_base_name(std::string_view base_name) {
  if (base_name.size() <= kHashCharacters || base_name[kHashCharacters] != '-') {
    return fail(ErrorCode::invalid_argument, "not a store path: '{}'", printable_line(base_name));
  }
  const Result<StoreHash> hash = parse_nix_base32(base_name.substr(0, kHashCharacters));
  if (!hash) return fail(hash.error());
  return from_parts(*hash, base_name.substr(kHashCharacters + 1));
}

Result<StorePath> StorePath::from_parts(const StoreHash& hash, std::string_view name) {
  if (!is_name(name)) return fail(ErrorCode::invalid_argument, "not a store path's name: '{}'", printable_line(name));
  return StorePath(hash, std::string(name));
}

bool StorePath::is_derivation() const { return name_.ends_with(".drv"); }

std::string StorePath::base_name() const { return to_nix_base32(hash_) + "-" + name_; }

std::string StorePath::to_string() const { return std::string(kStoreDirectory) + "/" + base_name(); }

}  // namespace ekaci
