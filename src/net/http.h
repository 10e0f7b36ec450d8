#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/headers.h"
#include "net/target.h"

namespace ekaci::net {

/// The methods that EkaCI answers and sends; a request with another never reaches a handler (501).
enum class Method { get, head, post, put, patch, remove, options };

/// As it is written in a request: `GET`.
std::string_view to_string(Method method);
/// Case counts, as RFC 9110 section 9.1 says.
std::optional<Method> parse_method(std::string_view name);

/// What the parameters of a route's pattern stand for in one request: of `/api/reviews/{id}`, `id`.
class PathParameters {
 public:
  void add(std::string name, std::string value);
  /// The value, decoded and never empty; an empty text where the pattern has no such parameter. Valid as long as this is.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  /// The value as a decimal number; nullopt where it is anything else, or too large.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
  [[nodiscard]] bool empty() const { return parameters_.empty(); }

 private:
  std::vector<QueryParameter> parameters_;
};

/// What a client asks, whole and within the server's limits.
struct Request {
  Method method = Method::get;
  Target target{};
  PathParameters parameters{};  ///< filled in by Router
  Headers headers{};            ///< of the head alone: what a trailer says is dropped
  std::string body{};           ///< byte by byte as it came, transfer encoding removed
  std::string peer{};           ///< `127.0.0.1:53122`, `[::1]:53122`, or `unix:1000`: the user whose process connected (SO_PEERCRED)
  Clock::Instant received{};    ///< when its head was whole
};

/// What is answered. The server adds Date, Content-Length and Connection; the handler leaves them alone. To a HEAD request the handler
/// answers what it would answer to GET, or leaves the body empty: none is sent. A body that comes piece by piece will be another kind
/// of response beside this one.
struct Response {
  int status = 200;  ///< 200 to 599
  Headers headers{};
  std::string body{};

  /// `text/plain; charset=utf-8`.
  static Response text(int status, std::string body);
  /// `application/json`; the text has to be JSON already.
  static Response json_text(int status, std::string json);
  /// `{"error": "<message>"}` as JSON. The message may hold anything.
  static Response error(int status, std::string_view message);
  static Response empty(int status);

  friend bool operator==(const Response&, const Response&) = default;
};

/// `Not Found`; `Status` for a number without a phrase of its own.
std::string_view reason_phrase(int status);

}  // namespace ekaci::net
