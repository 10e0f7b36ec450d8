#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/store_path.h"

namespace ekaci::drv {

/// A store path found at the front of a text, and which paths it counts as equal to.
struct RecognisedPath {
  std::uint32_t group = 0;
  std::size_t length = 0;  ///< bytes of the text
};

/// Which store paths in base's texts count as equal to which in head's. One thread; any to read.
class EqualPaths {
 public:
  enum class Side { base, head };

  /// These two, by hash and name, whatever follows them in a text.
  void add(const StorePath& base, const StorePath& head);
  /// Any paths with these names: of outputs whose hashes are not known.
  void add_named(const std::string& base, const std::string& head);

  /// The path at the front of a text of that side; nullopt where none is there that was added.
  [[nodiscard]] std::optional<RecognisedPath> recognise(Side side, std::string_view text) const;

 private:
  struct Exact {
    std::string name;
    std::uint32_t group = 0;
  };
  struct Known {
    std::unordered_map<std::string, Exact> by_hash;
    std::unordered_map<std::string, std::uint32_t> by_name;
  };

  [[nodiscard]] const Known& known(Side side) const { return side == Side::base ? base_ : head_; }
  [[nodiscard]] std::uint32_t root(std::uint32_t group) const;
  std::uint32_t new_group();
  void join(std::uint32_t one, std::uint32_t other);

  Known base_;
  Known head_;
  struct Group {
    std::uint32_t whole = 0;  ///< what it is a part of; itself where of nothing
    std::uint32_t size = 1;
  };
  std::vector<Group> groups_;
};

/// Where two texts first differ.
struct FirstDifference {
  std::size_t base = 0;
  std::size_t head = 0;
};

/// nullopt where they are equal but for paths that count as equal.
std::optional<FirstDifference> first_difference(std::string_view base, std::string_view head, const EqualPaths& paths);

/// A text of at most TextDifference::kMaxText bytes: the whole, or what surrounds `at`, with `…` where something is left out. No
/// character of UTF-8 is cut in two.
std::string excerpt(std::string_view text, std::size_t at);

}  // namespace ekaci::drv
