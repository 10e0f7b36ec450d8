#include "db/compression.h"

#include <fmt/core.h>

#include "base/zstd.h"

namespace ekaci::db {
namespace {

/// Derivations repeat each other over long distances; higher levels were measured to cost three times the time for a tenth less.
constexpr int kLevel = 3;

}  // namespace

Result<std::string> compress(std::string_view bytes) { return zstd_compress(bytes, kLevel, fmt::format("{} bytes", bytes.size())); }

Result<std::string> decompress(std::string_view frame, std::uint64_t largest) {
  return zstd_decompress(frame, largest, "a compressed record");
}

}  // namespace ekaci::db
