#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace ekaci {

/// Bytes that nobody is to see: a key, a token, a password. Cannot be printed, copied or compared by accident; overwritten when
/// destroyed. Who needs the bytes says so: reveal(). Move-only; a moved-from one is empty.
class Secret {
 public:
  Secret() = default;
  /// Takes a copy to memory of its own, and overwrites the text that it is given.
  explicit Secret(std::string&& bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  /// The bytes, for as long as this lives. Never to be logged, put into an error, or handed to a child's arguments or environment.
  [[nodiscard]] std::string_view reveal() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool is_empty() const { return size_ == 0; }

 private:
  void wipe();

  std::unique_ptr<char[]> bytes_;  // NOLINT(*-avoid-c-arrays): a string that grows or is moved leaves its bytes behind
  std::size_t size_ = 0;
};

/// Whether the bytes are the secret's. Takes the same time whichever of them differ; a difference in length shows.
bool is_equal(const Secret& secret, std::string_view bytes);

}  // namespace ekaci
