#include "net/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace ekaci::net {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::remove, "DELETE"},
    {Method::options, "OPTIONS"},
}};

constexpr std::array<std::pair<int, std::string_view>, 29> kPhrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

Response with_type(int status, std::string type, std::string body) {
  return {.status = status, .headers = {{.name = "Content-Type", .value = std::move(type)}}, .body = std::move(body)};
}

}  // namespace

std::string_view to_string(Method method) {
  return std::ranges::find(kMethods, method, &std::pair<Method, std::string_view>::first)->second;
}

std::optional<Method> parse_method(std::string_view name) {
  const auto* const method = std::ranges::find(kMethods, name, &std::pair<Method, std::string_view>::second);
  if (method == kMethods.end()) return std::nullopt;
  return method->first;
}

void PathParameters::add(std::string name, std::string value) {
  parameters_.push_back({.name = std::move(name), .value = std::move(value)});
}

std::string_view PathParameters::get(std::string_view name) const {
  const auto parameter = std::ranges::find(parameters_, name, &QueryParameter::name);
  return parameter == parameters_.end() ? std::string_view() : std::string_view(parameter->value);
}

std::optional<std::uint64_t> PathParameters::number(std::string_view name) const {
  const std::string_view text = get(name);
  const char* end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

Response Response::text(int status, std::string body) { return with_type(status, "text/plain; charset=utf-8", std::move(body)); }

Response Response::json_text(int status, std::string json) { return with_type(status, "application/json", std::move(json)); }

Response Response::error(int status, std::string_view message) {
  using Json = nlohmann::json;
  return json_text(status, Json{{"error", message}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Response Response::empty(int status) { return {.status = status}; }

std::string_view reason_phrase(int status) {
  const auto* const phrase = std::ranges::find(kPhrases, status, &std::pair<int, std::string_view>::first);
  return phrase == kPhrases.end() ? "Status" : phrase->second;
}

}  // namespace ekaci::net
