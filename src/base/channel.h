#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace ekaci {

/// A queue that many threads fill and empty, with waiting. Closing it lets those who wait go.
template <class Item>
class Channel {
 public:
  void push(Item item) {
    {
      const std::scoped_lock lock(mutex_);
      items_.push_back(std::move(item));
    }
    changed_.notify_one();
  }
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }
  /// The next item; nullopt once the channel is closed.
  std::optional<Item> pop() { return pop_until(std::nullopt); }
  /// The next item; nullopt once the channel is closed, or at the deadline where there is one.
  std::optional<Item> pop_until(std::optional<Clock::Instant> deadline) {
    std::unique_lock lock(mutex_);
    const auto is_due = [this] { return closed_ || !items_.empty(); };
    if (!deadline) {
      changed_.wait(lock, is_due);
    } else if (!changed_.wait_until(lock, *deadline, is_due)) {
      return std::nullopt;
    }
    if (closed_) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  bool closed_ = false;
};

}  // namespace ekaci
