#include "engine/runner.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ekaci::engine {
namespace {

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
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !items_.empty(); });
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

/// Threads that perform effects and post what became of them.
class Pool {
 public:
  Pool(std::size_t threads, Performer& performer, Channel<Event>& events) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this, &performer, &events] {
        while (std::optional<Effect> effect = effects_.pop()) events.push(perform(performer, std::move(*effect)));
      });
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { effects_.close(); }

  void start(Effect effect) { effects_.push(std::move(effect)); }

 private:
  /// The top of a pool thread: a defect that throws becomes a failed review, not a dead process.
  static Event perform(Performer& performer, Effect effect) {
    try {
      return performer.perform(std::move(effect));
    } catch (const std::exception& defect) {
      return EffectFailed{Error(ErrorCode::internal, defect.what())};
    }
  }

  Channel<Effect> effects_;
  std::vector<std::jthread> threads_;
};

/// Evaluations wait for slots, not for threads: enough for both sides of a few jobs and the load beside them.
constexpr std::size_t kPoolThreads = 8;

}  // namespace

Result<Review> run_review(ReviewRequest request, Ports ports, const Clock& clock, ReviewObserver& observer, CancelToken cancel) {
  const Clock::Instant started = clock.now();
  const auto since = [&clock](Clock::Instant begin) { return std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - begin); };
  std::optional<std::chrono::microseconds> first_change;
  // Effects stop when the caller asks, and also when the review has ended without them.
  CancelSource stop;
  const std::stop_callback forward(cancel, [&stop] { stop.request_stop(); });
  Channel<Event> events;
  Performer performer(ports, [&events](Event event) { events.push(std::move(event)); }, stop.get_token());
  ReviewLife life(std::move(request));
  {
    Pool pool(kPoolThreads, performer, events);
    for (Effect& effect : life.start()) pool.start(std::move(effect));
    while (!life.result()) {
      std::optional<Event> event = events.pop();
      for (Effect& effect : life.handle(std::move(*event))) pool.start(std::move(effect));
      for (const EarlyChange& change : life.take_early_changes()) {
        if (!first_change) first_change = since(started);
        observer.change_seen(change);
      }
      observer.review_moved(life.phase(), life.progress());
    }
    stop.request_stop();
  }
  Result<Review> result = *life.result();
  if (result) {
    result->wall = since(started);
    result->first_change = first_change;
  }
  return result;
}

}  // namespace ekaci::engine
