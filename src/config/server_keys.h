#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/server_configuration.h"

// The one table of what a server's configuration has: it is read by it, and example and documentation are made of it.

namespace ekaci::config {

/// A field of the configuration, seen as a value of one of TOML's types.
template <class Value>
struct Field {
  std::optional<Value> (*get)(const ServerConfiguration&) = nullptr;  ///< nullopt where it is empty
  void (*set)(ServerConfiguration&, const Value&) = nullptr;
};

/// `true` or `false`.
struct FlagKey {
  Field<bool> field{};
};
/// A whole number between bounds.
struct IntegerKey {
  Field<std::uint64_t> field{};
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
/// A duration's text (config/quantities.h), between bounds.
struct DurationKey {
  Field<std::chrono::seconds> field{};
  std::chrono::seconds least{};
  std::chrono::seconds most{};
};
/// A size's text (config/quantities.h), between bounds in bytes.
struct SizeKey {
  Field<std::uint64_t> field{};
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
/// A text that obeys a rule.
struct TextKey {
  Field<std::string> field{};
  bool (*obeys)(std::string_view) = nullptr;
  std::string_view rule{};  ///< what it must be: `an absolute path`
};
/// One of some words; the value is its index.
struct ChoiceKey {
  Field<std::size_t> field{};
  std::span<const std::string_view> words{};
};
/// Some of some words, each once.
struct ChoicesKey {
  Field<std::vector<std::string>> field{};
  std::span<const std::string_view> words{};
};
/// Logins on GitHub, each once; kept in lower case.
struct LoginsKey {
  Field<std::vector<std::string>> field{};
  std::size_t most = 0;
};
/// Whole numbers between bounds, rising.
struct RisingKey {
  Field<std::vector<std::uint64_t>> field{};
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::size_t longest = 0;
};
/// A table that says where a secret is.
struct SecretKey {
  Field<SecretSource> field{};
};

using KeyKind = std::variant<FlagKey, IntegerKey, DurationKey, SizeKey, TextKey, ChoiceKey, ChoicesKey, LoginsKey, RisingKey, SecretKey>;

struct ServerKey {
  std::string_view table{};    ///< `server`
  std::string_view name{};     ///< `listen`
  std::string_view meaning{};  ///< a text of one line
  KeyKind kind{};
  std::string_view absence{};  ///< what its absence means, where it has no default
  std::string_view sample{};   ///< a value that could be written, as TOML; likewise
};

struct ServerTable {
  std::string_view name{};
  std::string_view meaning{};
};

/// The tables, in the order of the documentation. Static.
std::span<const ServerTable> server_tables();
/// The keys of all tables, table by table. Static.
std::span<const ServerKey> server_keys();
/// Those of one table.
std::span<const ServerKey> server_keys_of(std::string_view table);

/// The names of a secret's table, as in `private_key = { file = "/…" }`. Static.
std::span<const std::string_view> secret_kinds();

/// What type it has, with its article: `a duration such as "15m"`.
std::string type_text(const ServerKey& key);
/// What values are allowed: `1 to 64`; empty where the type says it all.
std::string bounds_text(const ServerKey& key);
/// What it is in a configuration, as TOML; nullopt where it is empty.
std::optional<std::string> value_text(const ServerKey& key, const ServerConfiguration& configuration);

}  // namespace ekaci::config
