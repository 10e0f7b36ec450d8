#include <fmt/core.h>

#include "config/quantities.h"
#include "config/server_keys.h"

namespace ekaci::config {
namespace {

using std::chrono::seconds;

/// A TOML basic string. What the configuration's rules let through has neither control characters nor invalid UTF-8.
std::string in_quotes(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    written += c;
  }
  return written + "\"";
}

template <class Values, class Write>
std::string joined(const Values& values, const Write& write) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + write(value);
  return text;
}

std::string written(bool value) { return value ? "true" : "false"; }
std::string written(std::uint64_t value) { return fmt::format("{}", value); }
std::string written(std::string_view value) { return in_quotes(value); }
std::string written(const std::vector<std::string>& values) { return "[" + joined(values, in_quotes) + "]"; }
std::string written(const std::vector<std::uint64_t>& values) {
  return "[" + joined(values, [](std::uint64_t value) { return fmt::format("{}", value); }) + "]";
}

struct WriteSecret {
  std::string operator()(const EnvironmentSecret& source) const {
    return fmt::format("{{ environment = {} }}", in_quotes(source.variable));
  }
  std::string operator()(const FileSecret& source) const { return fmt::format("{{ file = {} }}", in_quotes(source.path)); }
  std::string operator()(const CredentialSecret& source) const { return fmt::format("{{ credential = {} }}", in_quotes(source.name)); }
  std::string operator()(const CommandSecret& source) const { return fmt::format("{{ command = {} }}", written(source.arguments)); }
};

struct WriteValue {
  const ServerConfiguration& configuration;

  template <class Key>
  std::optional<std::string> operator()(const Key& key) const {
    const auto value = key.field.get(configuration);
    return value ? std::optional(write(key, *value)) : std::nullopt;
  }

 private:
  template <class Key, class Value>
  static std::string write(const Key& /*key*/, const Value& value) {
    return written(value);
  }
  static std::string write(const DurationKey& /*key*/, seconds value) { return in_quotes(duration_text(value)); }
  static std::string write(const SizeKey& /*key*/, std::uint64_t value) { return in_quotes(size_text(value)); }
  static std::string write(const ChoiceKey& key, std::size_t value) { return in_quotes(key.words[value]); }
  static std::string write(const SecretKey& /*key*/, const SecretSource& value) { return std::visit(WriteSecret{}, value); }
};

struct DescribeType {
  std::string operator()(const FlagKey& /*key*/) const { return "true or false"; }
  std::string operator()(const IntegerKey& /*key*/) const { return "an integer"; }
  std::string operator()(const DurationKey& /*key*/) const { return R"(a duration such as "90s", "15m", "2h" or "7d")"; }
  std::string operator()(const SizeKey& /*key*/) const { return R"(a size such as "512MiB" or "8GiB")"; }
  std::string operator()(const TextKey& /*key*/) const { return "a string"; }
  std::string operator()(const ChoiceKey& /*key*/) const { return "a string"; }
  std::string operator()(const ChoicesKey& /*key*/) const { return "an array of strings"; }
  std::string operator()(const LoginsKey& /*key*/) const { return "an array of strings"; }
  std::string operator()(const RisingKey& /*key*/) const { return "an array of integers"; }
  std::string operator()(const SecretKey& /*key*/) const { return R"(a table that says where the secret is, such as { file = "/path" })"; }
};

struct DescribeBounds {
  std::string operator()(const FlagKey& /*key*/) const { return {}; }
  std::string operator()(const IntegerKey& key) const { return fmt::format("{} to {}", key.least, key.most); }
  std::string operator()(const DurationKey& key) const {
    return fmt::format("{} to {}", duration_text(key.least), duration_text(key.most));
  }
  std::string operator()(const SizeKey& key) const { return fmt::format("{} to {}", size_text(key.least), size_text(key.most)); }
  std::string operator()(const TextKey& key) const { return std::string(key.rule); }
  std::string operator()(const ChoiceKey& key) const { return "one of " + joined(key.words, in_quotes); }
  std::string operator()(const ChoicesKey& key) const { return "each once, of " + joined(key.words, in_quotes); }
  std::string operator()(const LoginsKey& key) const { return fmt::format("at most {} logins on GitHub, each once", key.most); }
  std::string operator()(const RisingKey& key) const {
    return fmt::format("1 to {} integers, rising, each {} to {}", key.longest, key.least, key.most);
  }
  std::string operator()(const SecretKey& /*key*/) const { return {}; }
};

}  // namespace

std::string type_text(const ServerKey& key) { return std::visit(DescribeType{}, key.kind); }

std::string bounds_text(const ServerKey& key) { return std::visit(DescribeBounds{}, key.kind); }

std::optional<std::string> value_text(const ServerKey& key, const ServerConfiguration& configuration) {
  return std::visit(WriteValue{configuration}, key.kind);
}

}  // namespace ekaci::config
