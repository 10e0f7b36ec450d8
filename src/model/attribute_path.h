#pragma once

#include <compare>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ekaci {

/// Where an attribute stands below a job's root: a list of names. Names are any bytes that Nix allows, dots and quotes
/// included; the written form quotes what is not an identifier, as Nix does: `python3Packages."zope.interface"`. Beyond Nix it
/// writes control characters and bytes that are not UTF-8 as `\x1b`: the written form is always UTF-8.
class AttributePath {
 public:
  AttributePath() = default;
  explicit AttributePath(std::vector<std::string> names) : names_(std::move(names)) {}
  AttributePath(std::initializer_list<std::string> names) : names_(names) {}

  /// From the written form; the empty text is the root.
  static Result<AttributePath> parse(std::string_view text);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool is_root() const { return names_.empty(); }
  [[nodiscard]] AttributePath child(std::string name) const;
  /// The written form; parse() gives the same path back.
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const AttributePath&, const AttributePath&) = default;

 private:
  std::vector<std::string> names_;
};

}  // namespace ekaci
