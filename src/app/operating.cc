#include "app/operating.h"

#include <chrono>
#include <string>
#include <utility>

#include "app/metric_readings.h"
#include "app/metric_table.h"
#include "retention/space.h"

namespace ekaci::app {
namespace {

/// For another that writes; who asks how a server is does not wait for long.
constexpr std::chrono::seconds kLongestWait{5};

/// What came of a request that no handler saw.
std::string_view outcome_of_refusal(int status) {
  switch (status) {
    case 413:
      return "too_large";
    case 408:
      return "too_slow";
    case 503:
      return "no_room";
    default:
      return "malformed";
  }
}

}  // namespace

Result<std::unique_ptr<Operating>> Operating::open(OperatingSettings settings, OperatingWorld world) {
  auto figures = db::FigureReader::open(settings.state / "ekaci.db", kLongestWait);
  if (!figures) return fail(figures.error());
  return std::unique_ptr<Operating>(new Operating(std::move(settings), std::move(world), std::move(*figures)));
}

Operating::Operating(OperatingSettings settings, OperatingWorld world, std::unique_ptr<db::FigureReader> figures)
    : settings_(std::move(settings)),
      world_(std::move(world)),
      started_(world_.clock.wall()),
      figures_(std::move(figures)),
      probe_(readiness_world()),
      pool_(1, [this](Asked asked) { asked.responder.answer(answer(asked.question)); }) {
  world_.metrics.read_with([this](MetricReadings& readings) { read(readings); });
}

ReadinessWorld Operating::readiness_world() {
  return {.read_database = [this]() -> Status {
            if (const auto figures = figures_->read(); !figures) return fail(figures.error());
            return {};
          },
          .write_inbox = [this] { return world_.memory.try_writing(); },
          .desk_busy = [this] { return world_.desk.busy(); },
          .publisher_busy = [this] { return world_.publisher.busy(); },
          .free_bytes = [this]() -> std::optional<std::uint64_t> {
            const Result<std::uint64_t> free = retention::free_space(settings_.state);
            return free ? std::optional(*free) : std::nullopt;
          },
          .keep_free = settings_.keep_free,
          .clock = world_.clock,
          .log = world_.log};
}

net::Handler Operating::handler_of(Question question) {
  return [this, question](const net::Request&, net::Responder responder) {
    pool_.start({.question = question, .responder = std::move(responder)});
  };
}

Status Operating::add_routes(net::Router& open_to_all, net::Router& control) {
  Status added = open_to_all.add(net::Method::get, "/ready", handler_of(Question::ready));
  if (added) added = control.add(net::Method::get, "/ready", handler_of(Question::ready));
  if (added) added = control.add(net::Method::get, "/metrics", handler_of(Question::metrics));
  if (added) added = routes_.add(net::Method::get, "/metrics", handler_of(Question::metrics));
  return added;
}

Status Operating::listen() {
  if (!settings_.listen) return {};
  auto server = net::HttpServer::start(
      {.address = *settings_.listen,
       .handler = [this](net::Request request, net::Responder responder) { routes_.handle(std::move(request), std::move(responder)); },
       .log = world_.log});
  if (!server) return fail(server.error(), "serving metrics ([metrics] listen)");
  server_ = std::move(*server);
  return {};
}

net::Response Operating::answer(Question question) {
  if (question == Question::ready) return api::ready(probe_.look());
  net::Response response{.body = world_.metrics.exposition()};
  response.headers.set("Content-Type", std::string(kExpositionType));
  return response;
}

void Operating::read(MetricReadings& readings) {
  const Clock::Wall now = world_.clock.wall();
  const Result<db::ForgeFigures> figures = figures_->read();
  if (figures) {
    tell_figures(readings, *figures, now);
  } else {
    world_.log.warning("metrics of the database cannot be read: {}", figures.error().to_string());
  }
  tell_github(readings, world_.github.counters(), now);
  tell_publisher(readings, world_.publisher.counters());
  tell_desk(readings, world_.desk.standing());
  tell_http(readings, world_.served());
  tell_disk(readings, settings_.state, settings_.keep_free);
  tell_process(readings, started_);
}

void Operating::count_webhook(std::string_view event, api::WebhookOutcome outcome) {
  world_.metrics.count(metrics::kWebhooks, {event.empty() ? "unverified" : event, to_string(outcome)});
}

void Operating::count_refused_webhook(int status) { world_.metrics.count(metrics::kWebhooks, {"unverified", outcome_of_refusal(status)}); }

}  // namespace ekaci::app
