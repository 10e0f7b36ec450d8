#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/json_node.h"

namespace ekaci::report {

/// What a report has very many of; each is handed over as soon as it has been read.
enum class RecordKind {
  change,
  rebuilt,
  origin,
  step_difference,
  root_failure,
  retained,
  unchanged,         ///< the written form of an attribute
  not_a_derivation,  ///< the same
};

struct Record {
  RecordKind kind = RecordKind::change;
  std::size_t job = 0;  ///< index of the job that holds it; 0 for changes and root failures
  JsonNode node;
};

/// Called for each record in the order of the text.
using RecordHandler = std::function<void(const Record&)>;

/// Reads a report's text and hands its records over, so that they never stand in memory all at once; what is returned is the rest, with
/// empty arrays in their place. Stops at the first problem, also of the handler. Fails with invalid_argument: no JSON, nested too deep,
/// more than a million values outside of
/// records or in one, a key that stands twice, a schema that this version does not read.
Result<nlohmann::json> read_stream(std::string_view text, Problems& problems, const RecordHandler& handler);

}  // namespace ekaci::report
