#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ekaci::net {

/// The longest URL and the longest target of a request that are taken, in bytes.
inline constexpr std::size_t kMaxUrlBytes = 8192;

/// A text as one segment of a path: all but RFC 3986's unreserved characters is percent-encoded, `/` too.
std::string encode_path_segment(std::string_view text);

/// Names and values as a query, without the `?`: `state=open&q=a%20b`. The same characters are encoded.
std::string encode_query(const std::vector<std::pair<std::string, std::string>>& parameters);

/// The bytes that a percent-encoded text stands for; invalid_argument where a `%` is not followed by two hexadecimal digits. `+` stays.
Result<std::string> decode_percent(std::string_view text);

/// An absolute http or https URL, in its parts.
struct Url {
  std::string scheme{};                 ///< `http` or `https`
  std::string host{};                   ///< in lower case; an IPv6 address without its brackets
  std::optional<std::uint16_t> port{};  ///< where one is written
  std::string path{};                   ///< percent-encoded, as it was written; begins with `/`
  std::string query{};                  ///< likewise, without the `?`

  /// The one written, or the scheme's own.
  [[nodiscard]] std::uint16_t effective_port() const;
  /// `https://host:port`, without path and query; the port only where one is written.
  [[nodiscard]] std::string origin() const;
  /// The whole. parse_url() of it gives the same again.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Url&, const Url&) = default;
};

/// invalid_argument, saying why, for all but an absolute http or https URL. A user name or password in it is refused: it would end in
/// logs; and so is a fragment. The message never holds the URL itself.
Result<Url> parse_url(std::string_view text);

}  // namespace ekaci::net
