#include "report/markdown_pieces.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/markdown_text.h"
#include "review/wording.h"

namespace ekaci::report {

using review::grouped;

std::string path_code(const AttributePath& path) { return path.is_root() ? "the whole job" : code(path.to_string(), kNameColumns); }

/// The first of the texts, and how many more there are.
std::string listing(const std::vector<std::string>& texts, std::size_t total) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  if (texts.size() < total) list += fmt::format("{}{} more", texts.empty() ? "" : " and ", grouped(total - texts.size()));
  return list;
}

std::string places_note(const std::vector<std::string>& names, const Places& places) {
  const std::vector<std::string> shown = places_shown(names, places);
  if (shown.empty()) return {};
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min<std::size_t>(shown.size(), 3); ++i) named.push_back(code(shown[i], 60));
  return " on " + listing(named, shown.size());
}

std::string position_code(const SourcePosition& position) { return code(position_text(position), kNameColumns); }

std::string side_code(const std::string& text) { return text.empty() ? "none" : code(text, 80); }

std::string rest_item(std::size_t shown, std::size_t total) {
  return shown < total ? fmt::format("- and {} more\n", grouped(total - shown)) : "";
}

}  // namespace ekaci::report
