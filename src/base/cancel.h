#pragma once

#include <stop_token>

namespace ekaci {

/// How someone asks running work to stop. Work that blocks looks at it at least every 100 ms, ends its children, and
/// returns ErrorCode::cancelled.
using CancelToken = std::stop_token;
using CancelSource = std::stop_source;

}  // namespace ekaci
