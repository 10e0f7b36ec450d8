#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/review.h"
#include "report/filter.h"
#include "report/terminal.h"

namespace ekaci::app {

enum class Colour { automatic, always, never };

/// How and where a review is told: at the terminal, and as files of other forms.
struct Presentation {
  /// A file's name that means standard output. Then nothing else goes there; only one form may ask for it.
  static constexpr std::string_view kStandardOutput = "-";

  std::optional<std::string> json{};
  std::optional<std::string> markdown{};
  std::optional<std::string> html{};
  report::Verbosity verbosity = report::Verbosity::normal;
  Colour colour = Colour::automatic;
  report::Filter filter{};  ///< of what people read; JSON always has everything
};

/// The terminal that standard output is, and what the user wants of it.
report::TerminalStyle style_of(const Presentation& presentation);

/// Writes all that is asked for. A file that was asked for is there whole or not at all.
Status publish(const Review& review, const Presentation& presentation);

}  // namespace ekaci::app
