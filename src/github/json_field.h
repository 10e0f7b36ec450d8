#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace ekaci::github {

/// What is wrong with a document: the first thing that was found. One thread.
class Problems {
 public:
  /// `path` as in `pull_request.head.sha`.
  void add(std::string_view path, std::string_view what);
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::optional<Error> first_;
};

/// A value of what GitHub says, and where it stands. What is asked of it and not there is a problem, and something harmless is returned: so
/// readers need not stop at each question. The document and the problems have to outlive it.
class JsonField {
 public:
  /// No text that we use is longer, in bytes; most are much shorter.
  static constexpr std::size_t kLongestText = 4096;

  JsonField(const nlohmann::json& value, std::string path, Problems& problems)
      : value_(&value), path_(std::move(path)), problems_(&problems) {}

  /// Whether it is an object with a value of that key that is not null.
  [[nodiscard]] bool has(const std::string& key) const;
  /// The value of a key that has to be there.
  [[nodiscard]] JsonField at(const std::string& key) const;

  [[nodiscard]] std::string text(std::size_t longest = kLongestText) const;
  [[nodiscard]] bool boolean() const;
  /// A number that GitHub gave something: whole, 1 or more.
  [[nodiscard]] std::int64_t number() const;
  /// A point in time: ISO 8601, or in seconds since 1970 as `push` has it.
  [[nodiscard]] Clock::Wall time() const;
  /// The elements of an array.
  [[nodiscard]] std::vector<JsonField> elements() const;
  /// The values of an object with their keys, by key.
  [[nodiscard]] std::vector<std::pair<std::string, JsonField>> members() const;

  void refuse(std::string_view what) const { problems_->add(path_, what); }

 private:
  const nlohmann::json* value_;
  std::string path_;
  Problems* problems_;
};

}  // namespace ekaci::github
