#include "api/operations.h"

#include <nlohmann/json.hpp>

namespace ekaci::api {

net::Response health() { return net::Response::text(200, "ok\n"); }

net::Response status(const forge::DeskStanding& standing) {
  nlohmann::json subjects = nlohmann::json::array();
  for (const forge::DeskStanding::Line& line : standing.lines) {
    subjects.push_back({{"repository", line.repository},
                        {"subject", line.subject},
                        {"head", line.head},
                        {"state", line.state},
                        {"baseIsStale", line.is_base_stale}});
  }
  nlohmann::json document = {{"repositories", standing.repositories},
                             {"waiting", standing.waiting},
                             {"running", standing.running},
                             {"subjects", std::move(subjects)}};
  if (!standing.held_up.empty()) document["heldUp"] = standing.held_up;
  return net::Response::json_text(200, document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace ekaci::api
