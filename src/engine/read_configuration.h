#pragma once

#include <optional>

#include "base/result.h"
#include "engine/ports.h"
#include "model/job.h"
#include "model/object_id.h"

namespace ekaci::engine {

/// The repository's configuration as a tree has it; nullopt where it has none. invalid_argument where its file is no configuration.
Result<std::optional<RepositoryConfiguration>> read_configuration(Repository& repository, ConfigurationParser& parser, const TreeId& tree);

}  // namespace ekaci::engine
