#include "config/server_configuration.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/letter_case.h"
#include "base/text.h"
#include "config/quantities.h"
#include "config/server_keys.h"
#include "config/server_values.h"
#include "config/suggestion.h"
#include "config/toml_document.h"

namespace ekaci::config {
namespace {

constexpr std::size_t kLongestKey = 100;
constexpr std::size_t kMostArguments = 64;
constexpr std::size_t kLongestArgument = 4096;

/// Reads the document key by key; every failure says where it is in the file, and none repeats a value.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Result<ServerConfiguration> read(const TomlValue& document);

  // One for each kind of key: reads a value into its field.
  Status operator()(const FlagKey& key);
  Status operator()(const IntegerKey& key);
  Status operator()(const DurationKey& key);
  Status operator()(const SizeKey& key);
  Status operator()(const TextKey& key);
  Status operator()(const ChoiceKey& key);
  Status operator()(const ChoicesKey& key);
  Status operator()(const LoginsKey& key);
  Status operator()(const RisingKey& key);
  Status operator()(const SecretKey& key);

 private:
  Status read_table(const TomlValue& table);
  Status unknown(const TomlValue& member, std::string_view owner, std::span<const std::string_view> known) const;
  Status expect(const TomlValue& value, TomlKind kind) const;
  template <class Key, class Value>
  Status keep_within(const Key& key, Value value);
  template <class Accept>
  Result<std::vector<std::string>> read_set(const TomlValue& array, const Accept& accept) const;
  Result<SecretSource> read_source(const TomlValue& member) const;
  Result<std::vector<std::string>> read_command(const TomlValue& array) const;
  Status check_app(const TomlValue& document) const;
  Status check_socket(const TomlValue& document) const;

  [[nodiscard]] Failure error(TomlPlace place, std::string_view message) const { return error_at(file_, place, message); }
  /// `'server.listen' must be …`, at the value.
  [[nodiscard]] Failure must_be(const TomlValue& value, std::string_view what) const {
    return error(value.place, fmt::format("'{}.{}' must be {}", key_->table, key_->name, what));
  }

