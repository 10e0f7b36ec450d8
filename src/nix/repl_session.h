#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci::nix {

/// How one question to a `nix repl` ended.
struct ReplExchange {
  std::optional<std::string> reply{};  ///< the string that the expression evaluated to; none where it failed
  std::string errors{};                ///< what was printed on standard error meanwhile: hostile text
  bool incomplete = false;             ///< an imported file ended in the middle: the reader had taken the question as unfinished
};

/// The conversation with one `nix repl` that reads its standard input from a pipe: pure, bytes in, exchanges out.
///
/// Each question is three lines: the expression; `:<nonce>`, an unknown command, which the reader reports on standard error;
/// and an expression that evaluates to another nonce, which it prints on standard output. The nonces are fresh and random, and
/// evaluated code sees neither: it can print on standard error (builtins.trace), but cannot end its own answer there, and
/// cannot print on standard output at all. Lines of standard output that are not one whole quoted string are prompts and
/// echoes; what is awaited is never part of an echo, because the question spells it in two halves.
///
/// Source: Nix's src/nix/repl.cc (2.8) and src/libcmd/repl.cc (2.26), mainLoop: a ParseError that says "unexpected end of file"
/// keeps the input and waits for more, also where the file that ended too early is an imported one. The next line then is a
/// syntax error whose excerpt shows the nonce, and the third line is read afresh.
class ReplSession {
 public:
  /// `output_limit`: bytes that one question may print.
  explicit ReplSession(std::uint64_t output_limit) : output_limit_(output_limit) {}

  /// The bytes that ask for an expression: one line of printable ASCII. Nothing is awaited for it yet if others are in flight.
  std::string ask(std::string_view expression);
  /// The bytes that bind a name, `name = expression`: an exchange without reply.
  std::string bind(std::string_view line) { return ask(line); }

  /// What the process wrote. resource_exhausted where the question at the head printed more than the limit.
  Status feed_output(std::string_view bytes);
  Status feed_errors(std::string_view bytes);

  /// The oldest question's end, once it is known.
  std::optional<ReplExchange> take();

  [[nodiscard]] std::size_t in_flight() const { return awaited_.size(); }
  /// Standard error since the last question that ended: why the process died, where it did.
  [[nodiscard]] const std::string& unfinished_errors() const { return errors_; }

 private:
  struct Nonces {
    std::string output;
    std::string error;
  };
  Status check_limit(std::size_t held) const;

  std::uint64_t output_limit_;
  std::deque<Nonces> awaited_;
  std::string output_;  ///< not yet used
  std::string errors_;
  std::size_t output_searched_ = 0;  ///< bytes of output_ that hold no whole line that matters
  std::size_t errors_searched_ = 0;
  std::optional<std::string> reply_;  ///< of the oldest question
  bool output_ended_ = false;         ///< the oldest question's third line was answered
};

/// The bytes of a string as the reader prints it: quoted, escaped, maybe inside colour escapes; nullopt where the line is
/// anything else.
std::optional<std::string> parse_printed_string(std::string_view line);

/// 128 random bits in hexadecimal.
std::string make_nonce();

}  // namespace ekaci::nix
