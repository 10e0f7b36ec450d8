#pragma once

#include <functional>
#include <string>

#include "forge/desk_runner.h"
#include "net/http.h"

/// What operators and their tools ask for.
namespace ekaci::api {

/// GET /health: the process answers. Nothing else is looked at.
net::Response health();

/// GET /status, on the control socket: how things stand, as JSON: `{"repositories": 1, "waiting": 0, "running": 1, "subjects":
/// [{"repository": "o/r", "subject": "#1", "head": "…", "state": "under review", "baseIsStale": false}]}`. Where no review is begun for
/// want of room, `heldUp` says why.
net::Response status(const forge::DeskStanding& standing);

}  // namespace ekaci::api
