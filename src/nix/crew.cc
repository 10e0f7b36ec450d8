#include "nix/crew.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ekaci::nix {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Questions that a worker has at once: while we read one answer it evaluates the next, and need not wait for us to be scheduled.
constexpr std::size_t kAhead = 4;
/// A further worker costs what all of them evaluate alike: it is started for at least so many attributes.
constexpr std::uint64_t kAttributesPerWorker = 32;
constexpr std::uint32_t kMaxFailedStarts = 3;
constexpr milliseconds kLongestWait{50};
/// Often enough to watch; telling of each attribute would cost as much as asking for it.
constexpr milliseconds kProgressInterval{50};
constexpr seconds kResourceInterval{1};
/// How long a worker that is not needed any more may take to end by itself: it gives gigabytes back, and what it cost is known only then.
constexpr seconds kFarewell{30};

/// Failures that may come from what a worker had done before; the attribute is tried once more, first thing in a fresh one.
/// A stack is as deep in a fresh worker, and needs to be deeper there.
bool deserves_second_try(EvaluationFailure failure) {
  return failure == EvaluationFailure::out_of_memory || failure == EvaluationFailure::crashed;
}

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

Crew::Crew(CrewOptions options, engine::EvaluationListener& listener, const Clock& clock)
    : options_(std::move(options)),
      listener_(listener),
      clock_(clock),
      walk_(options_.foremost, options_.tests_of),
      seats_(std::max(options_.limits.workers, 1U)) {}

Result<Evaluation> Crew::run(const CancelToken& cancel) {
  const Clock::Instant deadline = clock_.now() + options_.limits.total_time;
  Clock::Instant resources_checked{};
  while (!walk_.is_finished()) {
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "the evaluation was stopped");
    const Clock::Instant now = clock_.now();
    if (now >= deadline) {
      walk_.settle_rest(
          {.failure = EvaluationFailure::timed_out,
           .message = fmt::format("the limit of {} s for the whole evaluation was reached", options_.limits.total_time.count())});
      break;
    }
    if (now - resources_checked >= kResourceInterval) {
      resources_checked = now;
      if (Status enough = options_.check_resources(); !enough) return fail(enough.error());
    }
    if (Status filled = fill_seats(); !filled) return fail(filled.error());
    wait();
    for (Seat& seat : seats_) {
      if (Status advanced = advance(seat); !advanced) return fail(advanced.error());
    }
    end_slow_questions();
    report_progress();
  }
  listener_.progress(walk_.known(), walk_.done(), walk_.errors());
  dismiss();
  return Evaluation{.attributes = walk_.take_attributes(), .cost = cost_, .notes = {}, .repeatable = repeatable_};
}

void Crew::report_progress() {
  const Clock::Instant now = clock_.now();
  if (now - progress_reported_ < kProgressInterval) return;
  progress_reported_ = now;
  listener_.progress(walk_.known(), walk_.done(), walk_.errors());
}

std::size_t Crew::working() const {
  return static_cast<std::size_t>(std::ranges::count_if(seats_, [](const Seat& seat) { return seat.worker != nullptr; }));
}

Status Crew::fill_seats() {
  const std::uint64_t open = walk_.known() - walk_.done();
  const std::uint64_t wanted = 1 + open / kAttributesPerWorker;
  for (Seat& seat : seats_) {
    const bool has_own_tasks = !seat.first.empty() || seat.range.size() > 0;
    if (!seat.worker && (has_own_tasks || working() < wanted)) {
      if (Status started = start_worker(seat); !started) return started;
    }
    if (seat.worker) assign(seat);
  }
  return {};
}

Status Crew::start_worker(Seat& seat) {
  Result<std::unique_ptr<Worker>> worker = options_.start();
  if (!worker) return fail(worker.error());
  seat.worker = std::move(*worker);
  seat.is_fresh = true;
  ++cost_.workers_started;
  return {};
}

void Crew::assign(Seat& seat) {
  while (seat.asked.size() < kAhead) {
    // A second try stands alone: nothing else may fill its worker's memory or be blamed with it.
    if (!seat.asked.empty() && seat.asked.back().second_try) return;
    std::optional<Task> task = next_task(seat);
    if (!task) return;
    if (seat.asked.empty()) seat.head_since = clock_.now();
    seat.worker->ask(task->inquiry.question, walk_.indices(task->node));
    seat.asked.push_back(std::move(*task));
  }
}

std::optional<Crew::Task> Crew::next_task(Seat& seat) {
  if (!seat.first.empty()) {
    Task task = std::move(seat.first.front());
    seat.first.pop_front();
    return task;
  }
  if (const std::optional<NodeId> foremost = walk_.next_foremost()) return opening(*foremost);
  if (seat.range.size() == 0) {
    const std::optional<NodeRange> range = walk_.next_range();
    if (range) seat.range = *range;
    if (!range && !steal(seat)) return std::nullopt;
  }
  return opening(NodeId{seat.range.first++});
}

