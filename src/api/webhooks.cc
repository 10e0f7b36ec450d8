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

Webhooks::Webhooks(WebhookWorld world, std::size_t threads)
    : world_(std::move(world)), pool_(threads, [this](Arrived arrived) { arrived.responder.answer(answer(arrived.request)); }) {}

void Webhooks::handle(net::Request request, net::Responder responder) {
  pool_.start({.request = std::move(request), .responder = std::move(responder)});
}

net::Response Webhooks::answer(net::Request& request) {
  // Nothing is said to a stranger but that the signature is wrong.
  if (!world_.is_signed(request.body, request.headers.find("X-Hub-Signature-256").value_or(""))) {
    world_.log.warning("a webhook from {} has no valid signature", request.peer);
    return net::Response::error(401, "X-Hub-Signature-256 does not fit the body: the webhook's secret and the server's are not the same");
  }
  const std::string_view guid = request.headers.find("X-GitHub-Delivery").value_or("");
  const std::string_view event = request.headers.find("X-GitHub-Event").value_or("");
  if (!is_name(guid) || !is_name(event))
    return net::Response::error(400, "X-GitHub-Delivery and X-GitHub-Event have to name the delivery and its event");
  if (!is_json(request.headers)) return net::Response::error(415, "set the webhook's content type to application/json");
  return take_in(
      {.guid = std::string(guid), .event = std::string(event), .payload = std::move(request.body), .received = world_.clock.wall()});
}

net::Response Webhooks::take_in(forge::Delivery delivery) {
  const Result<bool> is_new = world_.inbox.receive(delivery);
  if (!is_new) {
    world_.log.error("the webhook {} cannot be kept: {}", delivery.guid, is_new.error().to_string());
    return net::Response::error(503, "it cannot be kept now");
  }
  if (*is_new) world_.received();
  return net::Response::json_text(202, *is_new ? R"({"accepted":true})" : R"({"accepted":true,"known":true})");
}

}  // namespace ekaci::api
