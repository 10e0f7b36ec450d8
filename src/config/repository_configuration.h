#pragma once

#include <string_view>

#include "base/result.h"
#include "model/job.h"

namespace ekaci::config {

/// A repository's `.ekaci/config.json`, as docs/repository-configuration.md describes it. Strict: an unknown key, a value of the
/// wrong type or outside its bounds is an error, `<file>:<line>:<column>: …`, of invalid_argument. Pure; the text is hostile.
Result<RepositoryConfiguration> parse_repository_configuration(std::string_view text, std::string_view file);

}  // namespace ekaci::config
