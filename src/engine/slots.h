#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "engine/ports.h"

namespace ekaci::engine {

/// What evaluation may take of this machine, all reviews together.
struct EvaluationBudget {
  std::uint32_t workers = 1;                              ///< evaluator processes at once
  std::uint64_t memory = std::uint64_t{4} << 30U;         ///< bytes, all workers together
  std::uint64_t worker_memory = std::uint64_t{4} << 30U;  ///< bytes for one worker
};

/// Hands out the right to run evaluator workers, never more than the budget's memory and processes allow: fewer workers rather
/// than swap. Engine thread only.
class EvaluationSlots {
 public:
  explicit EvaluationSlots(const EvaluationBudget& budget);

  /// The right to run some workers. Move-only, so that it cannot be given back twice; gives itself back at the end of its life,
  /// which must not outlast the slots.
  class Slot {
   public:
    Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), workers_(other.workers_) {}
    Slot& operator=(Slot&& other) noexcept;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() { release(); }
    [[nodiscard]] std::uint32_t workers() const { return workers_; }

   private:
    friend class EvaluationSlots;
    Slot(EvaluationSlots* owner, std::uint32_t workers) : owner_(owner), workers_(workers) {}
    void release();
    EvaluationSlots* owner_;
    std::uint32_t workers_;
  };

  /// A share of what is free, for one of `waiting` evaluations that want to run; nullopt where nothing is free.
  std::optional<Slot> take_share(std::size_t waiting);

  [[nodiscard]] std::uint32_t total() const { return total_; }
  [[nodiscard]] std::uint32_t free() const { return free_; }
  /// Bytes that each worker may use.
  [[nodiscard]] std::uint64_t worker_memory() const { return worker_memory_; }

 private:
  std::uint64_t worker_memory_;
  std::uint32_t total_;
  std::uint32_t free_;
};

}  // namespace ekaci::engine
