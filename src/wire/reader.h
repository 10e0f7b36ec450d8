#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/store_path.h"
#include "wire/protocol.h"

namespace ekaci::wire {

/// A text that is longer than what is kept of it: where it lies, for whoever holds the bytes to shorten it.
struct LongText {
  std::size_t at = 0;        ///< where the number that is its length begins
  std::uint64_t length = 0;  ///< what that number says
  std::size_t longest = 0;   ///< what is kept of it: a multiple of eight
};

/// Reads values from the beginning of bytes that may end anywhere. The first thing that is wrong or missing stays: what is read
/// after it is zero and empty, so a message is read straight through and the state looked at once, at its end. One thread at a time.
class Reader {
 public:
  enum class State {
    good,
    short_of_bytes,  ///< more of them are needed, at least up to needed()
    too_long,        ///< a text is: see long_text()
    refused,         ///< this is not what it has to be: see reason()
  };

  /// The bytes outlive this.
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_good() const { return state_ == State::good; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const LongText& long_text() const { return long_text_; }
  /// How many bytes were read so far.
  [[nodiscard]] std::size_t used() const { return used_; }
  /// How many bytes there have to be, counted from the first, before reading on makes sense.
  [[nodiscard]] std::size_t needed() const { return needed_; }

  std::uint64_t number();
  /// 0 or 1.
  bool flag();
  /// A text of at most `longest` bytes; a longer one is refused.
  std::string_view text(std::size_t longest);
  /// A text of which kLongestText bytes are kept; a longer one ends the reading with `too_long`.
  std::string_view long_text_of_people();
  /// The length of a list; more than `most` is refused.
  std::size_t count(std::size_t most);
  /// A store path. nullopt where the reader is not good after it.
  std::optional<StorePath> path();
  /// A store path, or an empty text.
  std::optional<StorePath> optional_path();
  std::vector<StorePath> paths();
  /// Number of entries, and each an integer or a text for people.
  std::vector<Field> fields();

  /// What was read makes no sense. The first reason stays.
  void refuse(std::string reason);

 private:
  bool has(std::uint64_t bytes);
  std::string_view take(std::uint64_t length);

  std::string_view bytes_;
  std::size_t used_ = 0;
  std::size_t needed_ = 0;
  State state_ = State::good;
  LongText long_text_{};
  std::string reason_;
};

}  // namespace ekaci::wire
