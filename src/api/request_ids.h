#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace ekaci::api {

/// Names for requests, so that an answer and the lines of the log about it can be brought together: `3f9a2c1e-12`. What stands before the
/// number differs from process to process. No secrets. Any thread.
class RequestIds {
 public:
  RequestIds();
  [[nodiscard]] std::string next();

 private:
  std::uint32_t process_;
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace ekaci::api
