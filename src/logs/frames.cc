#include "logs/frames.h"

#include <algorithm>

#include "base/zstd.h"

namespace ekaci::logs {
namespace {

/// Logs are written while something else builds: the fastest level that still finds repetitions.
constexpr int kLevel = 1;
constexpr std::size_t kSkippableHeader = 8;
constexpr std::size_t kEnd = 8;
constexpr std::uint32_t kVersion = 1;

template <class Integer>
void append(std::string& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) bytes.push_back(static_cast<char>((value >> (8U * i)) & 0xffU));
}

/// Takes integers off the front of bytes; 0 where there are too few, which fits nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class Integer>
  Integer take() {
    Integer value = 0;
    if (rest_.size() < sizeof value) {
      short_ = true;
      return 0;
    }
    for (std::size_t i = 0; i < sizeof value; ++i)
      value |= static_cast<Integer>(static_cast<Integer>(static_cast<unsigned char>(rest_[i])) << (8U * i));
    rest_.remove_prefix(sizeof value);
    return value;
  }
  [[nodiscard]] bool is_spent() const { return rest_.empty() && !short_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool short_ = false;
};

FrameEntry take_entry(Reader& reader) {
  FrameEntry entry;
  entry.stored = reader.take<std::uint32_t>();
  entry.text = reader.take<std::uint32_t>();
  entry.line_feeds = reader.take<std::uint32_t>();
  entry.kind = FrameKind{reader.take<std::uint32_t>()};
  return entry;
}

bool is_possible(const FrameEntry& entry) {
  const bool known = entry.kind == FrameKind::text || entry.kind == FrameKind::gap;
  return known && entry.text <= kFrameText && entry.line_feeds <= entry.text;
}

Failure damaged() { return fail(ErrorCode::corrupt, "the log's index is damaged"); }

}  // namespace

Result<std::string> encode_frame(std::string_view text) { return zstd_compress(text, kLevel, "a log"); }

Result<std::string> decode_frame(std::string_view frame) { return zstd_decompress(frame, kFrameText, "a piece of the log"); }

std::uint64_t count_line_feeds(std::string_view text) { return static_cast<std::uint64_t>(std::ranges::count(text, '\n')); }

std::optional<std::size_t> frame_size(std::string_view bytes) { return zstd_frame_size(bytes); }

std::string encode_index(const Index& index) {
  std::string payload;
  append(payload, kVersion);
  append(payload, static_cast<std::uint32_t>(index.frames.size()));
  for (const FrameEntry& entry : index.frames) {
    append(payload, entry.stored);
    append(payload, entry.text);
    append(payload, entry.line_feeds);
    append(payload, static_cast<std::uint32_t>(entry.kind));
  }
  append(payload, index.bytes);
  append(payload, index.lines);
  append(payload, index.bytes_left_out);
  append(payload, kIndexEnd);
  append(payload, static_cast<std::uint32_t>(kSkippableHeader + payload.size() + sizeof(std::uint32_t)));

  std::string frame;
  append(frame, kIndexMagic);
  append(frame, static_cast<std::uint32_t>(payload.size()));
  return frame + payload;
}

Result<Index> decode_index(std::string_view frame) {
  Reader reader(frame);
  const bool is_ours = reader.take<std::uint32_t>() == kIndexMagic && reader.take<std::uint32_t>() == frame.size() - kSkippableHeader;
  if (!is_ours || reader.take<std::uint32_t>() != kVersion) return damaged();
  const auto count = reader.take<std::uint32_t>();
  if (count > kMaxFrames || count * std::size_t{16} > reader.left()) return damaged();
  Index index;
  index.frames.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    index.frames.push_back(take_entry(reader));
    if (!is_possible(index.frames.back())) return damaged();
  }
  index.bytes = reader.take<std::uint64_t>();
  index.lines = reader.take<std::uint64_t>();
  index.bytes_left_out = reader.take<std::uint64_t>();
  const bool ends_well = reader.take<std::uint32_t>() == kIndexEnd && reader.take<std::uint32_t>() == frame.size();
  if (!ends_well || !reader.is_spent()) return damaged();
  return index;
}

std::optional<std::uint32_t> index_size(std::string_view last_bytes) {
  if (last_bytes.size() < kEnd) return std::nullopt;
  Reader reader(last_bytes.substr(last_bytes.size() - kEnd));
  if (reader.take<std::uint32_t>() != kIndexEnd) return std::nullopt;
  return reader.take<std::uint32_t>();
}

}  // namespace ekaci::logs
