#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ekaci::db {

/// Writes integers as LEB128 (seven bits a byte, low ones first) and byte strings with their length before them.
class Encoder {
 public:
  void integer(std::uint64_t value);
  void text(std::string_view bytes);
  /// Bytes whose number the reader knows.
  void raw(std::string_view bytes) { bytes_ += bytes; }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what Encoder wrote. The first thing that cannot be read makes it failed() for good; from then on every read gives 0 or
/// nothing, so that a caller may check once at the end. The bytes must outlive it and what text() and raw() return.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t integer();
  /// An integer that fits; fails where it is above `largest`.
  std::uint64_t integer_up_to(std::uint64_t largest);
  std::string_view text();
  std::string_view raw(std::size_t size);

  [[nodiscard]] bool failed() const { return failed_; }
  /// All was read and nothing failed.
  [[nodiscard]] bool finished() const { return !failed_ && rest_.empty(); }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

 private:
  void fail();
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace ekaci::db
