#pragma once

#include <cstdint>

#include "base/strong_id.h"

namespace ekaci::github {

/// GitHub's number of our App.
using AppId = StrongId<struct AppIdTag, std::int64_t>;

}  // namespace ekaci::github
