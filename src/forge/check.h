#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/strong_id.h"
#include "forge/subject.h"
#include "model/object_id.h"

/// What we tell a forge about a commit. GitHub calls it a check run; its limits hold for every text here.
namespace ekaci::forge {

/// Our own number of a check; also its idempotency key at the forge (`external_id`).
using CheckId = StrongId<struct CheckIdTag, std::int64_t>;
/// The forge's number of it, once it was created there.
using ForgeCheckId = StrongId<struct ForgeCheckIdTag, std::int64_t>;

enum class CheckStatus { queued, in_progress, completed };
std::string_view to_string(CheckStatus status);
std::optional<CheckStatus> parse_check_status(std::string_view text);

/// How a completed check came out. What is not known is never one of `success`, `neutral`, `skipped`: all three satisfy a required check.
enum class Conclusion { success, failure, neutral, action_required, cancelled, timed_out };
std::string_view to_string(Conclusion conclusion);
std::optional<Conclusion> parse_conclusion(std::string_view text);

/// A remark at a line of a file.
struct Annotation {
  enum class Level { notice, warning, failure };
  std::string path{};  ///< in the repository, relative to its root
  std::uint64_t line = 1;
  Level level = Level::failure;
  std::string title{};    ///< plain text
  std::string message{};  ///< plain text
  friend bool operator==(const Annotation&, const Annotation&) = default;
};
std::string_view to_string(Annotation::Level level);
std::optional<Annotation::Level> parse_annotation_level(std::string_view text);

/// A button on a check.
struct CheckAction {
  std::string identifier{};   ///< what comes back when it is pressed
  std::string label{};        ///< at most 20 characters
  std::string description{};  ///< at most 40 characters
  friend bool operator==(const CheckAction&, const CheckAction&) = default;
};

/// What a check says. Nothing of strangers in it can format, link or mention: renderers see to that.
struct CheckText {
  CheckStatus status = CheckStatus::queued;
  std::optional<Conclusion> conclusion{};  ///< there exactly where the status is `completed`
  std::string title{};                     ///< plain text
  std::string summary{};                   ///< markdown
  std::string text{};                      ///< markdown; may be empty
  std::vector<Annotation> annotations{};
  std::vector<CheckAction> actions{};
  std::string details_path{};  ///< of the page about it, below the server's URL; empty where there is none
  std::optional<Clock::Wall> started{};
  std::optional<Clock::Wall> completed{};
  friend bool operator==(const CheckText&, const CheckText&) = default;
};

/// GitHub's limits (docs.github.com/rest/checks/runs), in characters. We count bytes, of which no text has fewer.
inline constexpr std::size_t kMaxCheckText = 65'535;
inline constexpr std::size_t kMaxAnnotations = 50;
inline constexpr std::size_t kMaxActions = 3;

/// The check with its texts cut to the limits, saying so where something was. Markdown is cut at the end of a line.
CheckText within_limits(CheckText check);

/// Why something is sent later.
enum class Delay {
  failed,      ///< it was tried: one more failure in a row
  left_alone,  ///< it was not: the forge asked to be left alone
};

/// A check that is to stand at the forge.
struct Check {
  RepositoryId repository{};
  CommitId head;
  std::string name{};  ///< stable, so that it can be required
  CheckText text{};
  friend bool operator==(const Check&, const Check&) = default;
};

/// What comes back when a button of ours is pressed.
inline constexpr std::string_view kApprove = "approve";
inline constexpr std::string_view kRetry = "retry";
inline constexpr std::string_view kCancel = "cancel";

/// The one that is always there and always concluded.
inline constexpr std::string_view kSummaryCheck = "EkaCI";

}  // namespace ekaci::forge
