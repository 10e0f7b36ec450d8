#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/store_path.h"
#include "wire/protocol.h"

namespace ekaci::wire {

/// Puts values behind one another as the protocol has them. One thread at a time.
class Writer {
 public:
  /// Appends to `bytes`, which outlives this.
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  void number(std::uint64_t value);
  void operation(Operation operation) { number(static_cast<std::uint64_t>(operation)); }
  /// Length, bytes, zeros up to a multiple of eight.
  void text(std::string_view text);
  void texts(std::span<const std::string> texts);
  void path(const StorePath& path);
  void paths(std::span<const StorePath> paths);
  /// A part of data whose length is not known beforehand: its length and its bytes, not padded. Nothing where it is empty, since
  /// a part without bytes is the end.
  void frame(std::string_view part);
  void end_of_frames() { number(0); }

 private:
  std::string& bytes_;
};

}  // namespace ekaci::wire
