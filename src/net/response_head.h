#pragma once

#include <string>

#include "base/clock.h"
#include "net/http.h"

namespace ekaci::net {

/// What a response is sent in answer to, and how.
struct Sending {
  Method method = Method::get;
  bool keeps_connection = false;
  Clock::Wall now{};
};

/// Whether the status is one of 200 to 599 and all fields can be sent.
bool is_sendable(const Response& response);

/// Whether a body follows the head: neither to HEAD nor with 204 and 304.
bool has_body(const Response& response, Method method);

/// The status line and the fields, with the empty line behind them. Date, Connection and Content-Length are ours, whatever the response
/// says of them.
std::string response_head(const Response& response, const Sending& sending);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
std::string http_date(Clock::Wall when);

}  // namespace ekaci::net
