#include "net/router.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ekaci::net {
namespace {

bool is_parameter_text(std::string_view text) { return text.size() > 2 && text.starts_with('{') && text.ends_with('}'); }

std::string list_allowed(std::set<Method> methods) {
  if (methods.contains(Method::get)) methods.insert(Method::head);
  methods.insert(Method::options);
  std::string allow;
  for (const Method method : methods) {
    if (!allow.empty()) allow += ", ";
    allow += to_string(method);
  }
  return allow;
}

Response answer_other_methods(const Request& request, const std::string& allow) {
  Response response = request.method == Method::options
                          ? Response::empty(204)
                          : Response::error(405, fmt::format("{} is not possible here, only {}", to_string(request.method), allow));
  response.headers.set("Allow", allow);
  return response;
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

Status Router::add(Method method, std::string_view pattern, Handler handler) {
  if (method == Method::head || method == Method::options) {
    return fail(ErrorCode::invalid_argument, "{} {}: it is answered without a route of its own", to_string(method), pattern);
  }
  Result<std::vector<Segment>> segments = parse_pattern(pattern);
  if (!segments) return fail(std::move(segments).error());
  for (const Route& route : routes_) {
    if (route.method == method && have_same_paths(route.segments, *segments)) {
      return fail(ErrorCode::conflict, "{} {}: another route matches the same paths", to_string(method), pattern);
    }
  }
  routes_.push_back({.method = method, .segments = std::move(*segments), .handler = std::move(handler)});
  return {};
}

Router::Outcome Router::find(Method method, const Target& target) const {
  const Method wanted = method == Method::head ? Method::get : method;
  const Route* best = nullptr;
  std::set<Method> methods;
  for (const Route& route : routes_) {
    if (!matches(route, target.segments)) continue;
    methods.insert(route.method);
    if (route.method == wanted && (best == nullptr || is_more_literal(route, *best))) best = &route;
  }
  if (best != nullptr) return found(*best, target);
  if (methods.empty()) return NotFound{};
  return OtherMethods{.allow = list_allowed(std::move(methods))};
}

void Router::handle(Request request, Responder responder) const {
  Outcome outcome = find(request.method, request.target);
  std::visit(Overloaded{[&](Found& found) {
                          request.parameters = std::move(found.parameters);
                          (*found.handler)(std::move(request), std::move(responder));
                        },
                        [&](const NotFound&) { responder.answer(Response::error(404, "there is nothing at " + request.target.path)); },
                        [&](const OtherMethods& other) { responder.answer(answer_other_methods(request, other.allow)); }},
             outcome);
}

Result<std::vector<Router::Segment>> Router::parse_pattern(std::string_view pattern) {
  const auto bad = [&](std::string_view why) { return fail(ErrorCode::invalid_argument, "the pattern {}: {}", pattern, why); };
  if (!pattern.starts_with('/')) return bad("it has to begin with /");
  std::vector<Segment> segments;
  for (const std::string_view part : split_path(pattern)) {
    const bool is_parameter = is_parameter_text(part);
    const std::string_view text = is_parameter ? part.substr(1, part.size() - 2) : part;
    if (text.find_first_of("{}%?#") != std::string_view::npos) return bad("a segment is a literal without {}%?#, or {name}");
    if (is_parameter && std::ranges::any_of(segments, [&](const Segment& other) { return other.is_parameter && other.text == text; })) {
      return bad("it has two parameters of one name");
    }
    segments.push_back({.text = std::string(text), .is_parameter = is_parameter});
  }
  return segments;
}

bool Router::matches(const Route& route, const std::vector<std::string>& segments) {
  return std::ranges::equal(route.segments, segments, [](const Segment& wanted, const std::string& given) {
    return wanted.is_parameter ? !given.empty() : wanted.text == given;
  });
}

bool Router::is_more_literal(const Route& a, const Route& b) {
  return std::ranges::lexicographical_compare(a.segments, b.segments, {}, &Segment::is_parameter, &Segment::is_parameter);
}

bool Router::have_same_paths(const std::vector<Segment>& a, const std::vector<Segment>& b) {
  return std::ranges::equal(a, b, [](const Segment& one, const Segment& other) {
    return one.is_parameter == other.is_parameter && (one.is_parameter || one.text == other.text);
  });
}

Router::Found Router::found(const Route& route, const Target& target) {
  Found found{.handler = &route.handler};
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    if (route.segments[i].is_parameter) found.parameters.add(route.segments[i].text, target.segments[i]);
  }
  return found;
}

}  // namespace ekaci::net
