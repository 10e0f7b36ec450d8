#include "base/zstd.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <string_view>

namespace ekaci {
namespace {

TEST(Zstd, ContentComesBackAtEveryLevel) {
  EXPECT_TRUE(rc::check([](const std::string& content) {
    const int level = *rc::gen::inRange(1, 6);
    const std::string frame = zstd_compress(content, level, "it").value();
    RC_ASSERT(zstd_decompress(frame, content.size(), "it").value() == content);
    RC_ASSERT(zstd_frame_size(frame + "behind it") == frame.size());
  }));
}

TEST(Zstd, WhatIsDamagedOrTooLargeIsRefusedByName) {
  std::string frame = zstd_compress(std::string(10'000, 'x'), 1, "it").value();
  EXPECT_EQ(zstd_decompress(frame, 9'999, "a piece").error(), Error(ErrorCode::corrupt, "a piece is damaged or too large"));
  EXPECT_EQ(zstd_decompress("no frame", 9'999, "a piece").error(), Error(ErrorCode::corrupt, "a piece is damaged or too large"));
  frame.back() = static_cast<char>(frame.back() ^ 1);
  EXPECT_EQ(zstd_decompress(frame, 10'000, "a piece").error(), Error(ErrorCode::corrupt, "a piece is damaged"));
}

TEST(Zstd, AnyBytesAreContentOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const Result<std::string> content = zstd_decompress(bytes, 1000, "it");
    const bool is_fine = content ? content->size() <= 1000 : content.error().code() == ErrorCode::corrupt;
    RC_ASSERT(is_fine);
  }));
}

TEST(Zstd, AFrameThatIsNotAllThereHasNoSize) {
  const std::string frame = zstd_compress("content", 1, "it").value();
  EXPECT_EQ(zstd_frame_size(std::string_view(frame).substr(0, frame.size() - 1)), std::nullopt);
  EXPECT_EQ(zstd_frame_size(""), std::nullopt);
}

}  // namespace
}  // namespace ekaci
