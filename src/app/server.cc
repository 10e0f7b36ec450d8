#include "app/server.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "api/operations.h"
#include "api/setup_pages.h"
#include "api/subject_pages.h"
#include "app/metric_table.h"
#include "app/server_settings.h"
#include "app/version.h"
#include "base/base64.h"
#include "github/signature.h"
#include "github/webhook.h"
#include "nix/evaluator.h"

namespace ekaci::app {
namespace {

using namespace std::chrono_literals;

/// Requests under way when the server stops get this time.
constexpr std::chrono::milliseconds kGrace = 5s;
/// How long the publisher sleeps at most: clocks are set, and a database may have been busy.
constexpr std::chrono::seconds kLongestSleep = 30s;
/// Collecting what is too old takes its time.
constexpr std::chrono::milliseconds kLongestControl = 1h;

net::ListenAddress address_of(const config::ListenAddress& listen) { return net::HostPort{.host = listen.host, .port = listen.port}; }

}  // namespace

Server::Server(AppSecrets secrets, const Clock& clock, Log log)
    : secrets_(std::move(secrets)), clock_(clock), log_(std::move(log)), metrics_(metrics::kAll) {}

Result<std::unique_ptr<Server>> Server::start(const config::ServerConfiguration& configuration, AppSecrets secrets, const Clock& clock,
                                              const CancelToken& cancel) {
  std::unique_ptr<Server> server(new Server(std::move(secrets), clock, Log(configuration.log.level, configuration.log.format)));
  Status made = server->open_memory(configuration);
  if (made) made = server->open_github(configuration);
  if (made) made = server->open_reviewer(configuration, cancel);
  if (made) made = server->start_desk(configuration);
  if (made) made = server->open_operating(configuration);
  if (made) made = server->listen(configuration);
  if (!made) return fail(made.error());
  return server;
}

Server::~Server() {
  if (public_server_) public_server_->stop(kGrace);
  if (control_server_) control_server_->stop(0ms);
  webhooks_.reset();
  control_.reset();
  operating_.reset();
  // It wakes the desk.
  if (keeper_) keeper_->stop();
  desk_.reset();
  publisher_thread_.request_stop();
  publishing_.close();
}

Status Server::open_memory(const config::ServerConfiguration& configuration) {
  const std::filesystem::path& state = configuration.server.state;
  auto database = db::SqliteDatabase::open(database_options(configuration), clock_);
  if (!database) return fail(database.error());
  database_ = std::move(*database);
  auto memory = db::SqliteForgeMemory::open({.file = state / "ekaci.db"}, clock_);
  if (!memory) return fail(memory.error());
  memory_ = std::move(*memory);
  auto keeper = Keeper::open(state, retention_rules(configuration.retention), clock_, log_);
  if (!keeper) return fail(keeper.error());
  keeper_ = std::move(*keeper);
  return {};
}

Status Server::open_github(const config::ServerConfiguration& configuration) {
  auto key = github::PrivateKey::parse(secrets_.private_key.reveal());
  if (!key) return fail(key.error(), "the App's private key");
  auto http = net::HttpClient::make({});
  if (!http) return fail(http.error());
  http_ = std::move(*http);
  const config::GithubSettings& settings = configuration.github;
  github_ = std::make_unique<github::Client>(
      github::ClientSettings{.api = {.url = settings.api,
                                     .app = github::AppId{static_cast<std::int64_t>(settings.app_id.value_or(0))},
                                     .calls_per_hour = settings.calls_per_hour},
                             .web_url = settings.web,
                             .details_url = configuration.server.url.value_or("")},
      std::move(*key), github::transport_over(*http_), clock_);
  return {};
}

Status Server::open_reviewer(const config::ServerConfiguration& configuration, const CancelToken& cancel) {
  const std::filesystem::path& state = configuration.server.state;
  const nix::SandboxMode sandbox = configuration.evaluation.sandbox ? nix::SandboxMode::bubblewrap : nix::SandboxMode::none;
  // Who ends a server waits for it, and the next one has time.
  auto evaluator = nix::make_evaluator({.cache = state, .sandbox = sandbox, .last_trash = nix::LastTrash::left}, clock_);
  if (!evaluator) return fail(evaluator.error());
  evaluator_ = measured(std::move(*evaluator), metrics_, clock_);
  evaluations_ = std::make_unique<engine::SharedEvaluations>(*evaluator_, clock_);
  if (configuration.build.enabled) {
    const Result<System> native = evaluator_->native_system();
    if (!native) return fail(native.error());
    auto building = Building::open(build_options(configuration), state, *native, *database_, clock_, cancel);
    if (!building) return fail(building.error());
    building_ = std::move(*building);
    attempts_ = measured(building_->memory(), metrics_);
  }
  reviewer_ = std::make_unique<ServerReviewer>(
      reviewer_settings(configuration),
      ServerReviewerWorld{.evaluations = *evaluations_,
                          .database = *database_,
                          .archive = *database_,
                          .configurations = configurations_,
                          .building = building_.get(),
                          .attempts = attempts_.get(),
                          .fetch_into = [this](auto& mirror, const auto& repository, auto refs,
                                               const auto& stop) { return fetch_into(mirror, repository, refs, stop); },
                          .clock = clock_,
                          .log = log_});
  measured_reviewer_ = measured(*reviewer_, metrics_, clock_);
  return {};
}

Result<std::vector<CommitId>> Server::fetch_into(git::Mirror& mirror, const forge::Repository& repository,
                                                 std::span<const std::string> refs, const CancelToken& cancel) {
  for (int attempt = 1;; ++attempt) {
    const Result<github::SharedToken> token = github_->fetch_token(repository, cancel);
    if (!token) return fail(token.error());
    const git::Remote remote{.url = github_->fetch_url(repository),
                             .authorization = "Basic " + base64(fmt::format("x-access-token:{}", (*token)->reveal()))};
    Result<std::vector<CommitId>> tips = mirror.fetch(remote, refs, cancel);
    // A token ends early when someone takes it back or the App's rights change, and git's exit status does not tell that from other
    // troubles.
    const bool may_be_the_token = attempt == 1 && !tips && tips.error().code() == ErrorCode::unavailable;
    if (!may_be_the_token) return tips;
    github_->forget_fetch_token(repository, *token);
  }
}

Status Server::start_desk(const config::ServerConfiguration& configuration) {
  publisher_ = std::make_unique<forge::Publisher>(publisher_settings(configuration), *memory_, *github_, clock_, log_);
  publisher_thread_ = std::jthread([this](const CancelToken& stop) { publish(stop); });
  const github::AppId app{static_cast<std::int64_t>(configuration.github.app_id.value_or(0))};
  forge::DeskWorld world{
      .inbox = *memory_,
      .ledger = *memory_,
      .forge = *github_,
      .reviewer = *measured_reviewer_,
      .read = [app](const forge::Delivery& delivery) { return github::read_webhook(delivery.event, delivery.payload, app); },
      .clock = clock_,
      .log = log_,
      .checks_changed = [this] { wake_publisher(); },
      .short_of_room = [this] { return keeper_->short_of_room(); }};
  desk_ = std::make_unique<forge::DeskRunner>(desk_policy(configuration), configuration.github.reconcile_every, std::move(world));
  if (Status started = desk_->start(); !started) return started;
  keeper_->start([this] { desk_->wake(); });
  return {};
}

void Server::wake_publisher() { publishing_.push({}); }

void Server::publish(const CancelToken& cancel) {
  while (!cancel.stop_requested()) {
    const Result<std::size_t> sent = publisher_->send_due(cancel);
    if (cancel.stop_requested()) return;
    if (sent && *sent > 0) continue;
    if (!sent) log_.error("checks cannot be sent: {}", sent.error().to_string());
    const Result<std::optional<Clock::Wall>> answer = publisher_->next_due();
    const std::optional<Clock::Wall> due = answer ? *answer : std::nullopt;
    Clock::Wall::duration sleep = kLongestSleep;
    if (due) sleep = std::clamp<Clock::Wall::duration>(*due - clock_.wall(), 50ms, kLongestSleep);
    publishing_.pop_until(clock_.now() + std::chrono::duration_cast<Clock::Instant::duration>(sleep));
  }
}

bool Server::is_signed(std::string_view body, std::string_view signature) const {
  return github::is_signed(body, signature, secrets_.webhook_secrets);
}

Status Server::open_operating(const config::ServerConfiguration& configuration) {
  OperatingSettings settings{.state = configuration.server.state, .keep_free = configuration.retention.keep_free};
  if (const auto& listen = configuration.metrics.listen) settings.listen = net::HostPort{.host = listen->host, .port = listen->port};
  auto operating = Operating::open(std::move(settings), {.metrics = metrics_,
                                                         .memory = *memory_,
                                                         .desk = *desk_,
                                                         .publisher = *publisher_,
                                                         .github = *github_,
                                                         .served = [this] { return public_server_->counters(); },
                                                         .clock = clock_,
                                                         .log = log_});
  if (!operating) return fail(operating.error());
  operating_ = std::move(*operating);
  return operating_->add_routes(public_routes_, control_routes_);
}

Status Server::add_pages(const std::string& forge) {
  const auto pull_request = [forge](const net::Request& request, net::Responder responder) {
    responder.answer(api::pull_request_page(request, forge));
  };
  const auto commit = [forge](const net::Request& request, net::Responder responder) {
    responder.answer(api::commit_page(request, forge));
  };
  if (Status added = public_routes_.add(net::Method::get, api::kPullRequestPages, pull_request); !added) return added;
  return public_routes_.add(net::Method::get, api::kCommitPages, commit);
}

Status Server::listen(const config::ServerConfiguration& configuration) {
  webhooks_ = std::make_unique<api::Webhooks>(
      api::WebhookWorld{
          .inbox = *memory_,
          .is_signed = [this](std::string_view body, std::string_view signature) { return is_signed(body, signature); },
          .received = [this] { desk_->wake(); },
          .clock = clock_,
          .log = log_,
          .counted = [this](std::string_view event, api::WebhookOutcome outcome) { operating_->count_webhook(event, outcome); }},
      configuration.server.workers);
  const auto webhook = [this](net::Request request, net::Responder responder) {
    webhooks_->handle(std::move(request), std::move(responder));
  };
  const auto health = [](const net::Request&, net::Responder responder) { responder.answer(api::health()); };
  auto control = ServerControl::open(configuration, {.desk = *desk_,
                                                     .memory = *memory_,
                                                     .forge_client = *github_,
                                                     .reviewer = *reviewer_,
                                                     .archive = *database_,
                                                     .clock = clock_,
                                                     .log = log_});
  if (!control) return fail(control.error());
  control_ = std::move(*control);
  const auto setup = [](const net::Request&, net::Responder responder) { responder.answer(api::setup_over_page()); };
  Status added = public_routes_.add(net::Method::post, api::kWebhookPath, webhook);
  if (added) added = add_pages(configuration.github.web);
  if (added) added = public_routes_.add(net::Method::get, "/setup/{token}", setup);
  if (added) added = public_routes_.add(net::Method::get, "/health", health);
  if (added) added = control_->add_routes(control_routes_);
  const auto collect = [this](const net::Request& request, net::Responder responder) { keeper_->answer(request, std::move(responder)); };
  if (added) added = control_routes_.add(net::Method::post, "/gc", collect);
  if (!added) return fail(added.error());
  const auto limit = [most = configuration.github.body_limit](net::Method, const net::Target& target) {
    return target.path == api::kWebhookPath ? most : net::ServerLimits{}.body_bytes;
  };
  auto public_server = net::HttpServer::start(
      {.address = address_of(configuration.server.listen),
       .handler = [this](net::Request request,
                         net::Responder responder) { public_routes_.handle(std::move(request), std::move(responder)); },
       .body_limit = limit,
       .refused =
           [this](net::Method, const net::Target& target, int status) {
             if (target.path == api::kWebhookPath) operating_->count_refused_webhook(status);
           },
       .log = log_});
  if (!public_server) return fail(public_server.error());
  public_server_ = std::move(*public_server);
  auto control_server = net::HttpServer::start(
      {.address = net::UnixSocket{.path = configuration.server.control_socket()},
       .handler = [this](net::Request request,
                         net::Responder responder) { control_routes_.handle(std::move(request), std::move(responder)); },
       .limits = {.answer_time = kLongestControl},
       .log = log_});
  if (!control_server) return fail(control_server.error());
  control_server_ = std::move(*control_server);
  log_.info("EkaCI {} listens on {}", kVersion,
            config::ListenAddress{.host = configuration.server.listen.host, .port = port()}.to_string());
  return operating_->listen();
}

}  // namespace ekaci::app
