#include "base/zstd.h"

#include <zstd.h>

#include <memory>

namespace ekaci {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
};

}  // namespace

Result<std::string> zstd_compress(std::string_view content, int level, std::string_view what) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(::ZSTD_createCCtx());
  if (context == nullptr) return fail(ErrorCode::resource_exhausted, "no memory to compress {}", what);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string frame(::ZSTD_compressBound(content.size()), '\0');
  const std::size_t size = ::ZSTD_compress2(context.get(), frame.data(), frame.size(), content.data(), content.size());
  if (::ZSTD_isError(size) != 0) {
    return fail(ErrorCode::resource_exhausted, "cannot compress {}: {}", what, ::ZSTD_getErrorName(size));
  }
  frame.resize(size);
  return frame;
}

Result<std::string> zstd_decompress(std::string_view frame, std::uint64_t largest, std::string_view what) {
  const unsigned long long claimed = ::ZSTD_getFrameContentSize(frame.data(), frame.size());
  // The two error values, unknown and invalid, are the largest numbers there are.
  if (claimed > largest) return fail(ErrorCode::corrupt, "{} is damaged or too large", what);
  std::string content(claimed, '\0');
  const std::size_t size = ::ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size());
  if (::ZSTD_isError(size) != 0 || size != claimed) return fail(ErrorCode::corrupt, "{} is damaged", what);
  return content;
}

std::optional<std::size_t> zstd_frame_size(std::string_view bytes) {
  const std::size_t size = ::ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  return ::ZSTD_isError(size) != 0 ? std::nullopt : std::optional(size);
}

}  // namespace ekaci
