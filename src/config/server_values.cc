#include "config/server_values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "base/text.h"
#include "config/server_configuration.h"

namespace ekaci::config {
namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestSocket = 107;
constexpr std::size_t kLongestUrl = 1024;
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestLogin = 100;
constexpr std::size_t kLongestPrefix = 30;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || others.find(c) != std::string_view::npos; });
}
bool is_printable(std::string_view text) { return printable_line(text) == text; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end) return std::nullopt;
  return port;
}

/// A host with an optional port, as both come in a URL.
struct Authority {
  std::string_view host;  ///< an IPv6 address without its brackets
  bool is_bracketed = false;
  std::optional<std::string_view> port{};
};

/// Takes `[::1]:80`, `host:80` or `host` apart; nullopt where that is not it.
std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    authority = {.host = text.substr(1, close - 1), .is_bracketed = true};
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    authority.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
  if (!rest.empty()) authority.port = rest.substr(1);
  const bool is_host = authority.is_bracketed ? authority.host.find(':') != std::string_view::npos && consists_of(authority.host, ":.")
                                              : consists_of(authority.host, "-._");
  if (authority.host.empty() || authority.host.size() > kLongestName || !is_host) return std::nullopt;
  return authority;
}

struct BaseUrl {
  bool is_secure = false;
  Authority authority{};
};

std::optional<BaseUrl> parse_base_url(std::string_view text) {
  if (text.size() > kLongestUrl || text.ends_with('/')) return std::nullopt;
  const bool is_secure = text.starts_with("https://");
  if (!is_secure && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(text.find("//") + 2);
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::optional<Authority> authority = parse_authority(text.substr(0, slash));
  const bool is_path = consists_of(text.substr(slash), "/-._~%");
  const bool is_port = authority && (!authority->port || parse_port(*authority->port).value_or(0) != 0);
  if (!is_port || !is_path) return std::nullopt;
  return BaseUrl{.is_secure = is_secure, .authority = *authority};
}

bool is_of_this_machine(const Authority& authority) {
  if (authority.is_bracketed) return authority.host == "::1";
  // A name that begins so is no address: it may be anybody's.
  const bool is_address = std::ranges::all_of(authority.host, [](char c) { return is_digit(c) || c == '.'; });
  return authority.host == "localhost" || (is_address && authority.host.starts_with("127."));
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const std::optional<Authority> authority = parse_authority(text);
  const std::optional<std::uint16_t> port = authority && authority->port ? parse_port(*authority->port) : std::nullopt;
  if (!port) return fail(ErrorCode::invalid_argument, "a listening address is host:port, such as 127.0.0.1:8080 or [::1]:8080");
  return ListenAddress{.host = std::string(authority->host), .port = *port};
}

std::string ListenAddress::to_string() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

bool is_absolute_path(std::string_view text) {
  if (!text.starts_with('/') || text.size() > kLongestPath || !is_printable(text)) return false;
  if (text.size() > 1 && text.ends_with('/')) return false;
  return std::ranges::none_of(split(text, '/'), [](std::string_view name) { return name == "." || name == ".."; });
}

bool is_socket_path(std::string_view text) { return is_absolute_path(text) && text.size() <= kLongestSocket; }

bool is_base_url(std::string_view text) { return parse_base_url(text).has_value(); }

bool is_safe_base_url(std::string_view text) {
  const std::optional<BaseUrl> url = parse_base_url(text);
  return url && (url->is_secure || is_of_this_machine(url->authority));
}

bool is_listen_address(std::string_view text) { return ListenAddress::parse(text).has_value(); }

bool is_login(std::string_view text) {
  constexpr std::string_view kBot = "[bot]";
  if (text.ends_with(kBot)) text.remove_suffix(kBot.size());
  return !text.empty() && text.size() <= kLongestLogin && consists_of(text, "-_");
}

bool is_label_prefix(std::string_view text) {
  // A blank may stand at its end, in front of the number.
  const std::string_view core = text.ends_with(' ') ? text.substr(0, text.size() - 1) : text;
  // With none, all labels would be ours to take away.
  return !core.empty() && is_printable(core) && display_width(text) <= kLongestPrefix && text.find(',') == std::string_view::npos;
}

bool is_store(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::string_view kRoot = "local?root=";
  if (text.starts_with(kUnix)) return is_socket_path(text.substr(kUnix.size()));
  if (text.starts_with(kRoot)) return is_absolute_path(text.substr(kRoot.size()));
  return text == "daemon" || text == "local";
}

bool is_variable(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && !is_digit(text.front()) && consists_of(text, "_");
}

bool is_credential(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && consists_of(text, ".-_") && text != "." && text != "..";
}

}  // namespace ekaci::config
