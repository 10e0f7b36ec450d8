#include "app/presentation.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <limits>

#include "app/output.h"
#include "base/files.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"

namespace ekaci::app {
namespace {

std::string markdown_of(const Review& review) { return report::to_markdown(review); }

/// A form that a review can be written in, and where to.
struct Form {
  const char* option;
  const std::optional<std::string>& file;
  const Review& review;
  std::string (*render)(const Review&);
};

Status write_to_standard_output(std::string_view text) {
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write the report to standard output");
  return {};
}

}  // namespace

report::TerminalStyle style_of(const Presentation& presentation) {
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
  const bool automatic = terminal.is_terminal && (no_colour == nullptr || *no_colour == '\0');
  const bool coloured = presentation.colour == Colour::always || (presentation.colour == Colour::automatic && automatic);
  report::TerminalStyle style{.columns = terminal.columns, .colour = coloured ? report::Colour::on : report::Colour::off};
  style.verbosity = presentation.verbosity;
  if (style.verbosity == report::Verbosity::all) style.rows = std::numeric_limits<std::size_t>::max();
  return style;
}

Status publish(const Review& review, const Presentation& presentation) {
  const Review read = report::filtered(review, presentation.filter);
  const std::array forms = {Form{"--json", presentation.json, review, report::to_json},
                            Form{"--markdown", presentation.markdown, read, markdown_of},
                            Form{"--html", presentation.html, read, report::to_html}};
  bool is_taken = false;
  for (const Form& form : forms) {
    if (!form.file) continue;
    const std::string text = form.render(form.review);
    if (*form.file == Presentation::kStandardOutput) {
      is_taken = true;
      if (Status written = write_to_standard_output(text); !written) return written;
    } else if (const Status written = write_file_atomically(*form.file, text); !written) {
      return fail(written.error(), form.option);
    }
  }
  return is_taken ? Status() : write_to_standard_output(report::to_terminal(read, style_of(presentation)));
}

}  // namespace ekaci::app
