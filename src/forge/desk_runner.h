#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/cancel.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/pulse.h"
#include "base/sync.h"
#include "forge/desk.h"
#include "forge/desk_standing.h"
#include "forge/ports.h"

namespace ekaci::forge {

/// Makes reviews.
class Reviewer {
 public:
  using Progress = std::function<void(CheckText)>;
  virtual ~Reviewer() = default;
  /// Reviews to the end, on the calling thread; several at once. `progress` may be called from this thread, as often as is worth telling.
  virtual Result<ReviewConclusion> review(const StartReview& order, const Progress& progress, const CancelToken& cancel) = 0;
  /// Said of a review before it is stopped because another of its subject follows, which may want what this one is building. Any thread.
  virtual void expect_successor(ReviewId review) = 0;
  /// Forgets what was fetched of the repository and is not needed any more, where it is time to. One call at a time.
  virtual Status tidy_up(const TidyUp& chore, const CancelToken& cancel) = 0;
};

/// Makes sense of a delivery: what it says, or why it says nothing that can be read. Pure.
using NoticeReader = std::function<Result<Notice>(const Delivery&)>;

/// The outside world of the desk; all outlives the runner.
struct DeskWorld {
  Inbox& inbox;
  Ledger& ledger;
  Forge& forge;
  Reviewer& reviewer;
  NoticeReader read;
  const Clock& clock;
  const Log& log;
  std::function<void()> checks_changed{};  ///< called after something was kept that is owed; must not block
  /// Why the disk has no room for another review; empty where it has. Asked often, and anew after wake(); must not block.
  std::function<std::string()> short_of_room{};
};

/// The log, of lines about that review.
Log log_of(const Log& log, const StartReview& order);

/// The desk at work: a thread of its own that owns it, hands it what happens, keeps what it decides, and has the rest done on other
/// threads. What is kept is durable before anything follows from it.
class DeskRunner {
 public:
  DeskRunner(DeskPolicy policy, std::chrono::seconds reconcile_every, DeskWorld world);
  DeskRunner(const DeskRunner&) = delete;
  DeskRunner& operator=(const DeskRunner&) = delete;
  DeskRunner(DeskRunner&&) = delete;
  DeskRunner& operator=(DeskRunner&&) = delete;
  /// Stops: reviews are cancelled, and begun again after the next start.
  ~DeskRunner();

  /// Reads the ledger, and goes on where it ended. Errors are those of the ledger. Call once.
  Status start();
  /// A delivery was put into the inbox, or there is room again, or none. Any thread.
  void wake();
  /// How things stood a moment ago. Any thread.
  [[nodiscard]] DeskStanding standing() const;
  /// For how long it has been at one thing; zero where it waits for something to do. Long: what it decides cannot be kept. Any thread.
  [[nodiscard]] Clock::Instant::duration busy() const { return pulse_.busy(world_.clock.now()); }
  /// How things stand now, where the desk answers within so long; else how they stood last. Blocks. Any thread but the desk's.
  [[nodiscard]] DeskStanding look(std::chrono::milliseconds patience);
  /// Takes the answer to an order; on the desk's thread.
  using OrderAnswer = std::function<void(const Result<std::string>&)>;
  /// Has an operator's order carried out. Answered once what follows from it is kept; where the server stops before, never. `by` is said in
  /// the log. Any thread.
  void order(OperatorOrdered order, std::string by, OrderAnswer answer);

 private:
  struct InboxChanged {};
  /// A question to the forge, and how often it could not answer.
  struct Asking {
    DeskEffect question;
    std::uint32_t failures = 0;
  };
  struct Unanswered {
    Asking asking;
    Error error;
  };
  struct Order {
    OperatorOrdered order{};
    std::string by{};
    OrderAnswer answer{};
  };
  /// Somebody wants to know how things stand; kept once that is published.
  struct Look {
    std::shared_ptr<std::promise<void>> published{};
  };
  using Happening = std::variant<DeskEvent, InboxChanged, Unanswered, Order, Look>;
  struct Review {
    Log log;
    CancelSource cancel{};
    std::jthread thread{};
  };

  void run();
  void take(Happening happening);
  void carry_out(const Order& order);
  void note_end(const ReviewEnded& ended);
  [[nodiscard]] Clock::Instant next_glance();
  void take_in_deliveries();
  void take_in(const StoredDelivery& stored);
  /// Says in the log what became of a delivery.
  void tell_of(const HandledDelivery& handled);
  /// Whether what was decided is kept.
  bool obey(const DeskDecision& decision);
  /// Whether anything may follow from it.
  bool keep(const LedgerEntry& entry);
  Status keep_or_refuse(const LedgerEntry& entry);
  void begin(const DeskEffect& effect);
  void begin_review(const StartReview& order);
  void stop_review(const StopReview& stop);
  void tidy_up(const TidyUp& chore);
  Happening answer(const Asking& asking);
  DeskEvent ask(const DeskEffect& question);
  void ask_later(Unanswered unanswered);
  void ask_what_is_due();
  void look_around();
  void look_at_room();
  void publish_standing();
  /// Says in what is published what keeps the desk from going on; nullopt: nothing does any more.
  void note_trouble(const std::optional<Error>& error);
  void pause(std::chrono::milliseconds time);

  std::chrono::seconds reconcile_every_;
  DeskWorld world_;
  Desk desk_;
  CancelSource stop_{};
  Channel<Happening> happenings_{};
  Sync<DeskStanding> standing_{};
  Pulse pulse_{};
  std::optional<DeskStanding::Trouble> held_up_{};  ///< as DeskStanding::held_up
  DeliveryId taken_in_{};
  /// A delivery that waits for what the forge is asked about it.
  struct Taken {
    std::string guid{};
    std::string event{};
  };
  std::map<DeliveryId, Taken> taken_{};
  Clock::Instant next_reconciliation_{};
  Clock::Instant next_look_{};
  bool has_news_ = false;  ///< since the last look at how things stand
  std::map<ReviewId, Review> reviews_{};
  std::multimap<Clock::Instant, Asking> asked_again_{};  ///< by when they are
  std::unique_ptr<Pool<Asking>> questions_{};
  std::unique_ptr<Pool<TidyUp>> chores_{};
  std::jthread thread_{};
};

}  // namespace ekaci::forge
