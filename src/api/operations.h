#pragma once

#include "net/http.h"

/// What operators and their tools ask for.
namespace ekaci::api {

/// GET /health: the process answers. Nothing else is looked at.
net::Response health();

}  // namespace ekaci::api
