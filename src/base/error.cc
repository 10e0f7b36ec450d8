#include "base/error.h"

#include <ranges>
#include <utility>

namespace ekaci {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::resource_exhausted:
      return "resource_exhausted";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::io:
      return "io";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

Error Error::while_doing(std::string what) && {
  context_.push_back(std::move(what));
  return std::move(*this);
}

Error Error::while_doing(std::string what) const& { return Error(*this).while_doing(std::move(what)); }

std::string Error::to_string() const {
  std::string text;
  for (const std::string& what : std::views::reverse(context_)) text += what + ": ";
  return text + message_;
}

}  // namespace ekaci
