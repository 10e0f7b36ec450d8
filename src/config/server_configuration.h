#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/secret_source.h"

namespace ekaci::config {

/// Where a server listens for HTTP, such as `127.0.0.1:8080` and `[::1]:8080`.
struct ListenAddress {
  std::string host = "127.0.0.1";  ///< a name or an address, without brackets
  std::uint16_t port = 8080;       ///< 0: any that is free
  static Result<ListenAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// `[server]`
struct ServerSettings {
  ListenAddress listen{};
  /// The base URL under which people and GitHub reach the server, without a slash at its end. Never empty where an App is configured.
  std::optional<std::string> url{};
  std::filesystem::path state = "/var/lib/ekaci";  ///< absolute
  std::optional<std::filesystem::path> socket{};   ///< absolute; empty: see control_socket()
  std::uint32_t workers = 4;                       ///< threads that take in webhooks
  /// The Unix socket for `ekaci status` and its like: at most 107 bytes, the longest there can be.
  [[nodiscard]] std::filesystem::path control_socket() const { return socket.value_or(state / "control.sock"); }
  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

/// `[github]`. An App is configured where there is an `app_id`: then there are `private_key` and `webhook_secret`, too.
struct GithubSettings {
  std::string web = "https://github.com";      ///< without a slash at its end
  std::string api = "https://api.github.com";  ///< likewise
  std::optional<std::uint64_t> app_id{};
  std::optional<SecretSource> private_key{};              ///< PEM
  std::optional<SecretSource> webhook_secret{};           ///< new deliveries are signed with it
  std::optional<SecretSource> previous_webhook_secret{};  ///< accepted as well, while the secret is being changed
  std::chrono::seconds reconcile_every = std::chrono::minutes(10);
  std::uint32_t calls_per_hour = 4000;                  ///< for each installation; GitHub allows 5000
  std::uint64_t body_limit = std::uint64_t{25} << 20U;  ///< bytes of a webhook's body
  friend bool operator==(const GithubSettings&, const GithubSettings&) = default;
};

/// `[evaluation]`
struct EvaluationSettings {
  std::optional<std::uint32_t> workers{};  ///< evaluators at once; empty: one for each processor
  std::optional<std::uint64_t> memory{};   ///< bytes for all of them together; empty: three quarters of what is free at the start
  std::chrono::seconds attribute_time = std::chrono::minutes(5);
  std::chrono::seconds total_time = std::chrono::hours(1);
  bool sandbox = true;
  friend bool operator==(const EvaluationSettings&, const EvaluationSettings&) = default;
};

/// What of a base is built, as engine::BaseBuilds has it.
enum class BaseBuilding { none, deciding, all };

/// `[build]`
struct BuildSettings {
  bool enabled = true;
  std::optional<std::string> store{};   ///< as `--store`; empty: NIX_REMOTE, else the daemon that runs, else `local`
  std::optional<std::uint32_t> jobs{};  ///< at once; empty: one for each processor
  std::chrono::seconds silence = std::chrono::minutes(30);
  std::chrono::seconds time = std::chrono::hours(4);
  bool sandbox = true;
  bool offline = false;  ///< nothing comes from binary caches
  BaseBuilding base = BaseBuilding::deciding;
  std::optional<std::uint32_t> max_builds{};  ///< of one review; empty: as many as it takes
  friend bool operator==(const BuildSettings&, const BuildSettings&) = default;
};

enum class DraftReviews { review, ignore };
/// What becomes of a push to a branch that pull requests are merged into.
enum class TargetPushes {
  record,  ///< it is evaluated and remembered
  build,   ///< besides, what is new is built when nothing else is to be done
  ignore,
};

/// `[reviews]`
struct ReviewSettings {
  std::uint32_t at_once = 4;
  DraftReviews drafts = DraftReviews::review;
  bool cancel_closed = true;
  bool cancel_superseded = true;
  TargetPushes push_to_target = TargetPushes::record;
  friend bool operator==(const ReviewSettings&, const ReviewSettings&) = default;
};

/// A permission that someone has on a repository, and each that includes it.
enum class ApproverPermission { write, maintain, admin };

/// `[trust]`: whose pull requests are built without anybody's approval. Logins are in lower case: on GitHub case makes no difference.
struct TrustSettings {
  std::vector<std::string> authors{};
  /// As webhooks' `author_association` has them.
  std::vector<std::string> associations = {"OWNER", "MEMBER", "COLLABORATOR"};
  std::vector<std::string> bots{};  ///< with `[bot]` at their end where GitHub has it: `dependabot[bot]`
  ApproverPermission approvers = ApproverPermission::write;
  bool from_repository = true;  ///< whether `trust.authors` of a repository's configuration count
  friend bool operator==(const TrustSettings&, const TrustSettings&) = default;
};

/// Which derivations get a check run of their own, beside the summary and the jobs.
enum class CheckMode {
  summary,  ///< none
  failing,  ///< those of newly failing attributes
  changed,  ///< those of all new and changed attributes
};

/// `[checks]`
struct CheckSettings {
  std::uint32_t attributes = 20;  ///< at most so many of a review have one of their own
  std::chrono::seconds update_every{5};
  CheckMode mode = CheckMode::failing;
  friend bool operator==(const CheckSettings&, const CheckSettings&) = default;
};

/// `[labels]`
struct LabelSettings {
  bool enabled = false;
  std::string prefix = "rebuilds: ";
  /// Each begins a band of rebuild counts and goes up to the next; below the first is one that begins with 0. Rising.
  std::vector<std::uint64_t> thresholds = {1, 11, 101, 501, 1001, 2501, 5001};
  friend bool operator==(const LabelSettings&, const LabelSettings&) = default;
};

/// Which conclusions a pull request is commented for.
enum class CommentTimes { never, on_failure, always };

/// `[comments]`
struct CommentSettings {
  CommentTimes when = CommentTimes::never;
  friend bool operator==(const CommentSettings&, const CommentSettings&) = default;
};

/// `[retention]`: how long what is remembered stays, counted from when it was last used.
struct RetentionSettings {
  std::chrono::seconds reviews = std::chrono::hours(24 * 365);
  std::chrono::seconds logs = std::chrono::hours(24 * 90);
  std::chrono::seconds attempts = std::chrono::hours(24 * 365);
  std::chrono::seconds trees = std::chrono::hours(24 * 7);
  std::uint64_t disk = std::uint64_t{50} << 30U;      ///< bytes that the state directory may take
  std::uint64_t keep_free = std::uint64_t{5} << 30U;  ///< bytes of its file system that EkaCI leaves free
  friend bool operator==(const RetentionSettings&, const RetentionSettings&) = default;
};

/// `[log]`
struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

/// `[metrics]`
struct MetricSettings {
  std::optional<ListenAddress> listen{};  ///< empty: on the control socket alone
  friend bool operator==(const MetricSettings&, const MetricSettings&) = default;
};

/// What `ekaci serve --config FILE` does, as docs/server-configuration.md describes it. The initialisers are the defaults.
struct ServerConfiguration {
  ServerSettings server{};
  GithubSettings github{};
  EvaluationSettings evaluation{};
  BuildSettings build{};
  ReviewSettings reviews{};
  TrustSettings trust{};
  CheckSettings checks{};
  LabelSettings labels{};
  CommentSettings comments{};
  RetentionSettings retention{};
  LogSettings log{};
  MetricSettings metrics{};
  friend bool operator==(const ServerConfiguration&, const ServerConfiguration&) = default;
};

/// Reads the TOML. Strict: an unknown key, a value of the wrong type or outside its bounds, a key twice, more than 1 MiB is an error,
/// `<file>:<line>:<column>: …`, of invalid_argument. No error repeats a value: it may be a secret that was put in the wrong place.
/// Pure: secrets are named here and read elsewhere.
Result<ServerConfiguration> parse_server_configuration(std::string_view text, std::string_view file);

}  // namespace ekaci::config
