#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci::net {

/// The most bytes and links of a Link header that are read.
inline constexpr std::size_t kMaxLinkHeaderBytes = std::size_t{64} << 10U;
inline constexpr std::size_t kMaxLinks = 100;

struct LinkParameter {
  std::string name{};  ///< in lower case
  std::string value{};
  friend bool operator==(const LinkParameter&, const LinkParameter&) = default;
};

/// One link of a Link header (RFC 8288 section 3).
struct Link {
  std::string target{};  ///< between `<` and `>`, as it was sent: it may be relative
  std::vector<LinkParameter> parameters{};

  /// The first value of a parameter; the name in lower case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// Whether `rel` has this relation, which may be one of several.
  [[nodiscard]] bool has_relation(std::string_view relation) const;

  friend bool operator==(const Link&, const Link&) = default;
};

/// Reads all values of a message's Link headers, joined by commas (Headers::joined). corrupt where it is not what RFC 8288 says or
/// exceeds a bound.
Result<std::vector<Link>> parse_links(std::string_view header);

/// The target of the first link with a relation, such as `next`.
std::optional<std::string> find_link(const std::vector<Link>& links, std::string_view relation);

}  // namespace ekaci::net
