#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ekaci {

/// A full git object name: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal characters. `Tag` tells commits from trees.
template <class Tag>
class ObjectId {
 public:
  static Result<ObjectId> parse(std::string_view text) {
    const bool hexadecimal = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if ((text.size() != 40 && text.size() != 64) || !hexadecimal) {
      return fail(ErrorCode::invalid_argument, "not a git object id ({} characters)", text.size());
    }
    return ObjectId(std::string(text));
  }

  [[nodiscard]] const std::string& to_string() const { return text_; }
  /// The first characters, for people.
  [[nodiscard]] std::string brief() const { return text_.substr(0, 10); }

  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;

 private:
  explicit ObjectId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using CommitId = ObjectId<struct CommitTag>;
using TreeId = ObjectId<struct TreeTag>;

}  // namespace ekaci
