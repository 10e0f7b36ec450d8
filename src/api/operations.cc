#include "api/operations.h"

namespace ekaci::api {

net::Response health() { return net::Response::text(200, "ok\n"); }

}  // namespace ekaci::api
