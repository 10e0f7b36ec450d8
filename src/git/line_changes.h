#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "engine/ports.h"
#include "git/git_program.h"
#include "git/object_reader.h"
#include "git/private_directory.h"
#include "model/object_id.h"
#include "model/rebuild.h"

namespace ekaci::git {

/// The most bytes of a line that are kept.
inline constexpr std::size_t kLongestLine = 512;

/// Reads what `git diff-tree -r -p -U0 --no-prefix` prints about files whose names are numbers, see name_of(), and collects
/// the lines added. Where a hunk's header promises so many lines, so many are taken, whatever they look like: text of a file is never taken
/// for git's own.
class PatchReader {
 public:
  /// `paths` are those that the numbers stand for; they have to live as long.
  PatchReader(std::span<const std::string> paths, const engine::LineLimits& limits) : paths_(paths), limits_(limits) {}

  /// What a file is called for git; as many digits for all, so that git has them in the order of their numbers.
  static std::string name_of(std::size_t number);

  /// The next bytes, cut anywhere. corrupt where it is no such patch.
  Status read(std::string_view bytes);
  /// Whether a limit is reached: there is no use in reading on.
  [[nodiscard]] bool is_full() const { return is_full_; }
  /// What was collected; to be taken once. corrupt where the patch ends within a hunk.
  Result<std::vector<ChangedLine>> finish();

 private:
  Status read_line(std::string_view line);
  Status begin_file(std::string_view names);
  Status begin_hunk(std::string_view header);
  void add(std::string_view text);

  std::span<const std::string> paths_;
  engine::LineLimits limits_;
  std::string pending_;   ///< the beginning of a line
  std::size_t file_ = 0;  ///< in paths_
  bool has_file_ = false;
  std::uint32_t line_ = 0;          ///< the next that is added
  std::uint64_t removed_left_ = 0;  ///< of the hunk
  std::uint64_t added_left_ = 0;
  std::size_t text_bytes_ = 0;
  bool is_full_ = false;
  std::vector<ChangedLine> lines_;
};

/// Where the objects are.
struct LineSources {
  const GitProgram& git;
  const PrivateDirectory& home;
  ObjectReader& objects;
};

struct LineRequest {
  TreeId base;
  TreeId head;
  engine::LineLimits limits{};
};

/// What engine::Repository::changed_lines() gives. Git is shown two flat trees, made in the private directory, in which the files that
/// differ have numbers for names: no name of a stranger's is written by git or read from it, no `.gitattributes` has a say, and
/// what git walks is bounded beforehand.
Result<std::vector<ChangedLine>> added_lines(const LineSources& sources, const LineRequest& request, const CancelToken& cancel);

}  // namespace ekaci::git