  std::string_view file_;
  ServerConfiguration configuration_{};
  // What is being read.
  const ServerKey* key_ = nullptr;
  const TomlValue* value_ = nullptr;
};

Status Reader::unknown(const TomlValue& member, std::string_view owner, std::span<const std::string_view> known) const {
  const std::optional<std::string_view> meant = nearest(member.key, known);
  std::string hint = meant ? fmt::format("; did you mean '{}'?", *meant) : std::string("; known are: ");
  for (std::size_t i = 0; !meant && i < known.size(); ++i) hint += fmt::format("{}'{}'", i == 0 ? "" : ", ", known[i]);
  return error(member.key_place, fmt::format("{} has no key '{}'{}", owner, clip(printable_line(member.key), kLongestKey), hint));
}

Status Reader::expect(const TomlValue& value, TomlKind kind) const {
  if (value.kind == kind) return {};
  return must_be(value, fmt::format("{}, not {}", type_text(*key_), to_string(value.kind)));
}

Result<ServerConfiguration> Reader::read(const TomlValue& document) {
  std::vector<std::string_view> known;
  for (const ServerTable& table : server_tables()) known.push_back(table.name);
  for (const TomlValue& member : document.children) {
    if (std::ranges::find(known, member.key) == known.end()) return fail(unknown(member, "the configuration", known).error());
    if (member.kind != TomlKind::table) {
      return error(member.place, fmt::format("'{}' must be a table, [{}], not {}", member.key, member.key, to_string(member.kind)));
    }
    if (const Status table = read_table(member); !table) return fail(table.error());
  }
  if (const Status app = check_app(document); !app) return fail(app.error());
  if (const Status socket = check_socket(document); !socket) return fail(socket.error());
  return std::move(configuration_);
}

Status Reader::read_table(const TomlValue& table) {
  const std::span<const ServerKey> keys = server_keys_of(table.key);
  for (const TomlValue& member : table.children) {
    const auto key = std::ranges::find(keys, member.key, &ServerKey::name);
    if (key == keys.end()) {
      std::vector<std::string_view> known;
      for (const ServerKey& of_table : keys) known.push_back(of_table.name);
      return unknown(member, fmt::format("[{}]", table.key), known);
    }
    key_ = &*key;
    value_ = &member;
    if (Status read = std::visit(*this, key->kind); !read) return read;
  }
  return {};
}

Status Reader::operator()(const FlagKey& key) {
  if (Status boolean = expect(*value_, TomlKind::boolean); !boolean) return boolean;
  key.field.set(configuration_, value_->boolean);
  return {};
}

/// Sets the field where the value is within the key's bounds.
template <class Key, class Value>
Status Reader::keep_within(const Key& key, Value value) {
  if (value < key.least || value > key.most) return must_be(*value_, bounds_text(*key_));
  key.field.set(configuration_, value);
  return {};
}

Status Reader::operator()(const IntegerKey& key) {
  if (Status integer = expect(*value_, TomlKind::integer); !integer) return integer;
  if (value_->integer < 0) return must_be(*value_, bounds_text(*key_));
  return keep_within(key, static_cast<std::uint64_t>(value_->integer));
}

Status Reader::operator()(const DurationKey& key) {
  if (Status string = expect(*value_, TomlKind::string); !string) return string;
  const auto duration = parse_duration(value_->text);
  return duration ? keep_within(key, *duration) : Status(must_be(*value_, type_text(*key_)));
}

Status Reader::operator()(const SizeKey& key) {
  if (Status string = expect(*value_, TomlKind::string); !string) return string;
  const auto bytes = parse_size(value_->text);
  return bytes ? keep_within(key, *bytes) : Status(must_be(*value_, type_text(*key_)));
}

Status Reader::operator()(const TextKey& key) {
  if (Status string = expect(*value_, TomlKind::string); !string) return string;
  if (!key.obeys(value_->text)) return must_be(*value_, key.rule);
  key.field.set(configuration_, value_->text);
  return {};
}

Status Reader::operator()(const ChoiceKey& key) {
  if (Status string = expect(*value_, TomlKind::string); !string) return string;
  const auto word = std::ranges::find(key.words, value_->text);
  if (word == key.words.end()) return must_be(*value_, bounds_text(*key_));
  key.field.set(configuration_, static_cast<std::size_t>(word - key.words.begin()));
  return {};
}

/// The strings of an array, each accepted and there once.
template <class Accept>
Result<std::vector<std::string>> Reader::read_set(const TomlValue& array, const Accept& accept) const {
  if (const Status is_array = expect(array, TomlKind::array); !is_array) return fail(is_array.error());
  std::vector<std::string> texts;
  for (const TomlValue& element : array.children) {
    if (element.kind != TomlKind::string) return fail(expect(element, TomlKind::array).error());
    std::optional<std::string> text = accept(element.text);
    if (!text) return must_be(element, bounds_text(*key_));
    texts.push_back(std::move(*text));
  }
  std::vector<std::string_view> sorted(texts.begin(), texts.end());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return must_be(array, bounds_text(*key_));
  return texts;
}

Status Reader::operator()(const ChoicesKey& key) {
  auto words = read_set(*value_, [&](const std::string& text) {
    return std::ranges::find(key.words, text) == key.words.end() ? std::nullopt : std::optional(text);
  });
  if (!words) return fail(words.error());
  key.field.set(configuration_, *words);
  return {};
}

Status Reader::operator()(const LoginsKey& key) {
  auto logins = read_set(*value_, [](const std::string& text) { return is_login(text) ? std::optional(lower_case(text)) : std::nullopt; });
  if (!logins) return fail(logins.error());
  if (logins->size() > key.most) return must_be(*value_, bounds_text(*key_));
  key.field.set(configuration_, *logins);
  return {};
}

Status Reader::operator()(const RisingKey& key) {
  if (Status array = expect(*value_, TomlKind::array); !array) return array;
  if (value_->children.empty() || value_->children.size() > key.longest) return must_be(*value_, bounds_text(*key_));
  std::vector<std::uint64_t> numbers;
  for (const TomlValue& element : value_->children) {
    if (element.kind != TomlKind::integer)
      return must_be(element, fmt::format("{}; here is {}", type_text(*key_), to_string(element.kind)));
    const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(element.integer, 0));
    const bool rises = numbers.empty() || numbers.back() < number;
    if (!rises || number < key.least || number > key.most) return must_be(element, bounds_text(*key_));
    numbers.push_back(number);
  }
  key.field.set(configuration_, numbers);
  return {};
}

