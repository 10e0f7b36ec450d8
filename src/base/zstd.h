#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci {

/// One zstd frame (RFC 8878) with the content's size and checksum; `level` is zstd's, from 1. `what` names the content in errors: `a
/// log`. resource_exhausted where there is no memory for it.
Result<std::string> zstd_compress(std::string_view content, int level, std::string_view what);

/// The content of one such frame, which may be anybody's bytes. `what` names it in errors: `a piece of the log`. corrupt where it is
/// damaged, says no size, or claims more than `largest` bytes; no more than it claims is ever taken.
Result<std::string> zstd_decompress(std::string_view frame, std::uint64_t largest, std::string_view what);

/// Bytes of the frame that begins here; nullopt where it is not all there or no frame. Skippable frames count.
std::optional<std::size_t> zstd_frame_size(std::string_view bytes);

}  // namespace ekaci
