#pragma once

#include <functional>

#include "base/cancel.h"
#include "base/result.h"
#include "net/client.h"

namespace ekaci::github {

/// One HTTP exchange, as net::HttpClient::send() makes it. Called from several threads at once.
using Transport = std::function<Result<net::ClientResponse>(const net::ClientRequest&, const CancelToken&)>;

/// The client outlives the transport.
Transport transport_over(net::HttpClient& client);

}  // namespace ekaci::github
