#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "app/shelves.h"
#include "base/cancel.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/sync.h"
#include "net/http.h"
#include "net/responder.h"
#include "retention/sweep.h"

namespace ekaci::app {

/// Keeps a server's state directory within its bounds, on a thread of its own: every hour, and as soon as too little of the disk is free.
class Keeper {
 public:
  /// The database has to be open already. Clock and log outlive it.
  static Result<std::unique_ptr<Keeper>> open(const std::filesystem::path& state, retention::Rules rules, const Clock& clock,
                                              const Log& log);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  Keeper(Keeper&&) = delete;
  Keeper& operator=(Keeper&&) = delete;
  ~Keeper() { stop(); }

  /// `room_changed` is called from its thread, when short_of_room() says something else than before.
  void start(std::function<void()> room_changed);
  /// Ends what it does after the batch that it is at; from then on it calls nobody.
  void stop();
  /// Why no review should be begun now; empty where there is room for one. Any thread.
  [[nodiscard]] std::string short_of_room() const;
  /// `POST /gc`: does now what is due, or with `?dry-run` says what that would be; answers as gc_report.h says, when it is done. Any
  /// thread.
  void answer(const net::Request& request, net::Responder responder);

 private:
  struct Order {
    bool is_dry = false;
    net::Responder responder;
  };
  Keeper(std::unique_ptr<Shelves> shelves, std::filesystem::path state, retention::Rules rules, const Clock& clock, const Log& log)
      : shelves_(std::move(shelves)), state_(std::move(state)), rules_(std::move(rules)), clock_(clock), log_(log) {}

  void run(const CancelToken& cancel);
  void look_at_disk();
  void sweep_if_due(const CancelToken& cancel);
  Result<retention::Swept> sweep(const CancelToken& cancel);
  void carry_out(Order order, const CancelToken& cancel);

  std::unique_ptr<Shelves> shelves_;
  std::filesystem::path state_;
  retention::Rules rules_;
  const Clock& clock_;
  const Log& log_;
  std::function<void()> room_changed_{};
  Sync<std::string> shortage_{};
  std::optional<Clock::Instant> swept_{};  ///< when last
  Channel<Order> orders_{};
  std::jthread thread_{};
};

}  // namespace ekaci::app
