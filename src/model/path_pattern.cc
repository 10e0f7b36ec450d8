#include "model/path_pattern.h"

#include <algorithm>

#include "base/text.h"

namespace ekaci {
namespace {

constexpr std::string_view kAnyDirectories = "**";
constexpr std::string_view kReserved = "?[]{}\\";

Status check_name(std::string_view name) {
  if (name.empty()) return fail(ErrorCode::invalid_argument, "has an empty name; paths begin at the root, without a slash in front");
  if (name == "." || name == "..") return fail(ErrorCode::invalid_argument, "has the name '{}', which no path of a repository has", name);
  if (name != kAnyDirectories && name.find(kAnyDirectories) != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "has '**' within a name; it stands alone between slashes, as in 'doc/**/*.md'");
  }
  return {};
}

/// Whether a name is what a pattern without `**` says: goes back to the last star where what follows it does not fit.
bool is_name_like(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t covered = 0;  ///< how much of the name lies before what follows the star
  while (in < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      covered = in;
    } else if (at < pattern.size() && pattern[at] == name[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++covered;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

/// Which of the pattern's names may be next after a part of a path; one behind the last means that all are used up.
using Places = std::vector<bool>;

/// `**` may stand for no directory at all, but at the end something has to be below.
void skip_any_directories(const std::vector<std::string>& names, Places& places) {
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    if (places[i] && names[i] == kAnyDirectories) places[i + 1] = true;
  }
}

Places after(const std::vector<std::string>& names, const Places& places, std::string_view name) {
  Places next(names.size() + 1, false);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!places[i]) continue;
    if (names[i] == kAnyDirectories) {
      next[i] = true;
      if (i + 1 == names.size()) next[i + 1] = true;
    } else if (is_name_like(names[i], name)) {
      next[i + 1] = true;
    }
  }
  skip_any_directories(names, next);
  return next;
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text) {
  PathPattern pattern;
  pattern.text_ = text;
  pattern.is_exception_ = text.starts_with('!');
  const std::string_view path = text.substr(pattern.is_exception_ ? 1 : 0);
  if (text.size() > kLongest) return fail(ErrorCode::invalid_argument, "is longer than {} bytes", kLongest);
  if (path.empty()) return fail(ErrorCode::invalid_argument, "names no path");
  if (printable_line(path) != path) return fail(ErrorCode::invalid_argument, "holds characters that cannot be seen");
  if (const std::size_t at = path.find_first_of(kReserved); at != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "holds '{}', which is not supported; '*' stands for any part of a name", path[at]);
  }
  if (path.ends_with('/')) return fail(ErrorCode::invalid_argument, "ends with a slash; '{}**' is everything below", path);
  for (const std::string_view name : split(path, '/')) {
    if (const Status usable = check_name(name); !usable) return fail(usable.error());
    pattern.names_.emplace_back(name);
  }
  return pattern;
}

bool PathPattern::matches(std::string_view path) const {
  if (path.empty() || printable_line(path) != path) return false;
  Places places(names_.size() + 1, false);
  places.front() = true;
  skip_any_directories(names_, places);
  for (const std::string_view name : split(path, '/')) {
    places = after(names_, places, name);
    if (std::ranges::find(places, true) == places.end()) return false;
  }
  return places.back();
}

}  // namespace ekaci
