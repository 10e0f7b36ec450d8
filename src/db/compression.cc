#include "db/compression.h"

#include <zstd.h>

#include <memory>

namespace ekaci::db {
namespace {

/// Derivations repeat each other over long distances; higher levels were measured to cost three times the time for a tenth less.
constexpr int kLevel = 3;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
};

}  // namespace

Result<std::string> compress(std::string_view bytes) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(::ZSTD_createCCtx());
  if (context == nullptr) return fail(ErrorCode::resource_exhausted, "no memory to compress {} bytes", bytes.size());
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string frame(::ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ::ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
  if (::ZSTD_isError(size) != 0) {
    return fail(ErrorCode::resource_exhausted, "cannot compress {} bytes: {}", bytes.size(), ::ZSTD_getErrorName(size));
  }
  frame.resize(size);
  return frame;
}

Result<std::string> decompress(std::string_view frame, std::uint64_t largest) {
  const unsigned long long claimed = ::ZSTD_getFrameContentSize(frame.data(), frame.size());
  // The two error values, unknown and invalid, are the largest numbers there are.
  if (claimed > largest) return fail(ErrorCode::corrupt, "a compressed record is damaged or too large");
  std::string bytes(claimed, '\0');
  const std::size_t size = ::ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (::ZSTD_isError(size) != 0 || size != claimed) return fail(ErrorCode::corrupt, "a compressed record is damaged");
  return bytes;
}

}  // namespace ekaci::db
