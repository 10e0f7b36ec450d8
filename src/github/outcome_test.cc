#include "github/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ekaci::github {
namespace {

using testing::HasSubstr;

net::ClientResponse answer(int status, std::string body = {}, net::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

ErrorCode code_of(const net::ClientResponse& response) { return error_of(outcome_of(response), response, "GET /x").code(); }

TEST(Outcome, IsToldByTheStatus) {
  EXPECT_EQ(outcome_of(answer(200)), Outcome::good);
  EXPECT_EQ(outcome_of(answer(201)), Outcome::good);
  EXPECT_EQ(outcome_of(answer(304)), Outcome::not_modified);
  EXPECT_EQ(outcome_of(answer(401)), Outcome::unknown_to_it);
  EXPECT_EQ(outcome_of(answer(409)), Outcome::conflicting);
  for (const auto& [status, code] :
       {std::pair(301, ErrorCode::unavailable), std::pair(307, ErrorCode::unavailable), std::pair(400, ErrorCode::invalid_argument),
        std::pair(401, ErrorCode::unavailable), std::pair(403, ErrorCode::permission_denied), std::pair(404, ErrorCode::not_found),
        std::pair(409, ErrorCode::unavailable), std::pair(410, ErrorCode::not_found), std::pair(422, ErrorCode::invalid_argument),
        std::pair(429, ErrorCode::unavailable), std::pair(451, ErrorCode::permission_denied), std::pair(500, ErrorCode::unavailable),
        std::pair(502, ErrorCode::unavailable), std::pair(999, ErrorCode::unavailable), std::pair(100, ErrorCode::unavailable)}) {
    EXPECT_EQ(code_of(answer(status)), code) << status;
  }
}

TEST(Outcome, AForbiddenCallMayBeOneTooMany) {
  EXPECT_EQ(outcome_of(answer(403)), Outcome::denied);
  EXPECT_EQ(outcome_of(answer(403, {}, {{"X-RateLimit-Remaining", "17"}})), Outcome::denied);
  EXPECT_EQ(outcome_of(answer(403, {}, {{"X-RateLimit-Remaining", "0"}})), Outcome::limited);
  EXPECT_EQ(outcome_of(answer(403, {}, {{"Retry-After", "5"}})), Outcome::limited);
  EXPECT_EQ(outcome_of(answer(429)), Outcome::limited);
  EXPECT_EQ(outcome_of(answer(403, R"({"message": "You have exceeded a secondary rate limit",
      "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})")),
            Outcome::limited);
  // What a message says decides nothing.
  EXPECT_EQ(outcome_of(answer(403, R"({"message": "secondary rate limit", "documentation_url": "https://docs.github.com/rest/checks"})")),
            Outcome::denied);
}

TEST(Outcome, SaysWhatGitHubSaid) {
  const net::ClientResponse refused = answer(422, R"({"message": "Validation \u001b[31mFailed", "errors": [
      {"resource": "CheckRun", "field": "head_sha", "code": "invalid"}, "No commit found", {"message": "too long"}, 7, null]})");
  const std::string message = error_of(outcome_of(refused), refused, "POST /repos/o/n/check-runs").message();
  EXPECT_THAT(message, HasSubstr("422 to POST /repos/o/n/check-runs: Validation Failed; head_sha invalid; No commit found; too long"));
}

TEST(Outcome, IsNotMisledByWhatIsNoAnswerOfGitHubs) {
  for (const char* body : {"", "<html>", "[]", "7", "{\"message\": 7, \"errors\": {}}", "{\"errors\": [[[]]]}", "\xff"}) {
    EXPECT_EQ(code_of(answer(502, body)), ErrorCode::unavailable) << body;
    EXPECT_EQ(outcome_of(answer(403, body)), Outcome::denied) << body;
  }
  const net::ClientResponse long_one = answer(500, "{\"message\": \"" + std::string(100'000, 'x') + "\"}");
  EXPECT_LT(error_of(outcome_of(long_one), long_one, "GET /x").message().size(), 1000U);
}

TEST(Outcome, SaysWhatToDoWhereTheAppIsNotKnown) {
  const net::ClientResponse unknown = answer(401, R"({"message": "A JSON web token could not be decoded"})");
  EXPECT_THAT(error_of(outcome_of(unknown), unknown, "GET /app").message(), HasSubstr("private key"));
}

}  // namespace
}  // namespace ekaci::github
