#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"
#include "github/json_field.h"
#include "github/json_text.h"

namespace ekaci::github {

/// What `read` makes of the JSON that GitHub answered; unavailable where that is not what GitHub says it answers: something else may have
/// answered in its place, and what was asked is not wrong for it. Only for .cc files: it has all of nlohmann/json.
template <class Read>
auto read_answer(std::string_view body, const Read& read) -> Result<decltype(read(std::declval<JsonField>()))> {
  const Result<nlohmann::json> document = parse_json(body);
  if (!document) return fail(ErrorCode::unavailable, "GitHub's answer is {}", document.error().message());
  Problems problems;
  auto value = read(JsonField(*document, {}, problems));
  if (problems.first()) return fail(ErrorCode::unavailable, "GitHub's answer is not as it has to be: {}", problems.first()->message());
  return value;
}

}  // namespace ekaci::github
