#include "app/subject_search.h"

#include <fmt/core.h>

#include <algorithm>

#include "app/nearest_names.h"
#include "base/letter_case.h"
#include "base/text.h"

namespace ekaci::app {
namespace {

using Line = forge::DeskStanding::Line;

/// How well a name fits; less is better.
enum class Fit { exact, but_for_case, its_end, none };

/// Whether the name ends with the text, and that begins where a part of the name does.
bool is_end_of(std::string_view name, std::string_view text) {
  if (text.empty() || text.size() >= name.size() || !name.ends_with(text)) return false;
  const char before = name[name.size() - text.size() - 1];
  return before == '/' || before == ' ' || text.front() == '#';
}

Fit fit_of(const Line& line, std::string_view wanted) {
  const std::string name = full_name(line);
  if (name == wanted) return Fit::exact;
  const std::string lower = lower_case(name);
  const std::string meant = lower_case(wanted);
  if (lower == meant) return Fit::but_for_case;
  return is_end_of(lower, meant) ? Fit::its_end : Fit::none;
}

Failure ambiguous(std::string_view wanted, const std::vector<const Line*>& found) {
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), kMostNames); ++i) names += (i == 0 ? "" : ", ") + printable_line(full_name(*found[i]));
  if (found.size() > kMostNames) names += fmt::format(" and {} more", found.size() - kMostNames);
  return fail(ErrorCode::invalid_argument, "{} may mean {}: write its whole name", printable_line(wanted), names);
}

Failure unknown(const std::vector<Line>& lines, std::string_view wanted) {
  std::vector<std::string> names;
  for (const Line& line : lines) {
    if (!line.repository.empty()) names.push_back(full_name(line));
  }
  const std::vector<std::string> nearest = nearest_texts(names, std::string(wanted));
  return fail(ErrorCode::not_found, "no open subject is named {}{}", printable_line(wanted),
              nearest.empty() ? "; `ekaci status --all` names them all" : suggestion_of(nearest));
}

}  // namespace

Result<Line> find_subject(const std::vector<Line>& lines, std::string_view wanted) {
  const std::string text(trim(wanted));
  Fit best = Fit::none;
  std::vector<const Line*> found;
  for (const Line& line : lines) {
    const Fit fit = fit_of(line, text);
    if (fit == Fit::none || fit > best) continue;
    if (fit < best) found.clear();
    best = fit;
    found.push_back(&line);
  }
  if (found.empty()) return unknown(lines, text);
  if (found.size() > 1) return ambiguous(text, found);
  return *found.front();
}

std::optional<SubjectName> parse_subject_name(std::string_view text) {
  const std::string_view name = trim(text);
  const std::size_t end = name.find_first_of("# ");
  if (end == std::string_view::npos || end == 0 || name.find('/') >= end) return std::nullopt;
  const std::size_t begin = name[end] == '#' ? end : end + 1;
  if (begin >= name.size()) return std::nullopt;
  return SubjectName{.repository = std::string(name.substr(0, end)), .subject = std::string(name.substr(begin))};
}

}  // namespace ekaci::app
