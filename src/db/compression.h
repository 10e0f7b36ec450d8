#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci::db {

/// One zstd frame (RFC 8878) with the content's size and checksum.
Result<std::string> compress(std::string_view bytes);

/// The content of one such frame. Fails with corrupt where it is damaged, says no size, or claims more than `largest` bytes.
Result<std::string> decompress(std::string_view frame, std::uint64_t largest);

}  // namespace ekaci::db
