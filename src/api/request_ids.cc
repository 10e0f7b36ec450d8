#include "api/request_ids.h"

#include <fmt/core.h>

#include <random>

namespace ekaci::api {

RequestIds::RequestIds() : process_(std::random_device()()) {}

std::string RequestIds::next() { return fmt::format("{:08x}-{}", process_, ++last_); }

}  // namespace ekaci::api
