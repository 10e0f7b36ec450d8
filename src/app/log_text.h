#pragma once

#include <string>
#include <string_view>

#include "app/command_line.h"
#include "base/result.h"
#include "engine/build_ports.h"

namespace ekaci::app {

/// `/nix/store/….drv, attempt 2 on local: failed with exit status 1, 3.2 s`: what a log is of. Printable, one line.
std::string introduction_of(const engine::KeptAttempt& kept);

/// Prints a log piece by piece on standard output, whole lines made safe unless it is asked for as it is. Errors: io, where nobody reads
/// any more.
class LogPrinter {
 public:
  explicit LogPrinter(LogCommand::Form form) : form_(form) {}
  Status print(std::string_view piece);
  /// What is left, which is a line that nobody ended.
  Status finish();

 private:
  LogCommand::Form form_;
  std::string rest_{};
};

}  // namespace ekaci::app
