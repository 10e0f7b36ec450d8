#include "net/url.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/letter_case.h"
#include "net/headers.h"

namespace ekaci::net {
namespace {

constexpr std::size_t kMaxHostBytes = 253;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_unreserved(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
bool is_printable(char c) { return c > ' ' && c < '\x7f'; }
bool is_host_character(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_ipv6_character(char c) { return is_hexadecimal(c) || c == ':' || c == '.'; }

Failure bad(std::string_view why) { return fail(ErrorCode::invalid_argument, "bad URL: {}", why); }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end || port == 0) return std::nullopt;
  return port;
}

/// What is behind `//` and before the path.
Result<void> read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return bad("it has a user name or password in it; send them in a header");
  const bool is_ipv6 = authority.starts_with('[');
  const std::size_t host_end = is_ipv6 ? authority.find(']') : authority.find(':');
  if (is_ipv6 && host_end == std::string_view::npos) return bad("the bracket before its host is not closed");
  const std::string_view host = is_ipv6 ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  if (host.empty()) return bad("it names no host");
  if (host.size() > kMaxHostBytes || !std::ranges::all_of(host, is_ipv6 ? is_ipv6_character : is_host_character)) {
    return bad("its host is no name and no address");
  }
  url.host = lower_case(host);
  const std::string_view rest = host_end == std::string_view::npos ? "" : authority.substr(host_end + (is_ipv6 ? 1 : 0));
  if (rest.empty()) return {};
  if (rest.front() == ':') url.port = parse_port(rest.substr(1));
  if (!url.port) return bad("its port is no number from 1 to 65535");
  return {};
}

}  // namespace

std::string encode_path_segment(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += encode_path_segment(name) + "=" + encode_path_segment(value);
  }
  return query;
}

Result<std::string> decode_percent(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    if (digits.size() != 2 || !std::ranges::all_of(digits, is_hexadecimal)) {
      return fail(ErrorCode::invalid_argument, "a % is not followed by two hexadecimal digits");
    }
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

std::uint16_t Url::effective_port() const {
  if (port) return *port;
  return scheme == "https" ? 443 : 80;
}

std::string Url::origin() const {
  const std::string bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return scheme + "://" + bracketed + (port ? fmt::format(":{}", *port) : "");
}

std::string Url::to_string() const { return origin() + path + (query.empty() ? "" : "?" + query); }

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return bad(fmt::format("it is longer than {} bytes", kMaxUrlBytes));
  if (!std::ranges::all_of(text, is_printable)) return bad("it has a space, a control character, or one that is not ASCII");
  if (text.find('#') != std::string_view::npos) return bad("it has a fragment");
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad("it is not absolute; it has to begin with http:// or https://");
  Url url{.scheme = lower_case(text.substr(0, scheme_end))};
  if (url.scheme != "http" && url.scheme != "https") return bad("it has to begin with http:// or https://");

  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (auto read = read_authority(rest.substr(0, authority_end), url); !read) return fail(std::move(read).error());
  const std::string_view behind = rest.substr(authority_end);
  const std::size_t path_end = std::min(behind.find('?'), behind.size());
  url.path = path_end == 0 ? "/" : behind.substr(0, path_end);
  if (path_end < behind.size()) url.query = behind.substr(path_end + 1);
  if (!decode_percent(url.path) || !decode_percent(url.query)) return bad("a % in it is not followed by two hexadecimal digits");
  return url;
}

}  // namespace ekaci::net
