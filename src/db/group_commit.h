#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace ekaci::db {

/// Many callers, one transaction. Waiting for the disk is what a small durable transaction costs, and it costs the same for many: whoever
/// finds nobody at it performs what all have handed in until then, while the next ones gather. Any thread.
template <class Item>
class GroupCommit {
 public:
  /// Returns once `perform` was called with a list that has the item, by this thread or another; it says in the item what came of it.
  /// All callers give the same `perform`, which must not throw; a list has at most `most` items, in the order in which they came.
  template <class Perform>
  void submit(Item& item, std::size_t most, const Perform& perform) {
    Waiting own{.item = &item, .is_done = false};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&own);
    while (!own.is_done) {
      if (is_performing_) {
        performed_.wait(lock);
      } else {
        perform_next(lock, most, perform);
      }
    }
  }

 private:
  struct Waiting {
    Item* item;
    bool is_done;
  };

  template <class Perform>
  void perform_next(std::unique_lock<std::mutex>& lock, std::size_t most, const Perform& perform) {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
    const std::vector<Waiting*> group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    std::vector<Item*> items(group.size());
    std::ranges::transform(group, items.begin(), &Waiting::item);
    is_performing_ = true;
    lock.unlock();
    perform(items);
    lock.lock();
    is_performing_ = false;
    for (Waiting* waiting : group) waiting->is_done = true;
    performed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable performed_;
  std::deque<Waiting*> waiting_;
  bool is_performing_ = false;
};

}  // namespace ekaci::db
