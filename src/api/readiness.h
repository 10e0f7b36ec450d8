#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace ekaci::api {

/// One of the things that a server needs to take work.
struct ReadinessCheck {
  std::string_view name{};  ///< `database`
  std::string why{};        ///< why it is not as it has to be, for anyone to read; empty where it is
};

bool is_ready(const std::vector<ReadinessCheck>& checks);

/// GET /ready: 200 where all are as they have to be, else 503: `{"ready": false, "checks": [{"name": "disk", "ready": false, "why":
/// "…"}]}`.
net::Response ready(const std::vector<ReadinessCheck>& checks);

}  // namespace ekaci::api
