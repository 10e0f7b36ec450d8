#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "net/responder.h"

namespace ekaci::testing {

/// Keeps what a server is asked for the test to answer. Outlives the server.
class WaitingHandler {
 public:
  net::Handler handler() {
    return [this](const net::Request&, net::Responder responder) {
      {
        const std::scoped_lock lock(mutex_);
        responders_.push_back(std::move(responder));
      }
      came_.notify_all();
    };
  }

  /// Waits for the next request.
  net::Responder next() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !responders_.empty(); });
    net::Responder first = std::move(responders_.front());
    responders_.erase(responders_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<net::Responder> responders_;
};

}  // namespace ekaci::testing
