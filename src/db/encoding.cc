#include "db/encoding.h"

namespace ekaci::db {

void Encoder::integer(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    value >>= 7U;
  }
  bytes_ += static_cast<char>(static_cast<unsigned char>(value));
}

void Encoder::text(std::string_view bytes) {
  integer(bytes.size());
  raw(bytes);
}

void Decoder::fail() {
  failed_ = true;
  rest_ = {};
}

std::uint64_t Decoder::integer() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7fU;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if (byte < 0x80) return value;
  }
  fail();
  return 0;
}

std::uint64_t Decoder::integer_up_to(std::uint64_t largest) {
  const std::uint64_t value = integer();
  if (value <= largest) return value;
  fail();
  return 0;
}

std::string_view Decoder::text() { return raw(integer()); }

std::string_view Decoder::raw(std::size_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

}  // namespace ekaci::db
