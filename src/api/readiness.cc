#include "api/readiness.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ekaci::api {

bool is_ready(const std::vector<ReadinessCheck>& checks) {
  return std::ranges::all_of(checks, [](const ReadinessCheck& check) { return check.why.empty(); });
}

net::Response ready(const std::vector<ReadinessCheck>& checks) {
  nlohmann::json all = nlohmann::json::array();
  for (const ReadinessCheck& check : checks) {
    nlohmann::json one = {{"name", check.name}, {"ready", check.why.empty()}};
    if (!check.why.empty()) one["why"] = check.why;
    all.push_back(std::move(one));
  }
  const bool is_good = is_ready(checks);
  const nlohmann::json document = {{"ready", is_good}, {"checks", std::move(all)}};
  net::Response response =
      net::Response::json_text(is_good ? 200 : 503, document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace ekaci::api
