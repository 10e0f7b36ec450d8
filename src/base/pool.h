#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "base/channel.h"

namespace ekaci {

/// Threads that do one kind of work, in the order in which it was given. Its end waits for what is being done; what is not begun
/// by then is dropped.
template <class Work>
class Pool {
 public:
  /// `perform` must not throw.
  Pool(std::size_t threads, std::function<void(Work)> perform) : perform_(std::move(perform)) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (std::optional<Work> work = waiting_.pop()) perform_(std::move(*work));
      });
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  Pool(Pool&&) = delete;
  Pool& operator=(Pool&&) = delete;
  ~Pool() { waiting_.close(); }

  void start(Work work) { waiting_.push(std::move(work)); }

 private:
  std::function<void(Work)> perform_;
  Channel<Work> waiting_;
  std::vector<std::jthread> threads_;
};

}  // namespace ekaci
