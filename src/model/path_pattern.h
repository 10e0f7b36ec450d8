#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci {

/// Which paths of a repository are meant, as docs/repository-configuration.md describes it. A pattern is about the whole path, from the
/// repository's root: `*` stands for any bytes within one name, none as well; `**` in the place of a name stands for any number of
/// directories, or at the end for everything below. All else stands for itself, case and all. `!` in front makes it an exception.
class PathPattern {
 public:
  static constexpr std::size_t kLongest = 200;

  /// invalid_argument, saying what is wrong and what to write, where it is not a pattern that can match anything, or holds what other
  /// tools give a meaning (`?`, `[`, `]`, `{`, `}`, `\`).
  static Result<PathPattern> parse(std::string_view text);

  /// Whether it is about this path. Takes time as the product of both lengths at most. A path that no one could read in a report (not
  /// UTF-8, with control characters) matches nothing.
  [[nodiscard]] bool matches(std::string_view path) const;
  [[nodiscard]] bool is_exception() const { return is_exception_; }
  /// As it was written.
  [[nodiscard]] const std::string& text() const { return text_; }
  friend bool operator==(const PathPattern&, const PathPattern&) = default;

 private:
  PathPattern() = default;
  std::string text_{};
  std::vector<std::string> names_{};  ///< between slashes, never empty
  bool is_exception_ = false;
};

}  // namespace ekaci
