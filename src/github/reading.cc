#include "github/reading.h"

#include <nlohmann/json.hpp>

#include "github/json_text.h"

namespace ekaci::github {

Status use_answer(std::string_view body, const std::function<void(const JsonField&)>& use) {
  const Result<nlohmann::json> document = parse_json(body);
  if (!document) return fail(ErrorCode::unavailable, "GitHub's answer is {}", document.error().message());
  Problems problems;
  use(JsonField(*document, {}, problems));
  if (const std::optional<Error>& first = problems.first()) {
    return fail(ErrorCode::unavailable, "GitHub's answer is not as it has to be: {}", first->message());
  }
  return {};
}

}  // namespace ekaci::github
