#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "github/json_field.h"

namespace ekaci::github {

/// Hands over the JSON that GitHub answered; unavailable where that is not what GitHub says it answers: something else may have answered in
/// its place, and what was asked is not wrong for it.
Status use_answer(std::string_view body, const std::function<void(const JsonField&)>& use);

/// What `read` makes of it.
template <class Read>
auto read_answer(std::string_view body, const Read& read) -> Result<decltype(read(std::declval<JsonField>()))> {
  Result<decltype(read(std::declval<JsonField>()))> value = fail(ErrorCode::internal, "an answer was not read");
  const Status used = use_answer(body, [&](const JsonField& document) { value = read(document); });
  if (!used) return fail(used.error());
  return value;
}

}  // namespace ekaci::github
