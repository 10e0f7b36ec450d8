// Everything that an evaluator prints, as bytes of strangers: both streams of a session, what a reply says, what an error says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "nix/answer.h"
#include "nix/error_text.h"
#include "nix/repl_session.h"

namespace ekaci {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void hold_session(std::string_view output, std::string_view errors) {
  nix::ReplSession session(1U << 20U);
  [[maybe_unused]] const std::string asked = session.ask("x");
  for (std::size_t at = 0; at < output.size(); at += 7) require(session.feed_output(output.substr(at, 7)).has_value());
  require(session.feed_errors(errors).has_value());
  // The nonces are random: no input holds them.
  require(!session.take().has_value());
}

void hold_reply(std::string_view line) {
  if (const std::optional<std::string> printed = nix::parse_printed_string(line)) {
    [[maybe_unused]] const auto answer = nix::parse_answer(*printed, "/ekaci/source");
  }
  [[maybe_unused]] const auto answer = nix::parse_answer(line, "/ekaci/source");
}

void hold_error(std::string_view text) {
  const nix::KnownPlaces places{.tree = "/ekaci/source", .walker = "/ekaci/walker"};
  const EvaluationError error = nix::parse_error_text(text, places);
  require(!error.message.empty() && error.message.size() <= nix::kLongestMessage);
  require(printable(error.message) == error.message);
  if (error.position) require(error.position->line > 0 && !error.position->file.empty());
  [[maybe_unused]] const auto file = nix::last_file(text, places);
}

void check(std::string_view input) {
  const std::size_t cut = input.size() / 2;
  hold_session(input.substr(0, cut), input.substr(cut));
  hold_reply(input);
  hold_error(input);
}

}  // namespace
}  // namespace ekaci

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ekaci::check({reinterpret_cast<const char*>(data), size});  // NOLINT(*-reinterpret-cast): bytes as text
  return 0;
}
