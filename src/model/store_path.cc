#include "model/store_path.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace ekaci {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdfghijklmnpqrsvwxyz";
constexpr std::size_t kHashCharacters = 32;
constexpr std::size_t kMaxName = 211;

constexpr std::string_view kNameCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-._?=";
constexpr std::uint8_t kNoDigit = 0xff;

// Graphs of millions of edges are read through these: a table look-up for each character instead of a search.
constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t n = 0; n < kAlphabet.size(); ++n) digits[static_cast<unsigned char>(kAlphabet[n])] = static_cast<std::uint8_t>(n);
  return digits;
}();
constexpr auto kIsNameCharacter = [] {
  std::array<bool, 256> allowed{};
  for (const char c : kNameCharacters) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}();

bool is_name_character(char c) { return kIsNameCharacter[static_cast<unsigned char>(c)]; }

bool is_name(std::string_view name) { return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, is_name_character); }

Failure not_a_name(std::string_view name) {
  return fail(ErrorCode::invalid_argument, "not a store path's name: '{}'", printable_line(name));
}

}  // namespace

std::string_view without_drv(std::string_view name) {
  if (name.ends_with(kDerivationSuffix)) name.remove_suffix(kDerivationSuffix.size());
  return name;
}

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
    const unsigned digit = kDigits[static_cast<unsigned char>(text[kHashCharacters - 1 - n])];
    if (digit == kNoDigit) return fail(ErrorCode::invalid_argument, "not a store hash: '{}'", printable_line(text));
    const std::size_t bit = n * 5;
    const std::size_t byte = bit / 8;
    const std::size_t shift = bit % 8;
    hash[byte] = static_cast<std::uint8_t>(hash[byte] | (digit << shift));
    if (byte + 1 < hash.size()) hash[byte + 1] = static_cast<std::uint8_t>(hash[byte + 1] | (digit >> (8 - shift)));
  }
  return hash;
}

Result<StorePathView> StorePathView::parse(std::string_view path) {
  constexpr std::string_view kDirectory = StorePath::kStoreDirectory;
  const bool in_store = path.starts_with(kDirectory) && path.size() > kDirectory.size() && path[kDirectory.size()] == '/';
  if (!in_store) return fail(ErrorCode::invalid_argument, "not a path of {}: '{}'", kDirectory, printable_line(path));
  return parse_base_name(path.substr(kDirectory.size() + 1));
}

Result<StorePathView> StorePathView::parse_base_name(std::string_view base_name) {
  if (base_name.size() <= kHashCharacters || base_name[kHashCharacters] != '-') {
    return fail(ErrorCode::invalid_argument, "not a store path: '{}'", printable_line(base_name));
  }
  const Result<StoreHash> hash = parse_nix_base32(base_name.substr(0, kHashCharacters));
  if (!hash) return fail(hash.error());
  const std::string_view name = base_name.substr(kHashCharacters + 1);
  if (!is_name(name)) return not_a_name(name);
  return StorePathView(*hash, base_name);
}

Result<StorePath> StorePath::parse(std::string_view path) {
  const Result<StorePathView> view = StorePathView::parse(path);
  if (!view) return fail(view.error());
  return StorePath(*view);
}

Result<StorePath> StorePath::parse_base_name(std::string_view base_name) {
  const Result<StorePathView> view = StorePathView::parse_base_name(base_name);
  if (!view) return fail(view.error());
  return StorePath(*view);
}

Result<StorePath> StorePath::from_parts(const StoreHash& hash, std::string_view name) {
  if (!is_name(name)) return not_a_name(name);
  return StorePath(hash, std::string(name));
}

bool StorePath::is_derivation() const { return name_.ends_with(kDerivationSuffix); }

std::string StorePath::base_name() const { return to_nix_base32(hash_) + "-" + name_; }

std::string StorePath::to_string() const { return std::string(kStoreDirectory) + "/" + base_name(); }

}  // namespace ekaci
