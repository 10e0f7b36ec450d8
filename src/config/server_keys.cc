#include "config/server_keys.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "config/server_values.h"

namespace ekaci::config {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

template <class Stored>
struct IsOptional : std::false_type {};
template <class Held>
struct IsOptional<std::optional<Held>> : std::true_type {};

/// What a field holds, as the value that a key of its kind has.
template <class Value, class Stored>
std::optional<Value> unwrapped(const Stored& stored) {
  if constexpr (IsOptional<Stored>::value) {
    return stored ? unwrapped<Value>(*stored) : std::nullopt;
  } else if constexpr (std::is_same_v<Stored, ListenAddress>) {
    return stored.to_string();
  } else if constexpr (std::is_same_v<Stored, std::filesystem::path>) {
    return stored.string();
  } else if constexpr (std::is_same_v<Stored, Value>) {
    return stored;
  } else {
    return static_cast<Value>(stored);
  }
}

/// The other way round; the value has been checked.
template <class Stored, class Value>
Stored wrapped(const Value& value) {
  if constexpr (IsOptional<Stored>::value) {
    return wrapped<typename Stored::value_type>(value);
  } else if constexpr (std::is_same_v<Stored, ListenAddress>) {
    return ListenAddress::parse(value).value_or(ListenAddress{});
  } else if constexpr (std::is_same_v<Stored, Value>) {
    return value;
  } else {
    return static_cast<Stored>(value);
  }
}

template <class Value, auto Section, auto Member>
constexpr Field<Value> field_of() {
  using Stored = std::remove_cvref_t<decltype(std::declval<ServerConfiguration&>().*Section.*Member)>;
  return {.get = [](const ServerConfiguration& configuration) { return unwrapped<Value>(configuration.*Section.*Member); },
          .set = [](ServerConfiguration& configuration, const Value& value) { configuration.*Section.*Member = wrapped<Stored>(value); }};
}

template <auto Section, auto Member>
constexpr FlagKey flag() {
  return {.field = field_of<bool, Section, Member>()};
}
template <auto Section, auto Member>
constexpr IntegerKey integer(std::uint64_t least, std::uint64_t most) {
  return {.field = field_of<std::uint64_t, Section, Member>(), .least = least, .most = most};
}
template <auto Section, auto Member>
constexpr DurationKey duration(seconds least, seconds most) {
  return {.field = field_of<seconds, Section, Member>(), .least = least, .most = most};
}
template <auto Section, auto Member>
constexpr SizeKey size(std::uint64_t least, std::uint64_t most) {
  return {.field = field_of<std::uint64_t, Section, Member>(), .least = least, .most = most};
}
template <auto Section, auto Member>
constexpr TextKey text(bool (*obeys)(std::string_view), std::string_view rule) {
  return {.field = field_of<std::string, Section, Member>(), .obeys = obeys, .rule = rule};
}
template <auto Section, auto Member>
constexpr ChoiceKey choice(std::span<const std::string_view> words) {
  return {.field = field_of<std::size_t, Section, Member>(), .words = words};
}
template <auto Section, auto Member>
constexpr SecretKey secret() {
  return {.field = field_of<SecretSource, Section, Member>()};
}

// Each in the order of its enumeration.
constexpr std::array<std::string_view, 3> kBaseBuilding = {"none", "deciding", "all"};
constexpr std::array<std::string_view, 2> kDraftReviews = {"review", "ignore"};
constexpr std::array<std::string_view, 3> kTargetPushes = {"record", "build", "ignore"};
constexpr std::array<std::string_view, 3> kPermissions = {"write", "maintain", "admin"};
constexpr std::array<std::string_view, 3> kCheckModes = {"summary", "failing", "changed"};
constexpr std::array<std::string_view, 3> kCommentTimes = {"never", "on_failure", "always"};
constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
constexpr std::array<std::string_view, 4> kSecretKinds = {"environment", "file", "credential", "command"};

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
constexpr std::uint64_t kTiB = std::uint64_t{1} << 40U;
constexpr std::uint64_t kLargestId = (std::uint64_t{1} << 53U) - 1;  // what JSON holds exactly
constexpr seconds kCentury = days(36500);

constexpr std::string_view kPathRule = R"(an absolute path, without "..", "." or a slash at its end)";
constexpr std::string_view kSocketRule = "an absolute path of at most 107 bytes";
constexpr std::string_view kUrlRule = "an http or https URL without a slash at its end";
constexpr std::string_view kSafeUrlRule = "an https URL without a slash at its end (http for this machine alone)";
constexpr std::string_view kListenRule = R"(host:port, such as "127.0.0.1:8080" or "[::1]:8080")";
constexpr std::string_view kPrefixRule = "1 to 30 printable characters without comma";
constexpr std::string_view kStoreRule = R"("daemon", "unix://SOCKET", "local" or "local?root=DIR", with absolute paths)";

using C = ServerConfiguration;
using Server = ServerSettings;
using Github = GithubSettings;
using Evaluation = EvaluationSettings;
using Build = BuildSettings;
using Reviews = ReviewSettings;
using Trust = TrustSettings;
using Checks = CheckSettings;
using Labels = LabelSettings;
using Comments = CommentSettings;
using Retention = RetentionSettings;
using Logging = LogSettings;
using Measuring = MetricSettings;

constexpr auto kTables = std::to_array<ServerTable>({
    {"server", "Where the server is reached, and where it keeps what it knows."},
    {"github", "GitHub, and the App that the server is there."},
    {"evaluation", "How each tree is evaluated."},
    {"build", "How what changed is built."},
    {"reviews", "What is reviewed, and what a newer event ends."},
    {"trust",
     "Whose pull requests are built at once, from their own forks and from repositories of who has this one or is listed here. Others are "
     "evaluated, in a sandbox, and their builds wait for an approval."},
    {"checks", "What is shown as check runs. The summary and one for each job and system, up to 50, are there always."},
    {"labels", "Labels that tell on a pull request how much it rebuilds."},
    {"comments", "The one comment that a pull request may have. It is changed, and not followed by others."},
    {"retention", "How long things are remembered, counted from when they were last used, and how much room they take."},
    {"log", "What the server writes to standard error."},
    {"metrics", "Numbers for Prometheus."},
});

constexpr auto kKeys = std::to_array<ServerKey>({
    {.table = "server",
     .name = "listen",
     .meaning = "Where HTTP is served. TLS is the business of a proxy in front. Port 0 takes any that is free.",
     .kind = text<&C::server, &Server::listen>(is_listen_address, kListenRule)},
    {.table = "server",
     .name = "url",
     .meaning = "The URL under which people and GitHub reach the server; links to reviews begin with it.",
     .kind = text<&C::server, &Server::url>(is_base_url, kUrlRule),
     .absence = "none; required where an App is configured",
     .sample = R"("https://ci.example.org")"},
    {.table = "server",
     .name = "state",
     .meaning = "The directory for database, logs, mirrors and trees.",
     .kind = text<&C::server, &Server::state>(is_absolute_path, kPathRule)},
    {.table = "server",
     .name = "socket",
     .meaning = "The Unix socket through which commands such as `ekaci status` talk to the server.",
     .kind = text<&C::server, &Server::socket>(is_socket_path, kSocketRule),
     .absence = "control.sock in the state directory",
     .sample = R"("/run/ekaci/control.sock")"},
    {.table = "server",
     .name = "workers",
     .meaning = "Threads that check the signatures of webhooks and store them.",
     .kind = integer<&C::server, &Server::workers>(1, 64)},

    {.table = "github",
     .name = "web",
     .meaning = "Where GitHub's pages are: repositories are fetched from there.",
     .kind = text<&C::github, &Github::web>(is_safe_base_url, kSafeUrlRule)},
    {.table = "github",
     .name = "api",
     .meaning = "Where GitHub's API is.",
     .kind = text<&C::github, &Github::api>(is_safe_base_url, kSafeUrlRule)},
    {.table = "github",
     .name = "app_id",
     .meaning = "The App's number, on its settings page. Wants private_key, webhook_secret and server.url as well.",
     .kind = integer<&C::github, &Github::app_id>(1, kLargestId),
     .absence = "the App that was registered through the server, if any",
     .sample = "12345"},
    {.table = "github",
     .name = "private_key",
     .meaning = "The App's private key, as the PEM file that GitHub gives out.",
     .kind = secret<&C::github, &Github::private_key>(),
     .absence = "none",
     .sample = R"({ credential = "github-private-key" })"},
    {.table = "github",
     .name = "webhook_secret",
     .meaning = "The secret that GitHub signs webhooks with. What is not signed is refused.",
     .kind = secret<&C::github, &Github::webhook_secret>(),
     .absence = "none",
     .sample = R"({ file = "/etc/ekaci/webhook-secret" })"},
    {.table = "github",
     .name = "previous_webhook_secret",
     .meaning = "A second secret that is accepted, while webhook_secret is being changed.",
     .kind = secret<&C::github, &Github::previous_webhook_secret>(),
     .absence = "none",
     .sample = R"({ file = "/etc/ekaci/webhook-secret.old" })"},
    {.table = "github",
     .name = "reconcile_every",
     .meaning = "How often the state is compared with GitHub's, to find events that never came.",
     .kind = duration<&C::github, &Github::reconcile_every>(minutes(1), days(1))},
    {.table = "github",
     .name = "calls_per_hour",
     .meaning = "API calls in an hour, for each installation. GitHub allows 5000; the rest is for others that act as the App.",
     .kind = integer<&C::github, &Github::calls_per_hour>(100, 1'000'000)},
    {.table = "github",
     .name = "body_limit",
     .meaning = "The largest webhook that is accepted. GitHub sends none larger than 25 MiB.",
     .kind = size<&C::github, &Github::body_limit>(kMiB, 100 * kMiB)},

    {.table = "evaluation",
     .name = "workers",
     .meaning = "Evaluators at once.",
     .kind = integer<&C::evaluation, &Evaluation::workers>(1, 256),
     .absence = "one for each processor",
     .sample = "4"},
    {.table = "evaluation",
     .name = "memory",
     .meaning = "Memory for all evaluators together.",
     .kind = size<&C::evaluation, &Evaluation::memory>(256 * kMiB, 64 * kTiB),
     .absence = "three quarters of what is free when the server starts",
     .sample = R"("8GiB")"},
    {.table = "evaluation",
     .name = "attribute_time",
     .meaning = "How long evaluating one attribute may take.",
     .kind = duration<&C::evaluation, &Evaluation::attribute_time>(seconds(1), days(1))},
    {.table = "evaluation",
     .name = "total_time",
     .meaning = "How long evaluating a tree for one job and system may take.",
     .kind = duration<&C::evaluation, &Evaluation::total_time>(seconds(1), days(7))},
    {.table = "evaluation",
     .name = "sandbox",
     .meaning = "Whether evaluation runs in a sandbox. Without one, whoever opens a pull request can do what the server can.",
     .kind = flag<&C::evaluation, &Evaluation::sandbox>()},

    {.table = "build",
     .name = "enabled",
     .meaning = "Whether anything is built. Where nothing is, no change that rebuilds something can be told to be good.",
     .kind = flag<&C::build, &Build::enabled>()},
    {.table = "build",
     .name = "store",
     .meaning = "The Nix store to build in.",
     .kind = text<&C::build, &Build::store>(is_store, kStoreRule),
     .absence = "NIX_REMOTE, else the daemon that runs, else local",
     .sample = R"("daemon")"},
    {.table = "build",
     .name = "jobs",
     .meaning = "Builds at once, of all reviews together.",
     .kind = integer<&C::build, &Build::jobs>(1, 256),
     .absence = "one for each processor",
     .sample = "4"},
    {.table = "build",
     .name = "silence",
     .meaning = "A build that says nothing for so long is ended.",
     .kind = duration<&C::build, &Build::silence>(seconds(1), days(7))},
    {.table = "build",
     .name = "time",
     .meaning = "A build that takes longer is ended.",
     .kind = duration<&C::build, &Build::time>(seconds(1), days(30))},
    {.table = "build",
     .name = "sandbox",
     .meaning = "Whether builds run in Nix's sandbox. Outcomes without it count for less.",
     .kind = flag<&C::build, &Build::sandbox>()},
    {.table = "build",
     .name = "offline",
     .meaning = "Whether nothing is taken from binary caches.",
     .kind = flag<&C::build, &Build::offline>()},
    {.table = "build",
     .name = "base",
     .meaning = "What of base is built: nothing; deciding, that is what fails at head and what a size check compares; or all, for sizes.",
     .kind = choice<&C::build, &Build::base>(kBaseBuilding)},
    {.table = "build",
     .name = "max_builds",
     .meaning = "A review builds at most so many derivations; the others are told as not built.",
     .kind = integer<&C::build, &Build::max_builds>(0, 1'000'000),
     .absence = "as many as it takes",
     .sample = "5000"},

    {.table = "reviews",
     .name = "at_once",
     .meaning = "Reviews that are made at once; the others wait.",
     .kind = integer<&C::reviews, &Reviews::at_once>(1, 64)},
    {.table = "reviews",
     .name = "drafts",
     .meaning = "What becomes of draft pull requests.",
     .kind = choice<&C::reviews, &Reviews::drafts>(kDraftReviews)},
    {.table = "reviews",
     .name = "cancel_closed",
     .meaning = "Whether closing a pull request ends its review. What others want goes on.",
     .kind = flag<&C::reviews, &Reviews::cancel_closed>()},
    {.table = "reviews",
     .name = "cancel_superseded",
     .meaning = "Whether a new head ends the review of the one before. What others want goes on.",
     .kind = flag<&C::reviews, &Reviews::cancel_superseded>()},
    {.table = "reviews",
     .name = "push_to_target",
     .meaning =
         "What becomes of a push to a branch that pull requests go to: it is evaluated and recorded; built besides, when nothing else is "
         "to be done; or ignored.",
     .kind = choice<&C::reviews, &Reviews::push_to_target>(kTargetPushes)},

    {.table = "trust",
     .name = "authors",
     .meaning = "Users whose pull requests are built at once.",
     .kind = LoginsKey{.field = field_of<std::vector<std::string>, &C::trust, &Trust::authors>(), .most = 10'000}},
    {.table = "trust",
     .name = "associations",
     .meaning = "So are those of authors whom GitHub names so in relation to the repository. NONE is who has had nothing to do with it.",
     .kind = ChoicesKey{.field = field_of<std::vector<std::string>, &C::trust, &Trust::associations>(), .words = kAssociations}},
    {.table = "trust",
     .name = "bots",
     .meaning = "So are those of these bots, such as dependabot[bot].",
     .kind = LoginsKey{.field = field_of<std::vector<std::string>, &C::trust, &Trust::bots>(), .most = 1000}},
    {.table = "trust",
     .name = "approvers",
     .meaning = "Who may approve the builds of other pull requests, and accept what no evidence can tell: those with this permission on "
                "the repository, or more.",
     .kind = choice<&C::trust, &Trust::approvers>(kPermissions)},
    {.table = "trust",
     .name = "from_repository",
     .meaning =
         "Whether a repository may name further authors in its configuration, as its base branch has it. It may ask for more approvals in "
         "any case.",
     .kind = flag<&C::trust, &Trust::from_repository>()},

    {.table = "checks",
     .name = "attributes",
     .meaning = "At most so many attributes of a review have a check run of their own; the others are counted in the summary.",
     .kind = integer<&C::checks, &Checks::attributes>(0, 100)},
    {.table = "checks",
     .name = "update_every",
     .meaning = "A check run that changes is sent to GitHub no more often.",
     .kind = duration<&C::checks, &Checks::update_every>(seconds(1), minutes(10))},
    {.table = "checks",
     .name = "mode",
     .meaning = "Which attributes have a check run of their own: none; newly failing ones; all that are new or changed.",
     .kind = choice<&C::checks, &Checks::mode>(kCheckModes)},

    {.table = "labels", .name = "enabled", .meaning = "Whether pull requests are labelled.", .kind = flag<&C::labels, &Labels::enabled>()},
    {.table = "labels",
     .name = "prefix",
     .meaning = "How the labels begin. Labels that begin so are EkaCI's: it adds and removes them.",
     .kind = text<&C::labels, &Labels::prefix>(is_label_prefix, kPrefixRule)},
    {.table = "labels",
     .name = "thresholds",
     .meaning = "Where the bands of rebuild counts begin. With 1, 11 and 101 the labels end in 0, 1-10, 11-100 and 101+.",
     .kind = RisingKey{.field = field_of<std::vector<std::uint64_t>, &C::labels, &Labels::thresholds>(),
                       .least = 1,
                       .most = 1'000'000'000,
                       .longest = 20}},

    {.table = "comments",
     .name = "when",
     .meaning =
         "Which conclusions make one: none; that a pull request is not to be merged, or that nobody can tell; or all. Where there is one, "
         "every later conclusion is told in it.",
     .kind = choice<&C::comments, &Comments::when>(kCommentTimes)},

    {.table = "retention",
     .name = "reviews",
     .meaning = "Reviews of pull requests that are closed.",
     .kind = duration<&C::retention, &Retention::reviews>(hours(1), kCentury)},
    {.table = "retention",
     .name = "logs",
     .meaning = "Logs of builds.",
     .kind = duration<&C::retention, &Retention::logs>(hours(1), kCentury)},
    {.table = "retention",
     .name = "attempts",
     .meaning =
         "Attempts at building, with their outcomes: what is forgotten is built again when it is wanted. And the sizes of store paths.",
     .kind = duration<&C::retention, &Retention::attempts>(hours(1), kCentury)},
    {.table = "retention",
     .name = "trees",
     .meaning = "Trees of repositories, as they are evaluated.",
     .kind = duration<&C::retention, &Retention::trees>(hours(1), kCentury)},
    {.table = "retention",
     .name = "disk",
     .meaning = "How much the state directory may take; where it is more, what was used longest ago goes first.",
     .kind = size<&C::retention, &Retention::disk>(kGiB, 1024 * kTiB)},
    {.table = "retention",
     .name = "keep_free",
     .meaning = "How much of the file system stays free; where it is less, nothing is begun that needs room.",
     .kind = size<&C::retention, &Retention::keep_free>(0, 1024 * kTiB)},

    {.table = "log", .name = "level", .meaning = "The least that is written.", .kind = choice<&C::log, &Logging::level>(kLogLevels)},
    {.table = "log",
     .name = "format",
     .meaning = "Lines for people, or one JSON object a line.",
     .kind = choice<&C::log, &Logging::format>(kLogFormats)},

    {.table = "metrics",
     .name = "listen",
     .meaning =
         "Where GET /metrics is served besides the control socket, to anyone who asks: it tells how much is done and how much waits.",
     .kind = text<&C::metrics, &Measuring::listen>(is_listen_address, kListenRule),
     .absence = "on the control socket alone",
     .sample = R"("127.0.0.1:9464")"},
});

}  // namespace

std::span<const ServerTable> server_tables() { return kTables; }

std::span<const ServerKey> server_keys() { return kKeys; }

std::span<const ServerKey> server_keys_of(std::string_view table) {
  const auto* const first = std::ranges::find(kKeys, table, &ServerKey::table);
  const auto* const last = std::find_if(first, kKeys.end(), [&](const ServerKey& key) { return key.table != table; });
  return {first, last};
}

std::span<const std::string_view> secret_kinds() { return kSecretKinds; }

}  // namespace ekaci::config
