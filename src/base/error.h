#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ekaci {

/// What kind of thing went wrong. Callers decide on the code, never on the text.
enum class ErrorCode {
  invalid_argument,    ///< the caller or the user gave something that cannot be right
  not_found,           ///< what was named does not exist
  conflict,            ///< it exists in a state that excludes the request
  unsupported,         ///< right in itself, but this version or machine cannot do it
  unavailable,         ///< a tool, service or file cannot be used now; trying later may help
  resource_exhausted,  ///< memory, disk, processes or output limits were reached
  timed_out,           ///< a deadline passed
  cancelled,           ///< someone asked to stop
  corrupt,             ///< stored or received data is not what it has to be
  permission_denied,   ///< the operating system or a rule refused
  io,                  ///< reading or writing failed
  internal,            ///< a defect of EkaCI itself
};

/// The code's name as it appears in JSON and logs, such as `not_found`.
std::string_view to_string(ErrorCode code);

/// An expected failure: a code, a message for a person (what, where, what to do), and the chain of what was being done,
/// innermost first. A value; holds no resources.
class Error {
 public:
  Error(ErrorCode code, std::string message);

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::vector<std::string>& context() const { return context_; }

  /// The same error, saying in addition what was being done: `while reading the configuration`.
  [[nodiscard]] Error while_doing(std::string what) &&;
  [[nodiscard]] Error while_doing(std::string what) const&;

  /// One text for a person: `<outermost context>: …: <message>`.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> context_;
};

}  // namespace ekaci
