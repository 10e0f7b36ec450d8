#include "net/link_header.h"

#include <algorithm>
#include <utility>

#include "base/letter_case.h"
#include "base/text.h"
#include "net/headers.h"

namespace ekaci::net {
namespace {

Failure bad(std::string_view why) { return fail(ErrorCode::corrupt, "bad Link header: {}", why); }

/// Reads from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  [[nodiscard]] bool is_at(char c) const { return rest_.starts_with(c); }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
  bool skip(char c) {
    if (!is_at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// All before the first of these characters, or all.
  std::string_view take_until(std::string_view ends) {
    const std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

 private:
  std::string_view rest_;
};

/// The text behind an opening quotation mark, up to the closing one.
Result<std::string> read_quoted(Cursor& cursor) {
  std::string text;
  while (!cursor.is_at_end()) {
    const char c = cursor.take();
    if (c == '"') return text;
    if (c != '\\') {
      text += c;
    } else if (!cursor.is_at_end()) {
      text += cursor.take();
    }
  }
  return bad("a quotation mark is not closed");
}

Result<LinkParameter> read_parameter(Cursor& cursor) {
  LinkParameter parameter{.name = lower_case(trim(cursor.take_until("=;,")))};
  if (parameter.name.empty() || !is_sendable({.name = parameter.name})) return bad("a parameter's name is no token");
  if (!cursor.skip('=')) return parameter;
  cursor.skip_space();
  if (!cursor.skip('"')) {
    parameter.value = trim(cursor.take_until(";,"));
    return parameter;
  }
  Result<std::string> value = read_quoted(cursor);
  if (!value) return fail(std::move(value).error());
  parameter.value = std::move(*value);
  return parameter;
}

Result<Link> read_link(Cursor& cursor) {
  if (!cursor.skip('<')) return bad("a link does not begin with <");
  Link link{.target = std::string(cursor.take_until(">"))};
  if (!cursor.skip('>')) return bad("a link's target does not end with >");
  for (cursor.skip_space(); cursor.skip(';'); cursor.skip_space()) {
    cursor.skip_space();
    if (cursor.is_at_end() || cursor.is_at(';') || cursor.is_at(',')) continue;
    Result<LinkParameter> parameter = read_parameter(cursor);
    if (!parameter) return fail(std::move(parameter).error());
    link.parameters.push_back(std::move(*parameter));
  }
  if (!cursor.is_at_end() && !cursor.is_at(',')) return bad("behind a link stands neither ; nor ,");
  return link;
}

}  // namespace

std::optional<std::string_view> Link::find(std::string_view name) const {
  const auto parameter = std::ranges::find(parameters, name, &LinkParameter::name);
  if (parameter == parameters.end()) return std::nullopt;
  return parameter->value;
}

bool Link::has_relation(std::string_view relation) const {
  const auto relations = split(find("rel").value_or(""), ' ');
  return std::ranges::any_of(relations, [&](std::string_view one) { return is_equal_ignoring_case(one, relation); });
}

Result<std::vector<Link>> parse_links(std::string_view header) {
  if (header.size() > kMaxLinkHeaderBytes) return bad("it is too long");
  std::vector<Link> links;
  Cursor cursor(header);
  for (cursor.skip_space(); !cursor.is_at_end(); cursor.skip_space()) {
    if (cursor.skip(',')) continue;
    if (links.size() == kMaxLinks) return bad("it has too many links");
    Result<Link> link = read_link(cursor);
    if (!link) return fail(std::move(link).error());
    links.push_back(std::move(*link));
  }
  return links;
}

std::optional<std::string> find_link(const std::vector<Link>& links, std::string_view relation) {
  const auto link = std::ranges::find_if(links, [&](const Link& each) { return each.has_relation(relation); });
  if (link == links.end()) return std::nullopt;
  return link->target;
}

}  // namespace ekaci::net
