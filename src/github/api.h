#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"
#include "forge/subject.h"
#include "github/answer_cache.h"
#include "github/app_id.h"
#include "github/app_token.h"
#include "github/installation_tokens.h"
#include "github/outcome.h"
#include "github/rate_limits.h"
#include "github/transport.h"

namespace ekaci::github {

struct ApiSettings {
  std::string url = "https://api.github.com";  ///< without a slash at its end; of GitHub Enterprise `https://HOST/api/v3`
  AppId app{};
  std::uint32_t calls_per_hour = 4000;  ///< for each installation; GitHub allows 5000 or more
};

/// One request, without what says who asks.
struct ApiCall {
  net::Method method = net::Method::get;
  std::string path{};   ///< behind the API's URL, encoded: `/repos/o/n/pulls`
  std::string query{};  ///< encoded, without the `?`
  std::string body{};   ///< JSON; empty where there is none
};

/// `GET /repos/o/n/pulls`, for errors.
std::string describe(const ApiCall& call);

struct ApiAnswer {
  std::string body{};
  std::string next{};  ///< the query of the next page; empty at the last
};

/// What came of calls since the start.
struct ApiCounters {
  std::uint64_t good = 0;
  std::uint64_t not_modified = 0;           ///< answered from what was kept; GitHub does not count them
  std::uint64_t limited = 0;                ///< GitHub said: too many
  std::uint64_t refused = 0;                ///< other 4xx
  std::uint64_t failed = 0;                 ///< 5xx, redirections
  std::uint64_t unreachable = 0;            ///< no answer
  std::uint64_t withheld = 0;               ///< not made, for GitHub wants to be left alone or the budget is spent
  std::optional<Clock::Wall> answered{};    ///< when GitHub last answered as it should, or said no
  std::optional<Clock::Wall> unanswered{};  ///< when it last did not: no answer, 5xx
  std::string trouble{};                    ///< what was wrong then; hostile
  std::vector<RemainingCalls> remaining{};
};

/// Speaks GitHub's REST protocol: tokens, headers, limits, conditional requests, and the meaning of statuses; knows no single operation.
/// Any thread. Errors as forge::Forge has them.
class Api {
 public:
  /// The clock outlives this, and so does what the transport goes over.
  Api(ApiSettings settings, PrivateKey key, Transport transport, const Clock& clock);

  Result<ApiAnswer> as_installation(forge::InstallationId installation, const ApiCall& call, const CancelToken& cancel);
  /// As as_installation(); nullopt where what came of it is one of `nothing`, by which GitHub says that there is not what was asked for.
  Result<std::optional<ApiAnswer>> find_as_installation(forge::InstallationId installation, const ApiCall& call,
                                                        std::initializer_list<Outcome> nothing, const CancelToken& cancel);
  Result<ApiAnswer> as_app(const ApiCall& call, const CancelToken& cancel);
  Result<SharedToken> token(const TokenScope& scope, const CancelToken& cancel) { return tokens_.get(scope, cancel); }
  /// It was not taken, or may not have been: the next who needs one is given another.
  void forget_token(const TokenScope& scope, const SharedToken& token) { tokens_.forget(scope, token); }

  /// What comes after this uses tokens that are given out after this.
  void forget_tokens(forge::InstallationId installation) { tokens_.forget_all(installation); }

  [[nodiscard]] AppId app() const { return settings_.app; }
  [[nodiscard]] std::optional<Clock::Wall> resume_at(forge::InstallationId installation) const;
  [[nodiscard]] std::optional<Clock::Wall> spares_from(forge::InstallationId installation) const;
  [[nodiscard]] ApiCounters counters() const;

 private:
  /// Whose budget a call is of, and what it says who it is with.
  struct Caller {
    forge::InstallationId installation{};
    std::string_view token{};
  };

  Result<InstallationToken> ask_for_token(const TokenScope& scope, const CancelToken& cancel);
  Result<net::ClientResponse> exchange(const Caller& caller, const ApiCall& call, const CancelToken& cancel);
  Result<net::ClientResponse> exchange_as(forge::InstallationId installation, const ApiCall& call, const CancelToken& cancel);
  [[nodiscard]] net::ClientRequest request_for(const Caller& caller, const ApiCall& call) const;
  Status admit(forge::InstallationId installation);
  void count(Outcome outcome);
  void note_silence(std::string trouble);

  ApiSettings settings_;
  PrivateKey key_;
  Transport transport_;
  const Clock& clock_;
  RateLimits limits_;
  AnswerCache cache_;
  InstallationTokens tokens_;
  Sync<ApiCounters> counters_;
};

}  // namespace ekaci::github
