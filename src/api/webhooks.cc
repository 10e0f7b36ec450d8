#include "api/webhooks.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace ekaci::api {
namespace {

/// GitHub's are a GUID and a word; nothing longer is kept as a key.
constexpr std::size_t kLongestName = 200;

bool is_name(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, is_plain);
}

bool is_json(const net::Headers& headers) {
  const std::string_view type = headers.find("Content-Type").value_or("");
  return net::is_equal_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

}  // namespace

std::string_view to_string(WebhookOutcome outcome) {
  switch (outcome) {
    case WebhookOutcome::accepted:
      return "accepted";
    case WebhookOutcome::repeated:
      return "repeated";
    case WebhookOutcome::bad_signature:
      return "bad_signature";
    case WebhookOutcome::malformed:
      return "malformed";
    case WebhookOutcome::not_kept:
      break;
  }
  return "not_kept";
}

Webhooks::Webhooks(WebhookWorld world, std::size_t threads)
    : world_(std::move(world)), pool_(threads, [this](Arrived arrived) { arrived.responder.answer(answer(arrived.request)); }) {}

void Webhooks::handle(net::Request request, net::Responder responder) {
  pool_.start({.request = std::move(request), .responder = std::move(responder)});
}

net::Response Webhooks::answer(net::Request& request) {
  const std::string id = ids_.next();
  Answer answer = judge(request, world_.log.with("request", id));
  if (world_.counted) world_.counted(answer.event, answer.outcome);
  answer.response.headers.set("X-Request-Id", id);
  return std::move(answer.response);
}

Webhooks::Answer Webhooks::judge(net::Request& request, const Log& log) {
  // Nothing is said to a stranger but that the signature is wrong.
  if (!world_.is_signed(request.body, request.headers.find("X-Hub-Signature-256").value_or(""))) {
    log.warning("a webhook from {} has no valid signature", request.peer);
    return {.response = net::Response::error(
                401, "X-Hub-Signature-256 does not fit the body: the webhook's secret and the server's are not the same"),
            .outcome = WebhookOutcome::bad_signature};
  }
  const std::string_view guid = request.headers.find("X-GitHub-Delivery").value_or("");
  const std::string_view event = request.headers.find("X-GitHub-Event").value_or("");
  if (!is_name(guid) || !is_name(event))
    return {.response = net::Response::error(400, "X-GitHub-Delivery and X-GitHub-Event have to name the delivery and its event")};
  if (!is_json(request.headers)) {
    return {.response = net::Response::error(415, "set the webhook's content type to application/json"), .event = std::string(event)};
  }
  return take_in(
      {.guid = std::string(guid), .event = std::string(event), .payload = std::move(request.body), .received = world_.clock.wall()},
      log.with("delivery", guid));
}

Webhooks::Answer Webhooks::take_in(forge::Delivery delivery, const Log& log) {
  const Result<bool> is_new = world_.inbox.receive(delivery);
  if (!is_new) {
    log.error("the webhook {} cannot be kept: {}", delivery.event, is_new.error().to_string());
    return {.response = net::Response::error(503, "it cannot be kept now"),
            .outcome = WebhookOutcome::not_kept,
            .event = std::move(delivery.event)};
  }
  log.debug("the webhook {} is {}", delivery.event, *is_new ? "accepted" : "known already");
  if (*is_new) world_.received();
  return {.response = net::Response::json_text(202, *is_new ? R"({"accepted":true})" : R"({"accepted":true,"known":true})"),
          .outcome = *is_new ? WebhookOutcome::accepted : WebhookOutcome::repeated,
          .event = std::move(delivery.event)};
}

}  // namespace ekaci::api
