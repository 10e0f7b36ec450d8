#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/attribute.h"
#include "nix/answer.h"
#include "nix/walker.h"
#include "process/child.h"

namespace ekaci::nix {

/// How far the walker had come with an attribute when it failed, as evaluated code may pretend.
enum class Reached {
  nothing,     ///< it was not seen to be a derivation: it has no metadata
  derivation,  ///< it is a derivation
  metadata,    ///< its path was known: only its metadata can have failed
};

/// A question that could not be answered, because evaluating the attribute failed.
struct FailedQuestion {
  EvaluationError error{};
  Reached reached = Reached::nothing;
};

/// What a worker says about one attribute.
using Reply = std::variant<Answer, FailedQuestion>;

/// How a worker came to its end.
struct WorkerEnd {
  EvaluationFailure failure = EvaluationFailure::crashed;  ///< why, where a question was open
  std::string message{};                                   ///< one sentence, with what it said last: hostile text
  Reached reached = Reached::nothing;                      ///< with the open question
  bool had_started = false;                                ///< it had loaded the job; else nothing can be said of any attribute
  process::Usage usage{};
};

/// One evaluator that answers questions about attributes, in the order in which they were asked. What makes evaluation
/// independent of how Nix is driven. One thread; nothing blocks.
class Worker {
 public:
  virtual ~Worker() = default;

  virtual void ask(Question question, std::span<const std::uint32_t> path) = 0;
  /// Adds what has to be waited for before advance() can do something.
  virtual void add_descriptors(std::vector<pollfd>& descriptors) = 0;
  /// Reads and writes what can be at once; the replies that came, in order.
  virtual std::vector<Reply> advance() = 0;
  /// Its end, once it has come and all its replies were taken.
  virtual std::optional<WorkerEnd> end() = 0;
  /// Ends it because of this; end() tells when it is over.
  virtual void kill(EvaluationFailure failure, std::string message) = 0;
  /// Nothing more will be asked: it may end by itself.
  virtual void finish() = 0;
};

using WorkerFactory = std::function<Result<std::unique_ptr<Worker>>()>;

}  // namespace ekaci::nix
