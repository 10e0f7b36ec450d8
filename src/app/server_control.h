#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/standing.h"
#include "app/server_logs.h"
#include "app/server_reviewer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "config/server_configuration.h"
#include "db/forge_memory.h"
#include "forge/desk_runner.h"
#include "github/client.h"
#include "net/router.h"

namespace ekaci::app {

/// What the control socket's answers are made of; all outlives them.
struct ControlWorld {
  forge::DeskRunner& desk;
  db::SqliteForgeMemory& memory;
  const github::Client& forge_client;
  const ServerReviewer& reviewer;
  engine::ReviewArchive& archive;
  const Clock& clock;
  const Log& log;
};

/// What the server answers on its control socket, which its own user and root can open:
///
///   GET /status, /queue        JSON; with `?view=terminal&columns=80&colour=on&rows=10` as text for people
///   POST /retry, /cancel       `?subject=acme/pkgs#12`, `&failed=yes`; what comes of it, as text
///   GET /log                   `?subject=…&what=ATTRIBUTE&attempt=2`; what it is of as text, the log's name in X-Ekaci-Log
///   GET /logs/{name}           `?place=0`; a piece of the log, where the next begins in X-Ekaci-Next-Place, and in X-Ekaci-More whether
///                              there may be one
///
/// Errors are text: 400 what cannot be asked, 404 what is not there, 409 what cannot be now. Any thread.
class ServerControl {
 public:
  static Result<std::unique_ptr<ServerControl>> open(const config::ServerConfiguration& configuration, ControlWorld world);

  /// The router may be used as long as this lives.
  Status add_routes(net::Router& routes);

 private:
  using Answering = net::Response (ServerControl::*)(const net::Request&);
  struct Asked {
    Answering answer = nullptr;
    net::Request request{};
    net::Responder responder;
  };
  ServerControl(const config::ServerConfiguration& configuration, ControlWorld world);

  Status add(net::Router& routes, net::Method method, std::string_view path, Answering answer);
  Status add_order(net::Router& routes, std::string_view path);
  void perform(Asked asked);
  net::Response status(const net::Request& request);
  net::Response queue(const net::Request& request);
  net::Response log(const net::Request& request);
  net::Response log_page(const net::Request& request);
  void order(const net::Request& request, net::Responder responder);
  [[nodiscard]] api::ServerStanding standing();
  /// Without refusals of what the configuration does not ask for any more.
  Result<db::Backlog> backlog();
  [[nodiscard]] std::vector<api::ReviewStanding> reviews(const std::map<forge::ReviewId, ReviewGlimpse>& glimpses) const;
  [[nodiscard]] std::chrono::seconds quiet_limit(std::string_view phase) const;

  ControlWorld world_;
  config::EvaluationSettings evaluation_;
  config::BuildSettings build_;
  std::set<db::RefusedWish::What> wished_;  ///< by the configuration
  Clock::Wall started_;
  std::unique_ptr<ServerLogs> logs_{};
  std::unique_ptr<Pool<Asked>> pool_{};  ///< last: its threads use the above
};

}  // namespace ekaci::app
