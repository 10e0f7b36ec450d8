#include "net/target.h"

#include <algorithm>

#include "base/text.h"
#include "net/url.h"

namespace ekaci::net {
namespace {

Failure bad(std::string_view why) { return fail(ErrorCode::invalid_argument, "bad request target: {}", why); }

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }

Result<std::string> decode_segment(std::string_view encoded) {
  Result<std::string> segment = decode_percent(encoded);
  if (!segment) return bad(segment.error().message());
  if (!is_utf8(*segment)) return bad("its path is not UTF-8");
  if (std::ranges::any_of(*segment, is_control)) return bad("its path has a control character");
  if (*segment == "." || *segment == "..") return bad("its path has a segment `.` or `..`");
  return segment;
}

Result<std::vector<std::string>> decode_path(std::string_view path) {
  const std::vector<std::string_view> parts = split_path(path);
  if (parts.size() > kMaxSegments) return bad("its path has too many segments");
  std::vector<std::string> segments;
  segments.reserve(parts.size());
  for (const std::string_view part : parts) {
    Result<std::string> segment = decode_segment(part);
    if (!segment) return fail(std::move(segment).error());
    segments.push_back(std::move(*segment));
  }
  return segments;
}

Result<std::string> decode_query_text(std::string_view encoded) {
  std::string spaced(encoded);
  std::ranges::replace(spaced, '+', ' ');
  Result<std::string> text = decode_percent(spaced);
  if (!text) return bad(text.error().message());
  if (!is_utf8(*text)) return bad("its query is not UTF-8");
  if (text->find('\0') != std::string::npos) return bad("its query has a NUL");
  return text;
}

Result<Query> decode_query(std::string_view query) {
  std::vector<QueryParameter> parameters;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    if (parameters.size() == kMaxQueryParameters) return bad("its query has too many parameters");
    const std::size_t equals = std::min(part.find('='), part.size());
    Result<std::string> name = decode_query_text(part.substr(0, equals));
    if (!name) return fail(std::move(name).error());
    Result<std::string> value = decode_query_text(part.substr(std::min(equals + 1, part.size())));
    if (!value) return fail(std::move(value).error());
    parameters.push_back({.name = std::move(*name), .value = std::move(*value)});
  }
  return Query(std::move(parameters));
}

Result<Target> read_path_and_query(std::string_view path, std::string_view query) {
  Result<std::vector<std::string>> segments = decode_path(path);
  if (!segments) return fail(std::move(segments).error());
  Result<Query> decoded = decode_query(query);
  if (!decoded) return fail(std::move(decoded).error());
  return Target{.path = std::string(path), .segments = std::move(*segments), .query = std::move(*decoded)};
}

}  // namespace

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto parameter = std::ranges::find(parameters_, name, &QueryParameter::name);
  if (parameter == parameters_.end()) return std::nullopt;
  return parameter->value;
}

std::vector<std::string_view> Query::find_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const QueryParameter& parameter : parameters_) {
    if (parameter.name == name) values.emplace_back(parameter.value);
  }
  return values;
}

std::vector<std::string_view> split_path(std::string_view path) { return split(path.substr(std::min<std::size_t>(1, path.size())), '/'); }

Result<Target> parse_target(std::string_view target) {
  if (target.size() > kMaxUrlBytes) return bad("it is too long");
  if (!target.starts_with('/')) {
    Result<Url> url = parse_url(target);
    if (!url) return bad("it is no path, and no absolute http URL");
    return read_path_and_query(url->path, url->query);
  }
  if (!std::ranges::all_of(target, is_printable)) return bad("it has a control character, or one that is not ASCII");
  if (target.find('#') != std::string_view::npos) return bad("it has a fragment");
  const std::size_t path_end = std::min(target.find('?'), target.size());
  return read_path_and_query(target.substr(0, path_end), target.substr(std::min(path_end + 1, target.size())));
}

}  // namespace ekaci::net
