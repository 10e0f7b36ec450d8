#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/build_run.h"
#include "engine/events.h"
#include "engine/ports.h"
#include "engine/slots.h"
#include "model/job.h"

namespace ekaci::engine {

/// How what changed is to be built.
struct BuildSettings {
  BuildPolicy policy{};
  BaseBuilds base = BaseBuilds::deciding;
};

/// What someone asks to be reviewed.
struct ReviewRequest {
  std::optional<std::string> base{};       ///< a revision; empty: the upstream default branch
  std::string head = "HEAD";               ///< a revision
  std::optional<std::string> base_name{};  ///< what reports call them; empty: the revisions
  std::optional<std::string> head_name{};
  EmptyRange if_empty = EmptyRange::refuse;
  std::vector<std::string> jobs{};  ///< names to keep of the configuration's jobs; empty: all
  std::vector<System> systems{};    ///< instead of each job's own; empty: the job's, else the machine's
  std::optional<Job> job{};         ///< instead of the repository's configuration
  /// How many jobs and systems head's configuration may add to base's; empty: as many as it has. What it adds beyond is not examined.
  std::optional<std::size_t> most_added{};
  EvaluationBudget budget{};
  EvaluationLimits limits{};             ///< workers and worker_memory are taken from the budget
  std::optional<BuildSettings> build{};  ///< empty: nothing is built
  /// Someone with write access accepted this head: a changed configuration and what it removes. Nothing else is met by that.
  bool accepted = false;
};

}  // namespace ekaci::engine
