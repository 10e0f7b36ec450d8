#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "api/request_ids.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "forge/ports.h"
#include "net/http.h"
#include "net/responder.h"

namespace ekaci::api {

/// Where webhooks are taken in.
inline constexpr std::string_view kWebhookPath = "/github/webhook";

/// What came of a webhook, for who counts them.
enum class WebhookOutcome {
  accepted,
  repeated,       ///< it was kept before
  bad_signature,  ///< or none
  malformed,      ///< signed, and not what a webhook is
  not_kept,       ///< it could not be stored, and is to be delivered again
};
/// `bad_signature`.
std::string_view to_string(WebhookOutcome outcome);

/// What webhooks go to; all outlives the endpoint.
struct WebhookWorld {
  forge::Inbox& inbox;
  /// Whether the forge signed the body; given the body as it came and the signature's header. Any thread.
  std::function<bool(std::string_view body, std::string_view signature)> is_signed;
  std::function<void()> received;  ///< something new is in the inbox; must not block
  const Clock& clock;
  const Log& log;
  /// Told of each, with the event's name; that is empty where nobody signed it. Any thread; must not block.
  std::function<void(std::string_view event, WebhookOutcome outcome)> counted{};
};

/// POST of a webhook (docs.github.com/webhooks). Answered with 202 once it is kept, durably, and never before; with 202 as well where it
/// came before; each answer has an `X-Request-Id`, which the lines of the log about it have as `request`. 400 without the headers that name
/// it, 401 where the signature is wrong, 415 where it is no JSON, 503 where it cannot be kept now, so that it is delivered again. What it
/// says is looked at later, by somebody else.
class Webhooks {
 public:
  /// Threads of its own check signatures and wait for the disk.
  Webhooks(WebhookWorld world, std::size_t threads);

  /// As net::Handler.
  void handle(net::Request request, net::Responder responder);

 private:
  struct Arrived {
    net::Request request;
    net::Responder responder;
  };
  struct Answer {
    net::Response response{};
    WebhookOutcome outcome = WebhookOutcome::malformed;
    std::string event{};  ///< where it is signed
  };
  [[nodiscard]] net::Response answer(net::Request& request);
  [[nodiscard]] Answer judge(net::Request& request, const Log& log);
  [[nodiscard]] Answer take_in(forge::Delivery delivery, const Log& log);

  WebhookWorld world_;
  RequestIds ids_{};
  Pool<Arrived> pool_;  ///< last: its threads use the above
};

}  // namespace ekaci::api