Status Reader::operator()(const SecretKey& key) {
  if (Status table = expect(*value_, TomlKind::table); !table) return table;
  for (const TomlValue& member : value_->children) {
    const std::span<const std::string_view> known = secret_kinds();
    if (std::ranges::find(known, member.key) == known.end()) {
      return unknown(member, fmt::format("'{}.{}'", key_->table, key_->name), known);
    }
  }
  if (value_->children.size() != 1) return must_be(*value_, "a table with one of 'environment', 'file', 'credential' and 'command'");
  Result<SecretSource> source = read_source(value_->children.front());
  if (!source) return fail(source.error());
  key.field.set(configuration_, *source);
  return {};
}

Result<SecretSource> Reader::read_source(const TomlValue& member) const {
  const std::string name = fmt::format("'{}.{}.{}'", key_->table, key_->name, member.key);
  if (member.key == "command") {
    Result<std::vector<std::string>> arguments = read_command(member);
    if (!arguments) return fail(arguments.error());
    return CommandSecret{std::move(*arguments)};
  }
  if (member.kind != TomlKind::string) return error(member.place, fmt::format("{} must be a string, not {}", name, to_string(member.kind)));
  if (member.key == "environment") {
    if (is_variable(member.text)) return EnvironmentSecret{member.text};
    return error(member.place, fmt::format("{} must be the name of a variable: letters, digits and '_', no digit first", name));
  }
  if (member.key == "credential") {
    if (is_credential(member.text)) return CredentialSecret{member.text};
    return error(member.place, fmt::format("{} must be the name of a systemd credential: letters, digits, '.', '-' and '_'", name));
  }
  if (is_absolute_path(member.text)) return FileSecret{member.text};
  return error(member.place, fmt::format("{} must be an absolute path", name));
}

Result<std::vector<std::string>> Reader::read_command(const TomlValue& array) const {
  const Failure wrong =
      error(array.place, fmt::format("'{}.{}.command' must be an array of a program and its arguments, at most {} strings "
                                     "of at most {} bytes; the program an absolute path, or a name that is in $PATH",
                                     key_->table, key_->name, kMostArguments, kLongestArgument));
  if (array.kind != TomlKind::array || array.children.empty() || array.children.size() > kMostArguments) return wrong;
  std::vector<std::string> arguments;
  for (const TomlValue& element : array.children) {
    const bool is_argument =
        element.kind == TomlKind::string && element.text.size() <= kLongestArgument && element.text.find('\0') == std::string::npos;
    if (!is_argument) return wrong;
    arguments.push_back(element.text);
  }
  const std::string& program = arguments.front();
  const bool is_name = !program.empty() && program.find('/') == std::string::npos && printable_line(program) == program;
  if (!is_name && !is_absolute_path(program)) return wrong;
  return arguments;
}

/// What belongs to an App is there as a whole or not at all.
Status Reader::check_app(const TomlValue& document) const {
  const TomlValue* const github = document.find("github");
  if (github == nullptr) return {};
  const GithubSettings& settings = configuration_.github;
  if (const TomlValue* const app = github->find("app_id")) {
    const auto missing = [&](std::string_view key) {
      return error(app->key_place, fmt::format("'github.app_id' wants '{}' as well", key));
    };
    if (!configuration_.server.url) return missing("server.url");
    if (!settings.private_key) return missing("github.private_key");
    if (!settings.webhook_secret) return missing("github.webhook_secret");
    return {};
  }
  for (const std::string_view key : {"private_key", "webhook_secret", "previous_webhook_secret"}) {
    const TomlValue* const secret = github->find(key);
    if (secret != nullptr) return error(secret->key_place, fmt::format("'github.{}' wants 'github.app_id' as well", key));
  }
  return {};
}

/// The socket's default follows the state directory, which may be longer than a socket's path.
Status Reader::check_socket(const TomlValue& document) const {
  if (is_socket_path(configuration_.server.control_socket().string())) return {};
  const TomlValue& server = *document.find("server");  // for the default fits
  return error(server.find("state")->place, "'server.state' is too long for the socket in it: set 'server.socket', at most 107 bytes");
}

}  // namespace

Result<ServerConfiguration> parse_server_configuration(std::string_view text, std::string_view file) {
  const Result<TomlValue> document = parse_toml(text, file);
  if (!document) return fail(document.error());
  return Reader(file).read(*document);
}

}  // namespace ekaci::config
