#include "github/transport.h"

namespace ekaci::github {

Transport transport_over(net::HttpClient& client) {
  return [&client](const net::ClientRequest& request, const CancelToken& cancel) { return client.send(request, cancel); };
}

}  // namespace ekaci::github
