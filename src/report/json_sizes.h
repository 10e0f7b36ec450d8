#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "model/closure_size.h"
#include "report/json_node.h"

/// Sizes and retained dependencies in `ekaci.review/1`, in both directions.
namespace ekaci::report {

nlohmann::ordered_json json_of(const SizeChange& size);
nlohmann::ordered_json json_of(const SizeCheck& check);
nlohmann::ordered_json record_of(const RetainedDependency& retained);

/// What is wrong is added to the node's problems; what is returned is of no use then. Sizes are refused above the largest of int64, so
/// that they have a difference.
SizeChange size_from(const JsonNode& node);
SizeCheck size_check_from(const JsonNode& node);
RetainedDependency retained_from(const JsonNode& node);
/// Indices into a job's retained dependencies; whether these are there is not looked at.
std::vector<std::uint32_t> indices_from(const JsonNode& node);

}  // namespace ekaci::report
