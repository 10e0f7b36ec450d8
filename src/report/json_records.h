#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/review.h"

/// What `ekaci.review/1` has one line of for each: attributes, derivations on the way down, origins.
namespace ekaci::report {

nlohmann::ordered_json record_of(const JobReview& job, const Change& change);
nlohmann::ordered_json record_of(const RebuiltDerivation& rebuilt);
nlohmann::ordered_json record_of(const Origin& origin);
nlohmann::ordered_json record_of(const StepDifference& difference);
nlohmann::ordered_json record_of(const RootFailure& root);

/// An array of texts, each well-formed UTF-8.
nlohmann::ordered_json text_array(const std::vector<std::string>& texts);

}  // namespace ekaci::report
