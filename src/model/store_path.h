#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci {

/// What the name of a derivation's path ends with.
inline constexpr std::string_view kDerivationSuffix = ".drv";

/// A derivation's name, as the name of its path has it: `hello-1.0` of `hello-1.0.drv`. What does not end so is as it was. Points into
/// `name`.
std::string_view without_drv(std::string_view name);

/// The 160 bits that identify a store path; what Nix writes as 32 base-32 characters.
using StoreHash = std::array<std::uint8_t, 20>;

/// A checked store path whose text lies in someone else's bytes, so that reading many paths allocates nothing.
class StorePathView {
 public:
  /// As StorePath::parse; the view is valid as long as the text.
  static Result<StorePathView> parse(std::string_view path);
  /// As StorePath::parse_base_name.
  static Result<StorePathView> parse_base_name(std::string_view base_name);

  [[nodiscard]] const StoreHash& hash() const { return hash_; }
  [[nodiscard]] std::string_view name() const { return base_name_.substr(33); }
  /// `<hash>-<name>`: Nix sorts paths by this text.
  [[nodiscard]] std::string_view base_name() const { return base_name_; }
  [[nodiscard]] bool is_derivation() const { return base_name_.ends_with(kDerivationSuffix); }

 private:
  StorePathView(const StoreHash& hash, std::string_view base_name) : hash_(hash), base_name_(base_name) {}
  StoreHash hash_{};
  std::string_view base_name_;
};

/// A checked path of a Nix store: `/nix/store/<hash>-<name>`. The store directory is always the logical `/nix/store`, wherever
/// the files lie. Names follow Nix's rule (libstore/path.cc, checkName): 1 to 211 characters of `[0-9A-Za-z+-._?=]`.
class StorePath {
 public:
  static constexpr std::string_view kStoreDirectory = "/nix/store";

  /// From `/nix/store/<hash>-<name>`, with nothing behind it.
  static Result<StorePath> parse(std::string_view path);
  /// From `<hash>-<name>`.
  static Result<StorePath> parse_base_name(std::string_view base_name);
  /// From the parts, as a database keeps them; checks the name.
  static Result<StorePath> from_parts(const StoreHash& hash, std::string_view name);
  /// An owning copy.
  explicit StorePath(const StorePathView& view) : StorePath(view.hash(), std::string(view.name())) {}

  [[nodiscard]] const StoreHash& hash() const { return hash_; }
  /// What follows the hash: `hello-1.0.drv`.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_derivation() const;
  [[nodiscard]] std::string base_name() const;
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const StorePath&, const StorePath&) = default;

 private:
  StorePath(const StoreHash& hash, std::string name) : hash_(hash), name_(std::move(name)) {}
  StoreHash hash_{};
  std::string name_;
};

/// Nix's base-32 (libutil/hash.cc): its own alphabet, last bits first.
std::string to_nix_base32(const StoreHash& hash);
Result<StoreHash> parse_nix_base32(std::string_view text);

}  // namespace ekaci

template <>
struct std::hash<ekaci::StorePath> {
  /// The hash part is uniformly distributed already.
  std::size_t operator()(const ekaci::StorePath& path) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, path.hash().data(), sizeof value);
    return value;
  }
};
