#include "github/api.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "github/json_text.h"
#include "github/reading.h"
#include "github/timestamp.h"
#include "net/link_header.h"

namespace ekaci::github {
namespace {

/// Some thousand open pull requests are a hundred pages of 100, of which each has about a megabyte; smaller answers are many.
constexpr std::size_t kLargestCache = std::size_t{32} << 20U;

/// Calls as the App itself are counted apart from those of every installation.
constexpr forge::InstallationId kAppItself{0};

constexpr std::size_t kLongestQuery = 2048;

bool is_of_a_query(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/?%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
}

/// Of a link only the query is taken: GitHub writes its paths in other ways than ours (`/repositories/123/pulls`), and a token never goes
/// to where an answer points.
Result<std::string> next_query(const net::Headers& headers) {
  const std::optional<std::string> header = headers.joined("link");
  if (!header) return std::string();
  const Result<std::vector<net::Link>> links = net::parse_links(*header);
  if (!links) return fail(ErrorCode::unavailable, "GitHub's answer has a Link header that cannot be read: {}", links.error().message());
  const std::optional<std::string> target = net::find_link(*links, "next");
  if (!target) return std::string();
  const std::size_t mark = target->find('?');
  std::string query = mark == std::string::npos ? std::string() : target->substr(mark + 1);
  if (query.empty() || query.size() > kLongestQuery || !std::ranges::all_of(query, is_of_a_query)) {
    return fail(ErrorCode::unavailable, "GitHub's answer has a link to a next page that is none");
  }
  return query;
}

/// Errors of the transport in the words of forge::Forge.
Error reachability(const Error& error, const ApiCall& call) {
  const bool is_kept = error.code() == ErrorCode::cancelled || error.code() == ErrorCode::invalid_argument;
  return Error(is_kept ? error.code() : ErrorCode::unavailable, error.to_string()).while_doing("asking GitHub for " + describe(call));
}

Result<ApiAnswer> answer_of(const ApiCall& call, Result<net::ClientResponse> response) {
  if (!response) return fail(std::move(response).error());
  const Outcome outcome = outcome_of(*response);
  if (outcome != Outcome::good) return fail(error_of(outcome, *response, describe(call)));
  Result<std::string> next = next_query(response->headers);
  if (!next) return fail(std::move(next).error());
  return ApiAnswer{.body = std::move(response->body), .next = *std::move(next)};
}

/// Least rights: what git gets reads one repository and nothing else.
std::string token_request(const TokenScope& scope) {
  if (!scope.only) return {};
  return json_text({{"repository_ids", nlohmann::json::array({scope.only->value})}, {"permissions", {{"contents", "read"}}}});
}

KeptAnswer kept(const net::ClientResponse& response, std::string_view tag) {
  return {.tag = std::string(tag), .link = response.headers.joined("link").value_or(""), .body = response.body};
}

/// What was answered before, in place of a 304.
net::ClientResponse answered_before(const KeptAnswer& kept) {
  net::ClientResponse response{.status = 200, .headers = {}, .body = kept.body};
  if (!kept.link.empty()) response.headers.add("link", kept.link);
  return response;
}

}  // namespace

std::string describe(const ApiCall& call) { return fmt::format("{} {}", net::to_string(call.method), call.path); }

Api::Api(ApiSettings settings, PrivateKey key, Transport transport, const Clock& clock)
    : settings_(std::move(settings)),
      key_(std::move(key)),
      transport_(std::move(transport)),
      clock_(clock),
      limits_(settings_.calls_per_hour),
      cache_(kLargestCache),
      tokens_([this](const TokenScope& scope, const CancelToken& cancel) { return ask_for_token(scope, cancel); }, clock) {}

Result<net::ClientResponse> Api::exchange_as(forge::InstallationId installation, const ApiCall& call, const CancelToken& cancel) {
  const TokenScope scope{.installation = installation, .only = {}};
  for (int attempt = 1;; ++attempt) {
    const Result<SharedToken> token = tokens_.get(scope, cancel);
    if (!token) return fail(token.error());
    Result<net::ClientResponse> response = exchange({.installation = installation, .token = (*token)->reveal()}, call, cancel);
    // A token ends early when someone takes it back or the App's rights change: then there is another.
    const bool is_to_be_renewed = attempt == 1 && response && outcome_of(*response) == Outcome::unknown_to_it;
    if (!is_to_be_renewed) return response;
    tokens_.forget(scope, *token);
  }
}

Result<ApiAnswer> Api::as_installation(forge::InstallationId installation, const ApiCall& call, const CancelToken& cancel) {
  return answer_of(call, exchange_as(installation, call, cancel));
}

Result<std::optional<ApiAnswer>> Api::find_as_installation(forge::InstallationId installation, const ApiCall& call,
                                                           std::initializer_list<Outcome> nothing, const CancelToken& cancel) {
  Result<net::ClientResponse> response = exchange_as(installation, call, cancel);
  const bool is_nothing = response && std::ranges::find(nothing, outcome_of(*response)) != nothing.end();
  if (is_nothing) return std::optional<ApiAnswer>();
  return answer_of(call, std::move(response));
}

Result<ApiAnswer> Api::as_app(const ApiCall& call, const CancelToken& cancel) {
  const Secret token = app_token(settings_.app, key_, clock_.wall());
  return answer_of(call, exchange({.installation = kAppItself, .token = token.reveal()}, call, cancel));
}

Result<InstallationToken> Api::ask_for_token(const TokenScope& scope, const CancelToken& cancel) {
  const ApiCall call{.method = net::Method::post,
                     .path = fmt::format("/app/installations/{}/access_tokens", scope.installation.value),
                     .query = {},
                     .body = token_request(scope)};
  const Result<ApiAnswer> answer = as_app(call, cancel);
  if (!answer) return fail(answer.error());
  return read_answer(answer->body, [](const JsonField& document) {
    return InstallationToken{.token = Secret(document.at("token").text()), .expires = document.at("expires_at").time()};
  });
}

Result<net::ClientResponse> Api::exchange(const Caller& caller, const ApiCall& call, const CancelToken& cancel) {
  if (const Status admitted = admit(caller.installation); !admitted) return fail(admitted.error(), describe(call));
  net::ClientRequest request = request_for(caller, call);
  const bool is_asking = call.method == net::Method::get;
  const std::string key = fmt::format("{} {}", caller.installation.value, request.url);
  const std::shared_ptr<const KeptAnswer> before = is_asking ? cache_.find(key) : nullptr;
  if (before != nullptr) request.headers.add("If-None-Match", before->tag);

  Result<net::ClientResponse> response = transport_(request, cancel);
  if (!response) {
    counters_.with([](ApiCounters& counters) { ++counters.unreachable; });
    if (response.error().code() != ErrorCode::cancelled) note_silence(response.error().to_string());
    return fail(reachability(response.error(), call));
  }
  const Outcome outcome = outcome_of(*response);
  limits_.answered(caller.installation, outcome, response->headers, clock_.wall());
  count(outcome);
  if (outcome == Outcome::failed) note_silence(fmt::format("{} is answered with status {}", describe(call), response->status));
  if (outcome == Outcome::not_modified && before != nullptr) return answered_before(*before);
  const std::optional<std::string_view> tag = response->headers.find("etag");
  if (is_asking && outcome == Outcome::good && tag) cache_.keep(key, kept(*response, *tag));
  return response;
}

net::ClientRequest Api::request_for(const Caller& caller, const ApiCall& call) const {
  net::ClientRequest request{.method = call.method, .url = settings_.url + call.path, .headers = {}, .body = call.body};
  if (!call.query.empty()) request.url += "?" + call.query;
  request.headers.add("Accept", "application/vnd.github+json");
  request.headers.add("X-GitHub-Api-Version", "2022-11-28");
  request.headers.add("Authorization", std::string("Bearer ").append(caller.token));
  if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
  return request;
}

Status Api::admit(forge::InstallationId installation) {
  const std::optional<Clock::Wall> until = limits_.admit(installation, clock_.wall());
  if (!until) return {};
  counters_.with([](ApiCounters& counters) { ++counters.withheld; });
  return fail(ErrorCode::unavailable, "no call to GitHub is made before {}: its limit or our budget is spent", format_timestamp(*until));
}

void Api::note_silence(std::string trouble) {
  counters_.with([&](ApiCounters& counters) {
    counters.unanswered = clock_.wall();
    counters.trouble = std::move(trouble);
  });
}

void Api::count(Outcome outcome) {
  counters_.with([&](ApiCounters& counters) {
    if (outcome != Outcome::failed) counters.answered = clock_.wall();
    switch (outcome) {
      case Outcome::good:
        ++counters.good;
        break;
      case Outcome::not_modified:
        ++counters.not_modified;
        break;
      case Outcome::limited:
        ++counters.limited;
        break;
      case Outcome::unknown_to_it:
      case Outcome::denied:
      case Outcome::missing:
      case Outcome::conflicting:
      case Outcome::refused:
        ++counters.refused;
        break;
      case Outcome::failed:
        ++counters.failed;
        break;
    }
  });
}

std::optional<Clock::Wall> Api::resume_at(forge::InstallationId installation) const {
  return limits_.resume_at(installation, clock_.wall());
}

std::optional<Clock::Wall> Api::spares_from(forge::InstallationId installation) const {
  return limits_.spares_from(installation, clock_.wall());
}

ApiCounters Api::counters() const {
  ApiCounters counters = counters_.with([](const ApiCounters& now) { return now; });
  counters.remaining = limits_.remaining();
  return counters;
}

}  // namespace ekaci::github
