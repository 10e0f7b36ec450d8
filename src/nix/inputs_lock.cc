#include "nix/inputs_lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>

#include "base/files.h"
#include "base/text.h"

namespace ekaci::nix {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestLockFile = std::size_t{4} << 20U;
constexpr std::size_t kMostNodes = 2000;
constexpr int kDeepest = 16;
constexpr std::int64_t kOldestVersion = 5;
constexpr std::int64_t kNewestVersion = 7;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view text, std::string_view punctuation) {
  return !text.empty() &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || punctuation.find(c) != std::string_view::npos; });
}

/// Of a forge's owner or repository. `%2F` stands in GitLab's nested groups, `~` before SourceHut's users.
bool is_forge_name(std::string_view text) {
  return text.size() <= 200 && consists_of(text, "-._~%") && text.find("..") == std::string_view::npos;
}

bool is_revision(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A name with a dot in it and no port: not `localhost`. The fetcher judges the address it resolves to.
bool is_host(std::string_view text) {
  return text.size() <= 253 && consists_of(text, "-.") && text.find('.') != std::string_view::npos && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back());
}

/// `sha256-<base64>`, as flake.lock has it; the padding may be missing in old ones.
bool is_nar_hash(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256-";
  if (!text.starts_with(kPrefix)) return false;
  const std::string_view base64 = text.substr(kPrefix.size());
  return base64.size() >= 43 && base64.size() <= 44 && consists_of(base64, "+/=");
}

bool is_https_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme) || text.size() > 2000 || !consists_of(text, "-._~:/?#[]@!&()*+,;=%")) return false;
  const std::string_view rest = text.substr(kScheme.size());
  return is_host(rest.substr(0, rest.find_first_of("/?#")));
}

struct AttributeRule {
  std::string_view name;
  bool (*accepts)(std::string_view);
  bool required;
};

struct TypeRule {
  std::string_view type;
  std::span<const AttributeRule> attributes;
};

constexpr std::array<AttributeRule, 5> kForge = {{{"owner", is_forge_name, true},
                                                  {"repo", is_forge_name, true},
                                                  {"rev", is_revision, true},
                                                  {"narHash", is_nar_hash, true},
                                                  {"host", is_host, false}}};
constexpr std::array<AttributeRule, 2> kUrl = {{{"url", is_https_url, true}, {"narHash", is_nar_hash, true}}};
constexpr std::array<TypeRule, 5> kTypes = {
    {{"github", kForge}, {"gitlab", kForge}, {"sourcehut", kForge}, {"tarball", kUrl}, {"file", kUrl}}};

const std::string* text_of(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

/// The input, or why it is none.
using Candidate = tl::expected<LockedInput, std::string>;
tl::unexpected<std::string> because(std::string reason) { return tl::unexpected<std::string>(std::move(reason)); }

Candidate read_locked(const std::string& name, const json& locked) {
  const std::string* type = text_of(locked, "type");
  if (type == nullptr) return because("it has no type");
  const auto* rule = std::ranges::find(kTypes, std::string_view(*type), &TypeRule::type);
  if (rule == kTypes.end()) {
    return because(fmt::format("inputs of type '{}' are not fetched, only github, gitlab, sourcehut, tarball and file",
                               clip(printable_line(*type), 40)));
  }
  LockedInput input{.name = name, .attributes = {{"type", *type}}};
  for (const AttributeRule& attribute : rule->attributes) {
    const std::string* value = text_of(locked, attribute.name);
    if (value == nullptr && !locked.contains(attribute.name)) {
      if (attribute.required) return because(fmt::format("it is not locked: it has no {}", attribute.name));
      continue;
    }
    if (value == nullptr || !attribute.accepts(*value)) {
      const std::string shown = value == nullptr ? "" : fmt::format(" '{}'", clip(printable_line(*value), 80));
      return because(fmt::format("its {}{} is not one that is fetched", attribute.name, shown));
    }
    input.attributes.emplace_back(attribute.name, *value);
  }
  std::ranges::sort(input.attributes);
  return input;
}

void read_node(const std::string& name, const json& node, LockFile& into) {
  const auto locked = node.find("locked");
  if (locked == node.end()) return;  // the root, which is the tree itself
  Candidate input = locked->is_object() ? read_locked(name, *locked) : because("it is malformed");
  if (input) {
    into.inputs.push_back(std::move(*input));
  } else {
    into.skipped.emplace_back(name, std::move(input.error()));
  }
}

/// nlohmann's own nesting has no bound.
std::optional<json> parse_bounded(std::string_view text) {
  bool too_deep = false;
  const json::parser_callback_t look = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  json parsed = json::parse(text, look, false);
  if (parsed.is_discarded() || too_deep || !parsed.is_object()) return std::nullopt;
  return parsed;
}

}  // namespace

std::string LockedInput::expression() const {
  std::string text = "builtins.fetchTree {";
  for (const auto& [attribute, value] : attributes) text += fmt::format(" {} = \"{}\";", attribute, value);
  return text + " }";
}

std::string LockedInput::location() const {
  const auto value_of = [this](std::string_view attribute) {
    const auto found = std::ranges::find(attributes, attribute, [](const auto& entry) { return std::string_view(entry.first); });
    return found == attributes.end() ? std::string() : found->second;
  };
  if (std::string url = value_of("url"); !url.empty()) return url;
  const std::string host = value_of("host");
  return fmt::format("{}:{}/{}/{}{}", value_of("type"), value_of("owner"), value_of("repo"), value_of("rev"),
                     host.empty() ? "" : "?host=" + host);
}

Result<LockFile> parse_lock_file(std::string_view text) {
  if (text.size() > kLargestLockFile) {
    return fail(ErrorCode::resource_exhausted, "flake.lock has {} bytes; at most {} are read", text.size(), kLargestLockFile);
  }
  const std::optional<json> parsed = parse_bounded(text);
  if (!parsed) return fail(ErrorCode::invalid_argument, "flake.lock is not a JSON object");
  const auto version = parsed->find("version");
  const bool known = version != parsed->end() && version->is_number_integer() && *version >= kOldestVersion && *version <= kNewestVersion;
  if (!known) {
    return fail(ErrorCode::unsupported, "flake.lock has a version other than {} to {}; EkaCI does not know it", kOldestVersion,
                kNewestVersion);
  }
  const auto nodes = parsed->find("nodes");
  if (nodes == parsed->end() || !nodes->is_object()) return fail(ErrorCode::invalid_argument, "flake.lock has no nodes");
  if (nodes->size() > kMostNodes) {
    return fail(ErrorCode::resource_exhausted, "flake.lock has {} nodes; at most {} are read", nodes->size(), kMostNodes);
  }
  LockFile file;
  for (const auto& [name, node] : nodes->items()) read_node(name, node, file);
  return file;
}

}  // namespace ekaci::nix
