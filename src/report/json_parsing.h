#pragma once

#include <string>

#include "model/review.h"
#include "report/json_node.h"

/// The opposite of json_records.h. What is wrong is added to the node's problems; what is returned is of no use then.
namespace ekaci::report {

/// A change, and which job and system it is said to be of.
struct ParsedChange {
  Change change;
  std::string job;
  std::string system;
};

StorePath path_from(const JsonNode& node);
ParsedChange change_from(const JsonNode& node);
RebuiltDerivation rebuilt_from(const JsonNode& node);
Origin origin_from(const JsonNode& node);
StepDifference step_difference_from(const JsonNode& node);
RootFailure root_failure_from(const JsonNode& node);
BuildSummary builds_from(const JsonNode& node);
/// An attribute that is only named, by its written form: it has neither side.
Change named_change_from(const JsonNode& node, ChangeKind kind);

}  // namespace ekaci::report
