#include "engine/slots.h"

#include <algorithm>

namespace ekaci::engine {
namespace {

std::uint64_t memory_of_a_worker(const EvaluationBudget& budget) { return std::min(budget.worker_memory, budget.memory); }

/// At least one: with less memory than a worker wants, a single worker gets what there is.
std::uint32_t affordable_workers(const EvaluationBudget& budget) {
  const std::uint64_t each = std::max<std::uint64_t>(1, memory_of_a_worker(budget));
  const std::uint64_t by_memory = std::max<std::uint64_t>(1, budget.memory / each);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(by_memory, 1, std::max(1U, budget.workers)));
}

}  // namespace

EvaluationSlots::EvaluationSlots(const EvaluationBudget& budget)
    : worker_memory_(memory_of_a_worker(budget)), total_(affordable_workers(budget)), free_(total_) {}

EvaluationSlots::Slot& EvaluationSlots::Slot::operator=(Slot&& other) noexcept {
  if (this != &other) {
    release();
    owner_ = std::exchange(other.owner_, nullptr);
    workers_ = other.workers_;
  }
  return *this;
}

void EvaluationSlots::Slot::release() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->free_ += workers_;
}

std::optional<EvaluationSlots::Slot> EvaluationSlots::take_share(std::size_t waiting) {
  if (free_ == 0) return std::nullopt;
  // Whole evaluations beside each other before several workers for one: each worker evaluates the common root again.
  const auto share = static_cast<std::uint32_t>(std::max<std::size_t>(1, free_ / std::max<std::size_t>(1, waiting)));
  free_ -= share;
  return Slot(this, share);
}

}  // namespace ekaci::engine
