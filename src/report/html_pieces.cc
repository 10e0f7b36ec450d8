#include "report/html_pieces.h"

#include <fmt/core.h>

#include "base/html_text.h"
#include "base/text.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

std::string_view drawing(std::string_view name) {
  if (name == "check") return "M4.5 10.5l3.8 3.8 7.2-8";
  if (name == "cross") return "M5.5 5.5l9 9m0-9l-9 9";
  if (name == "wait") return "M10 5.2v5l3.3 2";
  return "M7.4 7.6a2.7 2.7 0 1 1 4 2.4c-.9.5-1.4 1-1.4 2m0 2.6v.1";
}

}  // namespace

std::string icon(std::string_view name) {
  return fmt::format(
      "<svg viewBox=\"0 0 20 20\" aria-hidden=\"true\" focusable=\"false\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
      "stroke-linecap=\"round\" stroke-linejoin=\"round\"><circle cx=\"10\" cy=\"10\" r=\"9\"/><path d=\"{}\"/></svg>",
      drawing(name));
}

std::string icon_of(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return icon("check");
    case Decision::do_not_merge:
      return icon("cross");
    case Decision::wait:
      return icon("wait");
    case Decision::cannot_tell:
      return icon("question");
  }
  return icon("question");
}

std::string icon_of(Requirement::State state) {
  switch (state) {
    case Requirement::State::met:
      return icon("check");
    case Requirement::State::not_met:
      return icon("cross");
    case Requirement::State::pending:
      return icon("wait");
    case Requirement::State::unknown:
      return icon("question");
  }
  return icon("question");
}

std::string code_html(std::string_view text, std::size_t columns) {
  return fmt::format("<code>{}</code>", html_line(clip(printable_line(text), columns)));
}

std::string path_html(const AttributePath& path) { return path.is_root() ? "the whole job" : code_html(path.to_string()); }

std::string position_html(const SourcePosition& position) {
  return fmt::format("<span class=\"place\">{}</span>", code_html(position_text(position)));
}

std::string places_html(const std::vector<std::string>& names, const Places& places) {
  const std::vector<std::string> shown = places_shown(names, places);
  return shown.empty() ? "" : fmt::format(" <span class=\"quiet\">on {}</span>", html_line(review::enumerated(shown, 4)));
}

std::string transition_html(const std::string& before, const std::string& after) {
  const auto side = [](const std::string& text) {
    return text.empty() ? std::string("<span class=\"none\">none</span>") : code_html(text, 160);
  };
  return fmt::format("{}<span class=\"arrow\">→</span>{}", side(before), side(after));
}

std::string heading(std::string_view title, std::string_view count) {
  const std::string beside = count.empty() ? "" : fmt::format(" <span class=\"count\">{}</span>", count);
  return fmt::format("<h2>{}{}</h2>\n", title, beside);
}

std::string number_cell(std::uint64_t number) {
  return number == 0 ? "<td class=\"number none\">–</td>" : fmt::format("<td class=\"number\">{}</td>", review::grouped(number));
}

std::string rest_html(std::size_t shown, std::size_t total) {
  return shown < total ? fmt::format("<p class=\"quiet\">and {} more</p>\n", review::grouped(total - shown)) : "";
}

}  // namespace ekaci::report
