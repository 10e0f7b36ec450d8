#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace ekaci::report {

/// What is wrong with a document: the first thing that was found. One thread.
class Problems {
 public:
  /// `where` as in `changes[3].head.drvPath`.
  void add(std::string_view where, std::string_view what);
  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::optional<Error> first_;
};

/// A value of a document and where it stands. What is asked of it and not there is a problem, and something harmless is returned:
/// so readers need not stop at each question. The document and the problems have to outlive it.
class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, std::string where, Problems& problems)
      : value_(&value), where_(std::move(where)), problems_(&problems) {}

  [[nodiscard]] bool has(const std::string& key) const;
  /// The value of a key that has to be there.
  [[nodiscard]] JsonNode at(const std::string& key) const;
  [[nodiscard]] bool is_null() const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  /// Not negative, at most `largest`.
  [[nodiscard]] std::uint64_t number(std::uint64_t largest = UINT64_MAX) const;
  [[nodiscard]] std::uint32_t small_number() const { return static_cast<std::uint32_t>(number(UINT32_MAX)); }
  /// Not negative, at most `largest`, whole or not.
  [[nodiscard]] double real(double largest) const;
  /// The elements of an array.
  [[nodiscard]] std::vector<JsonNode> elements() const;
  [[nodiscard]] std::vector<std::string> texts() const;

  void refuse(std::string_view what) const { problems_->add(where_, what); }

 private:
  const nlohmann::json* value_;
  std::string where_;
  Problems* problems_;
};

/// What `parse` makes of the node; nullopt where it is null.
template <class Parse>
auto value_or_none(const JsonNode& node, const Parse& parse) -> std::optional<decltype(parse(node))> {
  if (node.is_null()) return std::nullopt;
  return parse(node);
}

/// What `parse` makes of each element of an array.
template <class Parse>
auto all_from(const JsonNode& node, const Parse& parse) -> std::vector<decltype(parse(node))> {
  std::vector<decltype(parse(node))> all;
  for (const JsonNode& element : node.elements()) all.push_back(parse(element));
  return all;
}

}  // namespace ekaci::report