Crew::Task Crew::opening(NodeId node) const { return {.node = node, .inquiry = {.question = walk_.first_question(node)}}; }

bool Crew::steal(Seat& seat) {
  const auto richest = std::ranges::max_element(seats_, {}, [](const Seat& other) { return other.range.size(); });
  if (richest->range.size() < 2) return false;
  const std::uint32_t middle = richest->range.first + richest->range.size() / 2;
  seat.range = {middle, richest->range.end};
  richest->range.end = middle;
  return true;
}

void Crew::wait() {
  std::vector<pollfd> descriptors;
  for (const Seat& seat : seats_) {
    if (seat.worker) seat.worker->add_descriptors(descriptors);
  }
  ::poll(descriptors.data(), descriptors.size(), static_cast<int>(kLongestWait.count()));
}

Status Crew::advance(Seat& seat) {
  if (!seat.worker) return {};
  for (Reply& reply : seat.worker->advance()) {
    if (seat.asked.empty()) return fail(ErrorCode::internal, "a worker answered more than it was asked");
    const Task task = std::move(seat.asked.front());
    seat.asked.pop_front();
    seat.head_since = clock_.now();
    seat.is_fresh = false;
    failed_starts_ = 0;
    take(seat, task, std::move(reply));
  }
  if (const std::optional<WorkerEnd> end = seat.worker->end()) return bury(seat, *end);
  return {};
}

void Crew::take(Seat& seat, const Task& task, Reply reply) {
  Step step = proceed(task.inquiry, std::move(reply));
  std::visit(Overloaded{[&](Inquiry& next) { seat.first.push_front({.node = task.node, .inquiry = std::move(next)}); },
                        [&](Settled& settled) { settle(task.node, std::move(settled)); },
                        [&](ListedSet& set) { walk_.list(task.node, std::move(set.names)); }},
             step);
}

void Crew::settle(NodeId node, Settled settled) {
  if (walk_.is_foremost(node)) listener_.found({.path = walk_.path(node), .result = settled.result, .metadata = settled.metadata});
  walk_.settle(node, std::move(settled.result), std::move(settled.metadata));
}

Status Crew::bury(Seat& seat, const WorkerEnd& end) {
  seat.worker.reset();
  ++cost_.workers_died;
  add_usage(end);
  if (!end.had_started) {
    // The walker was not even loaded: no attribute is to blame.
    if (++failed_starts_ >= kMaxFailedStarts || walk_.known() == 0) {
      return fail(ErrorCode::unavailable, "the evaluator cannot be started: {}", end.message);
    }
  }
  std::deque<Task> asked = std::exchange(seat.asked, {});
  std::optional<Task> blamed;
  if (end.had_started && !asked.empty()) {
    blamed = std::move(asked.front());
    asked.pop_front();
  }
  seat.first.insert(seat.first.begin(), std::make_move_iterator(asked.begin()), std::make_move_iterator(asked.end()));
  if (blamed) blame(seat, std::move(*blamed), end);
  return {};
}

void Crew::blame(Seat& seat, Task task, const WorkerEnd& end) {
  const bool is_about_metadata = task.inquiry.question == Question::refusal || task.inquiry.question == Question::metadata;
  if (deserves_second_try(end.failure) && !seat.is_fresh && !task.second_try && !is_about_metadata) {
    task.second_try = true;
    seat.first.push_front(std::move(task));
    return;
  }
  if (is_resource_failure(end.failure)) repeatable_ = false;
  // What dies before its path is known would die again: only of its metadata something can be saved.
  const Reached reached = end.reached == Reached::metadata ? Reached::metadata : Reached::nothing;
  take(seat, task, FailedQuestion{.error = {.failure = end.failure, .message = end.message}, .reached = reached});
}

void Crew::end_slow_questions() {
  for (Seat& seat : seats_) {
    if (!seat.worker || seat.asked.empty() || clock_.now() - seat.head_since < options_.limits.attribute_time) continue;
    seat.worker->kill(EvaluationFailure::timed_out,
                      fmt::format("it took longer than the limit of {} s", options_.limits.attribute_time.count()));
  }
}

void Crew::dismiss() {
  for (Seat& seat : seats_) {
    if (seat.worker && !seat.asked.empty()) seat.worker->kill(EvaluationFailure::timed_out, "");
    if (seat.worker) seat.worker->finish();
  }
  const Clock::Instant deadline = clock_.now() + kFarewell;
  while (working() > 0 && clock_.now() < deadline) {
    for (Seat& seat : seats_) {
      if (!seat.worker) continue;
      [[maybe_unused]] const std::vector<Reply> late = seat.worker->advance();
      if (const std::optional<WorkerEnd> end = seat.worker->end()) {
        add_usage(*end);
        seat.worker.reset();
      }
    }
    if (working() > 0) wait();
  }
}

void Crew::add_usage(const WorkerEnd& end) {
  cost_.cpu += end.usage.cpu;
  cost_.peak_memory = std::max(cost_.peak_memory, end.usage.peak_memory);
}

}  // namespace ekaci::nix
