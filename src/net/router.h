#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/responder.h"

namespace ekaci::net {

/// Finds the handler of a request by its path and method. Routes are added first, by one thread; then any thread may ask.
///
/// A pattern is a path whose segments are literal (`/api/reviews`) or stand for any one segment (`{id}`); it matches whole paths, a slash
/// at the end counts. Where several match, the one that is literal furthest from the left wins, among those that have the method.
class Router {
 public:
  /// What there is for a request.
  struct Found {
    const Handler* handler = nullptr;  ///< valid as long as the router
    PathParameters parameters{};
  };
  struct NotFound {};
  /// The path exists, the method does not; also the answer to OPTIONS.
  struct OtherMethods {
    std::string allow{};  ///< `GET, HEAD, OPTIONS`
  };
  using Outcome = std::variant<Found, NotFound, OtherMethods>;

  /// invalid_argument where the pattern is none; conflict where a route of that method matches the same paths.
  Status add(Method method, std::string_view pattern, Handler handler);

  /// HEAD is found where GET is.
  [[nodiscard]] Outcome find(Method method, const Target& target) const;

  /// Hands the request to its handler; or answers 404 or 405 as JSON, OPTIONS with 204 and Allow.
  void handle(Request request, Responder responder) const;

 private:
  struct Segment {
    std::string text{};  ///< the literal, or the parameter's name
    bool is_parameter = false;
  };
  struct Route {
    Method method = Method::get;
    std::vector<Segment> segments{};
    Handler handler{};
  };
  static Result<std::vector<Segment>> parse_pattern(std::string_view pattern);
  static bool matches(const Route& route, const std::vector<std::string>& segments);
  static bool is_more_literal(const Route& a, const Route& b);
  static bool have_same_paths(const std::vector<Segment>& a, const std::vector<Segment>& b);
  static Found found(const Route& route, const Target& target);

  std::vector<Route> routes_;
};

}  // namespace ekaci::net
