#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/attribute.h"

namespace ekaci::nix {

/// Where the evaluator sees the tree and our own files, to make what it says readable: positions in the tree become relative,
/// positions in our own files are dropped.
struct KnownPlaces {
  std::string tree;    ///< absolute, no slash at the end
  std::string walker;  ///< the directory of our own Nix files, likewise
};

/// The longest message that is kept, in bytes.
inline constexpr std::size_t kLongestMessage = std::size_t{16} << 10U;

/// What the evaluator printed on standard error about one attribute, made into an error: the message without traces, excerpts
/// and escapes, and the position. Knows the layouts of Nix 2.8 (libutil/error.cc, showErrorInfo: `error: <message>`, blank line,
/// `at <position>:`, excerpt) and of 2.2x (`error:`, a block for each trace, `error: <message>`, `at <position>:`, excerpt).
/// Never decides anything but how to show it.
EvaluationError parse_error_text(std::string_view text, const KnownPlaces& places);

/// Whether an error is reported there at all.
bool has_error(std::string_view text);

/// The last file that the evaluator said it was about to evaluate (`evaluating file '<path>'`, printed at verbosity 1), relative
/// to the tree; nullopt where it said none or one outside.
std::optional<std::string> last_file(std::string_view text, const KnownPlaces& places);

/// A message as it is kept: printable, the tree's place removed, bounded.
std::string presentable(std::string_view message, const KnownPlaces& places);

}  // namespace ekaci::nix
