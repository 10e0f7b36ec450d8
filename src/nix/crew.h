#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "engine/ports.h"
#include "nix/inquiry.h"
#include "nix/walk.h"
#include "nix/worker.h"

namespace ekaci::nix {

/// What a crew works with.
struct CrewOptions {
  engine::EvaluationLimits limits;
  engine::Foremost foremost{};
  std::set<AttributePath> tests_of{};  ///< as in engine::EvaluationRequest
  WorkerFactory start;
  std::function<Status()> check_resources;  ///< asked once a second; an error ends the evaluation with it
};

/// Several workers that evaluate every attribute of a job, each once, whatever happens to them. Keeps a worker on neighbouring
/// attributes, sends the next question before the last is answered, replaces workers that die, and blames the attribute that
/// was being evaluated. One thread, which it blocks.
class Crew {
 public:
  Crew(CrewOptions options, engine::EvaluationListener& listener, const Clock& clock);

  /// The result, with everything but the wall time; or the error that ended the whole.
  Result<Evaluation> run(const CancelToken& cancel);

 private:
  /// One question about one attribute.
  struct Task {
    NodeId node;
    Inquiry inquiry{};
    bool second_try = false;
  };
  /// A worker and what it does.
  struct Seat {
    std::unique_ptr<Worker> worker;
    NodeRange range{};         ///< its next attributes
    std::deque<Task> first{};  ///< to be asked before those
    std::deque<Task> asked{};
    Clock::Instant head_since{};
    bool is_fresh = true;  ///< it has answered nothing yet
  };

  Status fill_seats();
  Status start_worker(Seat& seat);
  void assign(Seat& seat);
  std::optional<Task> next_task(Seat& seat);
  [[nodiscard]] Task opening(NodeId node) const;
  bool steal(Seat& seat);
  void wait();
  Status advance(Seat& seat);
  void take(Seat& seat, const Task& task, Reply reply);
  void settle(NodeId node, Settled settled);
  Status bury(Seat& seat, const WorkerEnd& end);
  void blame(Seat& seat, Task task, const WorkerEnd& end);
  void end_slow_questions();
  void report_progress();
  void dismiss();
  void add_usage(const WorkerEnd& end);
  [[nodiscard]] std::size_t working() const;

  CrewOptions options_;
  engine::EvaluationListener& listener_;
  const Clock& clock_;
  Walk walk_;
  std::vector<Seat> seats_;
  EvaluationCost cost_;
  bool repeatable_ = true;  ///< false once something was cut short by a limit
  Clock::Instant progress_reported_{};
  std::uint32_t failed_starts_ = 0;  ///< one after the other
};

}  // namespace ekaci::nix
