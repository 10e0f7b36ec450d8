#pragma once

#include <vector>

#include "model/review.h"
#include "report/json_node.h"
#include "report/json_parsing.h"
#include "report/json_stream.h"

/// The jobs of a report, put together from its records.
namespace ekaci::report {

/// What a job holds beside its changes.
struct RecordsOfJob {
  std::vector<RebuiltDerivation> rebuilds{};
  std::vector<Origin> origins{};
  std::vector<StepDifference> own_differences{};
  std::vector<RetainedDependency> retained{};
  std::vector<Change> named{};  ///< attributes that are only named
};

/// The records of a report as they came, until the jobs that they belong to are known.
struct Records {
  std::vector<ParsedChange> changes{};
  std::vector<RecordsOfJob> jobs{};
  std::vector<RootFailure> root_failures{};

  void add(const Record& record);
};

/// All jobs with what belongs to them, checked.
std::vector<JobReview> jobs_from(const JsonNode& document, Records records);

}  // namespace ekaci::report
