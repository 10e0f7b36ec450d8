#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "forge/check.h"

namespace ekaci::db {

/// Bytes that a check's texts may take together, before compression: several times what a forge takes.
inline constexpr std::uint64_t kLargestCheck = std::uint64_t{8} << 20U;

/// What a check says, as `forge_check.content` has it, uncompressed. Times keep whole microseconds. Equal texts give equal bytes.
std::string encode_check_text(const forge::CheckText& text);
/// The inverse. Fails with corrupt on what encode_check_text() cannot have written.
Result<forge::CheckText> decode_check_text(std::string_view bytes);

}  // namespace ekaci::db
