#include "github/comment_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "github/json_text.h"

namespace ekaci::github {
namespace {

constexpr std::string_view kMark = "<!-- ekaci: review -->";

}  // namespace

std::string comment_json(const forge::OwedComment& owed, std::string_view web_url) {
  const std::string head = owed.wanted.head.to_string();
  // A new line at each end: whatever the text ends with, the link is a paragraph of its own.
  const std::string text = fmt::format("{}\n{}\n\n[All checks]({}/{}/pull/{}/checks?sha={}) of `{}`.\n", kMark, owed.wanted.text, web_url,
                                       owed.repository.name, owed.wanted.pull_request.value, head, head);
  nlohmann::json json;
  json["body"] = text;
  return json_text(json);
}

bool is_marked(std::string_view text) { return text.starts_with(kMark); }

}  // namespace ekaci::github
