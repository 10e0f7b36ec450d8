#include "github/outcome.h"

#include <fmt/core.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "github/json_text.h"

namespace ekaci::github {
namespace {

constexpr std::size_t kMostWords = 400;  // columns
constexpr std::size_t kMostReasons = 5;
constexpr std::size_t kLargestError = std::size_t{1} << 20U;

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

nlohmann::json document_of(const net::ClientResponse& answer) {
  if (answer.body.size() > kLargestError) return nullptr;
  return parse_json(answer.body).value_or(nlohmann::json());
}

/// An element of `errors`: a text, or an object with a message, or with a field and a code.
std::string reason_of(const nlohmann::json& error) {
  if (error.is_string()) return error.get<std::string>();
  const std::string message = text_at(error, "message");
  return message.empty() ? text_at(error, "field") + " " + text_at(error, "code") : message;
}

std::string words_of(const net::ClientResponse& answer) {
  const nlohmann::json document = document_of(answer);
  std::string words = text_at(document, "message");
  const auto errors = document.find("errors");
  if (errors == document.end() || !errors->is_array()) return clip(printable_line(words), kMostWords);
  for (std::size_t i = 0; i < errors->size() && i < kMostReasons; ++i) words += "; " + reason_of((*errors)[i]);
  return clip(printable_line(words), kMostWords);
}

/// A 403 says neither in its status nor always in its headers whether it is for too many calls; the page that explains it does.
bool is_limit(const net::ClientResponse& answer) {
  if (answer.status == 429 || answer.headers.contains("retry-after")) return true;
  if (answer.headers.find("x-ratelimit-remaining") == "0") return true;
  const std::string page = text_at(document_of(answer), "documentation_url");
  return page.find("rate-limit") != std::string::npos;
}

ErrorCode code_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::denied:
      return ErrorCode::permission_denied;
    case Outcome::missing:
      return ErrorCode::not_found;
    case Outcome::refused:
      return ErrorCode::invalid_argument;
    case Outcome::good:
    case Outcome::not_modified:
    case Outcome::unknown_to_it:  // nothing is lost for a clock or a key that someone will put right
    case Outcome::conflicting:
    case Outcome::limited:
    case Outcome::failed:
      break;
  }
  return ErrorCode::unavailable;
}

std::string_view advice_for(Outcome outcome, int status) {
  if (outcome == Outcome::unknown_to_it)
    return " (it does not take the App's token: see to the App's id, its private key, and this machine's clock)";
  if (status >= 300 && status < 400) return " (it has moved; its new name comes with an event or when repositories are read again)";
  return "";
}

}  // namespace

Outcome outcome_of(const net::ClientResponse& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return Outcome::good;
  if (status == 304) return Outcome::not_modified;
  if (status == 401) return Outcome::unknown_to_it;
  if (status == 403 || status == 429) return is_limit(answer) ? Outcome::limited : Outcome::denied;
  if (status == 404 || status == 410) return Outcome::missing;
  if (status == 409) return Outcome::conflicting;
  if (status == 451) return Outcome::denied;
  const bool is_passing = status == 408 || status == 423 || status == 425;
  return status >= 400 && status < 500 && !is_passing ? Outcome::refused : Outcome::failed;
}

Error error_of(Outcome outcome, const net::ClientResponse& answer, std::string_view where) {
  const std::string words = words_of(answer);
  return {code_of(outcome), fmt::format("GitHub answered {} to {}{}{}{}", answer.status, where, words.empty() ? "" : ": ", words,
                                        advice_for(outcome, answer.status))};
}

}  // namespace ekaci::github
