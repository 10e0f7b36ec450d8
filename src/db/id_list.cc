#include "db/id_list.h"

#include <algorithm>
#include <limits>

#include "db/encoding.h"

namespace ekaci::db {

std::string encode_id_list(std::vector<std::int64_t> ids) {
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  Encoder out;
  std::int64_t last = 0;
  for (const std::int64_t id : ids) {
    out.integer(static_cast<std::uint64_t>(id - last));
    last = id;
  }
  return out.bytes();
}

Result<std::vector<std::int64_t>> decode_id_list(std::string_view bytes) {
  Decoder in(bytes);
  std::vector<std::int64_t> ids;
  std::int64_t last = 0;
  while (in.remaining() > 0) {
    const std::uint64_t difference = in.integer_up_to(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() - last));
    if (in.failed() || difference == 0) return fail(ErrorCode::corrupt, "a stored list of ids is damaged");
    last += static_cast<std::int64_t>(difference);
    ids.push_back(last);
  }
  return ids;
}

}  // namespace ekaci::db
