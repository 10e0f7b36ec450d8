#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ekaci::net {

/// The most segments of a path and parameters of a query: more than any address of ours has.
inline constexpr std::size_t kMaxSegments = 64;
inline constexpr std::size_t kMaxQueryParameters = 128;

struct QueryParameter {
  std::string name{};
  std::string value{};  ///< empty where there is no `=`
  friend bool operator==(const QueryParameter&, const QueryParameter&) = default;
};

/// What stands behind the `?`, decoded: UTF-8 without NUL. Names are compared byte by byte.
class Query {
 public:
  Query() = default;
  explicit Query(std::vector<QueryParameter> parameters) : parameters_(std::move(parameters)) {}

  /// The first value of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;
  /// In the order in which they came.
  [[nodiscard]] const std::vector<QueryParameter>& parameters() const { return parameters_; }

  friend bool operator==(const Query&, const Query&) = default;

 private:
  std::vector<QueryParameter> parameters_;
};

/// What a request asks for.
struct Target {
  /// As it was sent, still percent-encoded, without the query; begins with `/`, and is printable ASCII.
  std::string path{};
  /// The path between its slashes, each segment decoded: `/a%2Fb/c` is `a/b`, `c`; `/a/` is `a` and an empty one. UTF-8 without control
  /// characters, and never `.` or `..`.
  std::vector<std::string> segments{};
  Query query{};

  friend bool operator==(const Target&, const Target&) = default;
};

/// Reads the target of a request line: a path with an optional query, or, as RFC 9112 section 3.2.2 wants, an absolute http URL,
/// whose host is passed over. In a query `+` is a space. invalid_argument, saying why, for everything else and for what exceeds a bound.
Result<Target> parse_target(std::string_view target);

/// The segments of a path that begins with `/`, not decoded. Valid as long as the path.
std::vector<std::string_view> split_path(std::string_view path);

}  // namespace ekaci::net
