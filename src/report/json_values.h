#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "report/json_node.h"
#include "report/json_words.h"

/// Values that a report has in many places.
namespace ekaci::report {

template <class Values>
typename Values::value_type word_from(const JsonNode& node, const Values& values) {
  const auto value = identified(values, node.text());
  if (!value) node.refuse("is none of the words that can stand there");
  return value.value_or(values.front());
}

inline std::chrono::microseconds duration_from(const JsonNode& node) {
  return std::chrono::microseconds(static_cast<std::int64_t>(node.number(std::numeric_limits<std::int64_t>::max())));
}

}  // namespace ekaci::report
