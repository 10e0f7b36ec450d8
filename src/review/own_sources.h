#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "model/rebuild.h"
#include "model/source_position.h"

namespace ekaci::review {

/// The files that a change is about, made ready to be asked about sources. Refers to them, who have to live as long.
class ChangedFiles {
 public:
  /// `files` sorted, relative to the tree's root.
  explicit ChangedFiles(std::span<const std::string> files);

  /// Whether the change is about something that a package itself brings along, such as `src = ./src` or `patches = [ ./fix.patch ]`: an
  /// input source differs, and it has the name of a changed file or of a directory with one, or there are changed files beside or below
  /// where the package is defined. A source that differs has other content, so that a name that stands elsewhere in the tree as well can
  /// mislead only where content comes out of an expression.
  [[nodiscard]] bool hold_a_source(const DerivationDifference& difference, const std::optional<SourcePosition>& position) const;

 private:
  [[nodiscard]] bool have_one_below(std::string_view directory) const;

  std::span<const std::string> files_;
  std::set<std::string_view> names_;  ///< of the files and of all directories above them
};

}  // namespace ekaci::review
