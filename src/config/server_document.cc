#include "config/server_document.h"

#include <fmt/core.h>

#include <optional>
#include <string_view>

#include "base/text.h"
#include "config/server_keys.h"

namespace ekaci::config {
namespace {

constexpr std::size_t kCommentWidth = 100;

constexpr std::string_view kHead =
    "What stands here is the default, and may be left out. What is commented out has no default, and shows what could be written. "
    "A secret is never written here; its key says where it is:";

constexpr std::string_view kSecrets =
    "#   { environment = \"NAME\" }                 a variable of the server\n"
    "#   { file = \"/path\" }                       a file that others cannot read\n"
    "#   { credential = \"NAME\" }                  a credential of systemd\n"
    "#   { command = [\"program\", \"argument\"] }  what a command prints\n";

/// Lines of a comment, broken at blanks.
std::string comment(std::string_view text) {
  std::string lines;
  std::string line = "#";
  for (const std::string_view word : split(text, ' ')) {
    if (line.size() > 1 && line.size() + 1 + word.size() > kCommentWidth) {
      lines += line + "\n";
      line = "#";
    }
    line += " ";
    line += word;
  }
  return lines + line + "\n";
}

/// What can be written, as a sentence: `An integer, 1 to 64.`
std::string domain_of(const ServerKey& key) {
  std::string text = type_text(key);
  if (const std::string bounds = bounds_text(key); !bounds.empty()) text += ": " + bounds;
  if (!key.absence.empty()) text += fmt::format("; default: {}", key.absence);
  text.front() = static_cast<char>(text.front() - 'a' + 'A');  // all begin with an ASCII letter, see type_text()
  return text + ".";
}

std::string example_of(const ServerKey& key) {
  const std::optional<std::string> value = value_text(key, ServerConfiguration{});
  const std::string line = value ? fmt::format("{} = {}\n", key.name, *value) : fmt::format("# {} = {}\n", key.name, key.sample);
  return comment(key.meaning) + comment(domain_of(key)) + line;
}

/// Code in a cell of markdown's tables.
std::string code(std::string_view text) { return fmt::format("`{}`", text); }

std::string row_of(const ServerKey& key) {
  const std::optional<std::string> value = value_text(key, ServerConfiguration{});
  const std::string bounds = bounds_text(key);
  return fmt::format("| `{}` | {}{} | {} | {} |\n", key.name, type_text(key), bounds.empty() ? "" : ": " + bounds,
                     value ? code(*value) : std::string(key.absence), key.meaning);
}

}  // namespace

std::string example_server_configuration() {
  std::string text = comment("The configuration of `ekaci serve`.") + "#\n" + comment(kHead) + std::string(kSecrets);
  for (const ServerTable& table : server_tables()) {
    text += fmt::format("\n{}[{}]\n", comment(table.meaning), table.name);
    for (const ServerKey& key : server_keys_of(table.name)) text += "\n" + example_of(key);
  }
  return text;
}

std::string server_configuration_reference() {
  std::string text;
  for (const ServerTable& table : server_tables()) {
    text += fmt::format("{}### `[{}]`\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n", text.empty() ? "" : "\n",
                        table.name, table.meaning);
    for (const ServerKey& key : server_keys_of(table.name)) text += row_of(key);
  }
  return text;
}

}  // namespace ekaci::config
