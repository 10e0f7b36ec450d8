#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "engine/ports.h"
#include "model/review.h"

namespace ekaci::app {

/// Keeps a review of the repository that `directory` is in.
Status archive(engine::ReviewArchive& archive, const Review& review, const std::string& directory, const Clock& clock);

/// The review with this id, or without one the latest of the repository that `directory` is in. not_found, saying what to do, where
/// there is none; invalid_argument where it is of another repository; corrupt where what was kept cannot be read.
Result<Review> recall(engine::ReviewArchive& archive, const std::string& directory, std::optional<std::uint64_t> id);

/// The latest reviews of a repository, a line each, for a person.
Result<std::string> list_archive(engine::ReviewArchive& archive, const std::string& directory);

}  // namespace ekaci::app
