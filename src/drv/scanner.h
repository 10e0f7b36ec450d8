#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drv/derivation.h"
#include "model/store_path.h"

namespace ekaci::drv {

/// Goes over the bytes of a derivation, token by token. The first thing that is not as expected becomes the error; from then on
/// nothing is read, every list ends and every string is empty, so that callers look at failed() once, when they are done.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : bytes_(bytes) {}

  /// Steps over exactly this text.
  void expect(std::string_view text);
  /// Steps over this character if it is next.
  bool accept(char c);
  /// A string that Nix writes without escapes, which therefore can hold neither `"` nor `\`.
  std::string_view raw_string();
  /// A string in Nix's escapes, each used where Nix uses it and nowhere else.
  std::string escaped_string();
  /// A store path in quotes.
  std::optional<StorePathView> path();
  /// Everything from here to the end.
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }
  void expect_end();

  /// `[item,item,…]`; calls `item` at the beginning of each.
  template <class Item>
  void list(Item item) {
    expect("[");
    if (failed() || accept(']')) return;
    std::size_t entries = 0;
    bool more = true;
    while (more) {
      if (++entries > kMaxListEntries) refuse_entries();
      if (!failed()) item();
      more = accept(',');
    }
    expect("]");
  }

  /// The position of the next byte, to blame later.
  [[nodiscard]] std::size_t offset() const { return at_; }
  /// What stands at `offset` is not what Nix writes.
  void refuse(std::size_t offset, std::string_view expected);
  void refuse(ErrorCode code, std::string message);

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// The first error, if there was one.
  [[nodiscard]] Status status() const {
    if (error_) return fail(*error_);
    return {};
  }

 private:
  void refuse_entries();

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

/// Sees that names come as Nix's sorted containers give them.
class Ascending {
 public:
  /// Whether `next` is above all before it. Keeps the view until the following call.
  bool follows(std::string_view next) {
    const bool ascends = !last_ || *last_ < next;
    last_ = next;
    return ascends;
  }

 private:
  std::optional<std::string_view> last_;
};

}  // namespace ekaci::drv
