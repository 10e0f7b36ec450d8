#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/attribute_path.h"
#include "model/metadata.h"
#include "model/source_position.h"
#include "model/store_path.h"

namespace ekaci {

/// A Nix system double, such as `x86_64-linux`. Checked: 1 to 64 characters of `[0-9A-Za-z_-]`.
class System {
 public:
  static Result<System> parse(std::string_view text);
  [[nodiscard]] const std::string& to_string() const { return text_; }
  friend auto operator<=>(const System&, const System&) = default;

 private:
  explicit System(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The attribute is a derivation and its .drv was made.
struct EvaluatedDerivation {
  StorePath path;
  std::string name;                  ///< the derivation's name, hostile text
  std::vector<std::string> outputs;  ///< in the derivation's order; never empty
  friend bool operator==(const EvaluatedDerivation&, const EvaluatedDerivation&) = default;
};

enum class RefusalReason { broken, unsupported_system, unfree, insecure };
std::string_view to_string(RefusalReason reason);
std::optional<RefusalReason> parse_refusal_reason(std::string_view text);

/// The package set says of itself that it does not offer this here. Told from metadata, never from message text. `meta.available`
/// being false without a known reason gives an empty set.
struct Refusal {
  std::set<RefusalReason> reasons;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

enum class EvaluationFailure {
  evaluation,      ///< the evaluator said why: throw, assert, abort, type error, missing file, recursion, …
  stack_overflow,  ///< the evaluator's stack ended
  out_of_memory,   ///< the memory limit was reached
  timed_out,       ///< the time limit was reached
  output_limit,    ///< it printed more than the limit
  crashed,         ///< the evaluator died for another reason
};
std::string_view to_string(EvaluationFailure failure);
std::optional<EvaluationFailure> parse_evaluation_failure(std::string_view text);

/// Whether a failure came from a limit of this machine or run, not from the tree: such a result is never memoised.
bool is_resource_failure(EvaluationFailure failure);

/// The attribute could not be evaluated.
struct EvaluationError {
  EvaluationFailure failure = EvaluationFailure::evaluation;
  std::string message;  ///< hostile text; escapes already removed, at most 16 KiB
  std::optional<SourcePosition> position{};
  friend bool operator==(const EvaluationError&, const EvaluationError&) = default;
};

/// A set of attributes that is no derivation.
struct AttributeSet {
  bool recursed = false;  ///< its attributes are part of the result (the root, or `recurseForDerivations = true`)
  friend bool operator==(const AttributeSet&, const AttributeSet&) = default;
};

/// Anything else, such as a function.
struct OtherValue {
  std::string type;  ///< as builtins.typeOf names it
  friend bool operator==(const OtherValue&, const OtherValue&) = default;
};

using AttributeResult = std::variant<EvaluatedDerivation, Refusal, EvaluationError, AttributeSet, OtherValue>;

/// What one side of a comparison has, where that is a derivation; nullptr where it is something else or the attribute is absent there.
/// Points into `side`.
const EvaluatedDerivation* derivation_of(const std::optional<AttributeResult>& side);
const EvaluatedDerivation* derivation_of(std::optional<AttributeResult>&& side) = delete;
/// Likewise where it could not be evaluated.
const EvaluationError* error_of(const std::optional<AttributeResult>& side);
const EvaluationError* error_of(std::optional<AttributeResult>&& side) = delete;

/// One entry of an evaluation: path and result. The system is the evaluation's.
struct Attribute {
  AttributePath path;
  AttributeResult result;
  std::optional<Metadata> metadata{};  ///< of a derivation or a refusal; empty where it has none
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

}  // namespace ekaci
