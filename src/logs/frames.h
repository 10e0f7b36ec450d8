#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// How a log lies in its file: zstd frames (RFC 8878) one behind the other, each a piece of the text, so that `zstdcat` prints the
/// whole; behind them a skippable frame with an index, so that a piece in the middle is read without the pieces before it.
///
/// The skippable frame has kIndexMagic, its size, and little-endian integers: the version (32 bits, 1), the number of frames (32),
/// for each of them its bytes in the file (32), bytes of text (32), line feeds (32) and what it is (32, FrameKind), then what the
/// builder wrote in all: bytes (64), lines (64), bytes left out (64); last kIndexEnd (32) and the skippable frame's whole size (32),
/// so that it is found from the end of the file. A log whose writer was killed has none, and is read from its start.
namespace ekaci::logs {

inline constexpr std::uint32_t kIndexMagic = 0x184D2A5A;
inline constexpr std::uint32_t kIndexEnd = 0x474C4B45;  ///< `EKLG`
/// The most text in one frame.
inline constexpr std::size_t kFrameText = std::size_t{128} << 10U;
/// The most frames of one log.
inline constexpr std::size_t kMaxFrames = 100'000;

enum class FrameKind : std::uint32_t {
  text = 0,  ///< of the builder's
  gap = 1,   ///< says how much is left out here; none of the builder's
};

/// What the index has of one frame.
struct FrameEntry {
  std::uint32_t stored = 0;      ///< bytes in the file
  std::uint32_t text = 0;        ///< bytes of text
  std::uint32_t line_feeds = 0;  ///< in the text
  FrameKind kind = FrameKind::text;
  friend bool operator==(const FrameEntry&, const FrameEntry&) = default;
};

struct Index {
  std::vector<FrameEntry> frames{};
  std::uint64_t bytes = 0;           ///< written by the builder
  std::uint64_t lines = 0;           ///< likewise
  std::uint64_t bytes_left_out = 0;  ///< of them
  friend bool operator==(const Index&, const Index&) = default;
};

/// What the index tells of a text.
std::uint64_t count_line_feeds(std::string_view text);

/// One frame, with the text's size and checksum. At most kFrameText bytes.
Result<std::string> encode_frame(std::string_view text);
/// The text of one frame; corrupt where it is damaged or claims more than kFrameText bytes.
Result<std::string> decode_frame(std::string_view frame);
/// Bytes of the frame that begins here; nullopt where it is not all there or no frame. Skippable frames count.
std::optional<std::size_t> frame_size(std::string_view bytes);

/// The skippable frame for an index of at most kMaxFrames frames.
std::string encode_index(const Index& index);
/// From a whole skippable frame; corrupt where it is anything else, or its numbers do not fit together.
Result<Index> decode_index(std::string_view frame);
/// Bytes of the skippable frame that the last 8 bytes of a file speak of; nullopt where they speak of none.
std::optional<std::uint32_t> index_size(std::string_view last_bytes);

}  // namespace ekaci::logs
