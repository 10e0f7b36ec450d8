#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "retention/sweep.h"

/// What retention dropped, or would drop, as JSON and for a person.
namespace ekaci::app {

/// `{"schema": 1, "directory": "/var/lib/ekaci", "dryRun": false, "dropped": [{"what": "logs", "why": "age", "count": 3, "bytes": 4096}],
/// "taken": {"before": 9, "after": 5}, "free": {"before": 1, "after": 5}, "missing": 0}`; all sizes in bytes, `missing` what the bounds
/// want besides and cannot be had.
std::string gc_json(const retention::Swept& swept, std::string_view directory);

/// gc_json() as a table for a terminal; corrupt where it is something else.
Result<std::string> gc_table(std::string_view json_text);

}  // namespace ekaci::app
