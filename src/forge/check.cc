#include "forge/check.h"

#include <fmt/core.h>

#include "forge/names.h"

namespace ekaci::forge {
namespace {

constexpr Names<CheckStatus, 3> kStatuses{"queued", "in_progress", "completed"};
constexpr Names<Conclusion, 6> kConclusions{"success", "failure", "neutral", "action_required", "cancelled", "timed_out"};
constexpr Names<Annotation::Level, 3> kLevels{"notice", "warning", "failure"};

/// The longest beginning of at most `bytes` that does not end within a character.
std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  while (bytes > 0 && continues(bytes)) --bytes;
  return text.substr(0, bytes);
}

constexpr std::string_view kCut = "\n\n… cut: the forge takes no more.\n";

/// Whole lines alone: what is code begins and ends on one line, or goes on to the end, and half of it would not be code any more.
std::string_view whole_lines(std::string_view text, std::size_t bytes) { return text.substr(0, text.rfind('\n', bytes - 1) + 1); }

/// The longest that GitHub takes of an annotation's texts: 255 characters and 64 KB.
constexpr std::size_t kLongestTitle = 255;
constexpr std::size_t kLongestMessage = 64'000;

void cut(Annotation& annotation) {
  annotation.title.resize(beginning(annotation.title, kLongestTitle).size());
  annotation.message.resize(beginning(annotation.message, kLongestMessage).size());
}

void cut(std::string& text) {
  if (text.size() <= kMaxCheckText) return;
  text = std::string(whole_lines(text, kMaxCheckText - kCut.size())).append(kCut);
}

}  // namespace

std::string_view to_string(CheckStatus status) { return kStatuses.of(status); }
std::optional<CheckStatus> parse_check_status(std::string_view text) { return kStatuses.parse(text); }

std::string_view to_string(Conclusion conclusion) { return kConclusions.of(conclusion); }
std::optional<Conclusion> parse_conclusion(std::string_view text) { return kConclusions.parse(text); }

std::string_view to_string(Annotation::Level level) { return kLevels.of(level); }
std::optional<Annotation::Level> parse_annotation_level(std::string_view text) { return kLevels.parse(text); }

CheckText within_limits(CheckText check) {
  if (check.annotations.size() > kMaxAnnotations) {
    check.summary += fmt::format("\n\n{} of {} remarks at lines are shown.\n", kMaxAnnotations, check.annotations.size());
    check.annotations.erase(check.annotations.begin() + static_cast<std::ptrdiff_t>(kMaxAnnotations), check.annotations.end());
  }
  for (Annotation& annotation : check.annotations) cut(annotation);
  if (check.actions.size() > kMaxActions) check.actions.resize(kMaxActions);
  cut(check.summary);
  cut(check.text);
  return check;
}

}  // namespace ekaci::forge
