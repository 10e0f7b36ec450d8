#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forge/desk_standing.h"

namespace ekaci::app {

/// The subject that an operator means: by its whole name (`acme/pkgs#12`, `acme/pkgs branch main`), or, where that means one alone, without
/// the owner or the repository (`pkgs#12`, `#12`, `branch main`). Case of ASCII letters counts only where it has to. not_found, with names
/// that are written alike; invalid_argument where several may be meant.
Result<forge::DeskStanding::Line> find_subject(const std::vector<forge::DeskStanding::Line>& lines, std::string_view wanted);

/// A whole name in its parts.
struct SubjectName {
  std::string repository{};
  std::string subject{};  ///< as forge::describe() says
};
/// nullopt where the text is not one.
std::optional<SubjectName> parse_subject_name(std::string_view text);

}  // namespace ekaci::app
