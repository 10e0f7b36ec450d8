#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "model/attribute.h"

namespace ekaci {

/// By what an evaluation is memoised: everything its result depends on, hashed (engine/memo.h makes it).
struct EvaluationKey {
  Sha256 digest{};
  [[nodiscard]] std::string to_string() const { return to_hex(digest); }
  friend auto operator<=>(const EvaluationKey&, const EvaluationKey&) = default;
};

/// Which evaluator gave a result. Part of the memo's key.
struct EvaluatorIdentity {
  std::string version;   ///< as it names itself: `nix (Nix) 2.8.0`
  std::string binary;    ///< path of the program, symlinks resolved, and its size and modification time
  std::string settings;  ///< effective settings, features and environment given to it, canonical
  friend bool operator==(const EvaluatorIdentity&, const EvaluatorIdentity&) = default;
};

/// What an evaluation cost. Of the whole process tree.
struct EvaluationCost {
  std::chrono::microseconds cpu{0};
  std::chrono::microseconds wall{0};
  std::uint64_t peak_memory = 0;  ///< bytes, the largest single worker
  std::uint32_t workers_started = 0;
  std::uint32_t workers_died = 0;
  friend bool operator==(const EvaluationCost&, const EvaluationCost&) = default;
};

/// The result of evaluating one job of one tree for one system: every attribute, in path order, each once.
struct Evaluation {
  std::vector<Attribute> attributes;
  EvaluationCost cost;
  std::vector<std::string> notes;  ///< for the reader: a locked input could not be fetched, …
  /// False where something was missing that is not part of the key, such as a locked input: never memoised then.
  bool repeatable = true;
  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

/// One derivation as it was read: its path, direct inputs and the exact bytes of the .drv.
struct DerivationRecord {
  StorePath path;
  std::vector<StorePath> input_derivations;  ///< sorted, each once
  std::string aterm;                         ///< the file's bytes
};

}  // namespace ekaci
