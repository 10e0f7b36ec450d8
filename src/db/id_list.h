#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci::db {

/// Ids of rows, ascending, each as the difference to the one before (Encoder's integers). Ids are above 0. Sorts them and drops
/// repetitions.
std::string encode_id_list(std::vector<std::int64_t> ids);
/// Ascending. Fails with corrupt on what encode_id_list() cannot have written.
Result<std::vector<std::int64_t>> decode_id_list(std::string_view bytes);

}  // namespace ekaci::db
