#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "api/webhooks.h"
#include "app/readiness_probe.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/result.h"
#include "db/figures.h"
#include "db/forge_memory.h"
#include "forge/desk_runner.h"
#include "forge/publisher.h"
#include "github/client.h"
#include "net/listen.h"
#include "net/router.h"
#include "net/server.h"

namespace ekaci::app {

struct OperatingSettings {
  std::filesystem::path state{};
  std::uint64_t keep_free = 0;            ///< bytes of the file system
  std::optional<net::HostPort> listen{};  ///< where metrics are served besides
};

/// What is looked at; all outlives this.
struct OperatingWorld {
  Metrics& metrics;
  db::SqliteForgeMemory& memory;
  const forge::DeskRunner& desk;
  const forge::Publisher& publisher;
  const github::Client& github;
  std::function<net::ServerCounters()> served;  ///< by the public server
  const Clock& clock;
  const Log& log;
};

/// What a server says of itself to those who operate it: `GET /metrics` and `GET /ready`. Reads on a thread of its own, since both may wait
/// for the disk.
class Operating {
 public:
  static Result<std::unique_ptr<Operating>> open(OperatingSettings settings, OperatingWorld world);
  Operating(const Operating&) = delete;
  Operating& operator=(const Operating&) = delete;
  Operating(Operating&&) = delete;
  Operating& operator=(Operating&&) = delete;
  ~Operating() = default;

  /// Readiness is anyone's to know; metrics are the operator's.
  Status add_routes(net::Router& open_to_all, net::Router& control);
  /// Begins to serve metrics on an address of their own, where one is set.
  Status listen();

  /// As api::WebhookWorld::counted. Any thread.
  void count_webhook(std::string_view event, api::WebhookOutcome outcome);
  /// A webhook that was refused before its signature could be looked at, with this status. Any thread.
  void count_refused_webhook(int status);

 private:
  enum class Question { ready, metrics };
  struct Asked {
    Question question = Question::ready;
    net::Responder responder;
  };
  Operating(OperatingSettings settings, OperatingWorld world, std::unique_ptr<db::FigureReader> figures);
  [[nodiscard]] ReadinessWorld readiness_world();
  [[nodiscard]] net::Handler handler_of(Question question);
  net::Response answer(Question question);
  void read(MetricReadings& readings);

  OperatingSettings settings_;
  OperatingWorld world_;
  Clock::Wall started_;
  std::unique_ptr<db::FigureReader> figures_;
  ReadinessProbe probe_;
  Pool<Asked> pool_;
  net::Router routes_{};
  std::unique_ptr<net::HttpServer> server_{};  ///< last: its handlers use all of the above
};

}  // namespace ekaci::app
