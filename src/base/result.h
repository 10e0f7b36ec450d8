#pragma once

#include <fmt/core.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace ekaci {

/// A value, or the error that kept it from being made. Never dropped: clang-tidy's bugprone-unused-return-value watches it.
template <class T>
using Result = tl::expected<T, Error>;

/// Success without a value, or an error.
using Status = Result<void>;

using Failure = tl::unexpected<Error>;

/// `return fail(ErrorCode::not_found, "no such job: {}", name);` works in every function that returns a Result.
template <class... Args>
Failure fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Failure(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// Hands an error on with what was being done added to its context chain.
inline Failure fail(Error error, std::string while_doing) { return Failure(std::move(error).while_doing(std::move(while_doing))); }

/// Hands an error on unchanged.
inline Failure fail(Error error) { return Failure(std::move(error)); }

}  // namespace ekaci
