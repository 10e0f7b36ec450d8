#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ekaci {

/// The 32 bytes of a SHA-256.
using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of all bytes given at once.
Sha256 sha256(std::string_view bytes);

/// SHA-256 of bytes that come in parts. One thread at a time.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;
  Sha256Hasher(Sha256Hasher&&) = delete;
  Sha256Hasher& operator=(Sha256Hasher&&) = delete;

  void update(std::string_view bytes);
  /// The hash of all that was given. Call once.
  [[nodiscard]] Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace ekaci
