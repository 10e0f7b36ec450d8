#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "app/setup_flow.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/result.h"
#include "config/server_configuration.h"
#include "net/client.h"
#include "net/router.h"
#include "net/server.h"

namespace ekaci::app {

/// A server that is no App yet: it answers its health, says that it is not ready, refuses webhooks so that GitHub delivers them again or
/// they are made up for by comparing, and lets the operator register the App.
class Registration {
 public:
  /// Listens where the server will. `server.url` is set, and the state directory is there and taken (take_state_directory()). Errors say
  /// what to do. Clock and log outlive it.
  static Result<std::unique_ptr<Registration>> start(const config::ServerConfiguration& configuration, const Clock& clock, const Log& log);
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  Registration(Registration&&) = delete;
  Registration& operator=(Registration&&) = delete;
  /// Lets answers under way be taken.
  ~Registration();

  /// What the operator opens. A secret.
  [[nodiscard]] std::string address() const { return flow_->address(); }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  /// Waits until the App is registered; false where it was asked to stop before.
  bool wait(const CancelToken& stop);

 private:
  struct Arrived {
    net::Request request;
    net::Responder responder;
  };
  explicit Registration(const Log& log) : log_(log) {}

  Status open(const config::ServerConfiguration& configuration, const Clock& clock);
  Status add_routes();
  Status listen(const config::ServerConfiguration& configuration);
  void finish(Arrived arrived);

  const Log& log_;
  CancelSource stop_{};
  std::unique_ptr<net::HttpClient> http_{};
  std::unique_ptr<SetupFlow> flow_{};
  std::mutex mutex_{};
  std::condition_variable_any finished_{};
  std::unique_ptr<Pool<Arrived>> finishing_{};  ///< one thread: finish() wants one at a time
  net::Router routes_{};
  std::unique_ptr<net::HttpServer> server_{};
};

}  // namespace ekaci::app
