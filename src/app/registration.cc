#include "app/registration.h"

#include <chrono>
#include <utility>

#include "api/operations.h"
#include "api/webhooks.h"
#include "app/registered_app.h"
#include "app/server_settings.h"
#include "github/app_manifest.h"
#include "github/transport.h"

namespace ekaci::app {
namespace {

/// The last page gets this time to be taken.
constexpr std::chrono::seconds kGrace{5};

net::Response no_app() { return net::Response::error(503, "no App is registered yet"); }

}  // namespace

Result<std::unique_ptr<Registration>> Registration::start(const config::ServerConfiguration& configuration, const Clock& clock,
                                                          const Log& log) {
  std::unique_ptr<Registration> registration(new Registration(log));
  if (const Status opened = registration->open(configuration, clock); !opened) return fail(opened.error());
  return registration;
}

Status Registration::open(const config::ServerConfiguration& configuration, const Clock& clock) {
  auto http = net::HttpClient::make({});
  if (!http) return fail(http.error());
  http_ = std::move(*http);
  const std::string server = configuration.server.url.value_or("");
  flow_ = std::make_unique<SetupFlow>(
      SetupSettings{.server = server, .web = configuration.github.web, .use = app_use(configuration)},
      SetupWorld{.convert =
                     [this, api = configuration.github.api](std::string_view code) {
                       return github::convert_manifest(api, code, github::transport_over(*http_), stop_.get_token());
                     },
                 .keep = [state = configuration.server.state,
                          server](const github::RegisteredApp& app) { return store_registered_app(state, app, server); },
                 .clock = clock,
                 .log = log_});
  finishing_ = std::make_unique<Pool<Arrived>>(1, [this](Arrived arrived) { finish(std::move(arrived)); });
  if (Status added = add_routes(); !added) return added;
  return listen(configuration);
}

Status Registration::add_routes() {
  const auto refuse = [](const net::Request&, net::Responder responder) { responder.answer(no_app()); };
  const auto health = [](const net::Request&, net::Responder responder) { responder.answer(api::health()); };
  const auto show = [this](const net::Request& request, net::Responder responder) { responder.answer(flow_->show(request)); };
  const auto submit = [this](const net::Request& request, net::Responder responder) { responder.answer(flow_->submit(request)); };
  const auto done = [this](net::Request request, net::Responder responder) {
    finishing_->start({.request = std::move(request), .responder = std::move(responder)});
  };
  Status added = routes_.add(net::Method::get, "/health", health);
  if (added) added = routes_.add(net::Method::get, "/ready", refuse);
  if (added) added = routes_.add(net::Method::post, api::kWebhookPath, refuse);
  if (added) added = routes_.add(net::Method::get, "/setup/done", done);
  if (added) added = routes_.add(net::Method::get, "/setup/{token}", show);
  if (added) added = routes_.add(net::Method::post, "/setup/{token}", submit);
  return added;
}

Status Registration::listen(const config::ServerConfiguration& configuration) {
  const config::ListenAddress& address = configuration.server.listen;
  auto server = net::HttpServer::start(
      {.address = net::HostPort{.host = address.host, .port = address.port},
       .handler = [this](net::Request request, net::Responder responder) { routes_.handle(std::move(request), std::move(responder)); },
       .log = log_});
  if (!server) return fail(server.error());
  server_ = std::move(*server);
  return {};
}

Registration::~Registration() {
  stop_.request_stop();
  if (server_) server_->stop(kGrace);
}

void Registration::finish(Arrived arrived) {
  arrived.responder.answer(flow_->finish(arrived.request));
  // Under the lock, so that who has just looked is waiting by now.
  const std::scoped_lock lock(mutex_);
  finished_.notify_all();
}

bool Registration::wait(const CancelToken& stop) {
  std::unique_lock lock(mutex_);
  return finished_.wait(lock, stop, [this] { return flow_->is_finished(); });
}

}  // namespace ekaci::app
