#include "model/attribute.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace ekaci {
namespace {

using RefusalName = std::pair<RefusalReason, std::string_view>;
constexpr std::array<RefusalName, 4> kRefusals = {{{RefusalReason::broken, "broken"},
                                                   {RefusalReason::unsupported_system, "unsupported_system"},
                                                   {RefusalReason::unfree, "unfree"},
                                                   {RefusalReason::insecure, "insecure"}}};

using FailureName = std::pair<EvaluationFailure, std::string_view>;
constexpr std::array<FailureName, 6> kFailures = {{{EvaluationFailure::evaluation, "evaluation"},
                                                   {EvaluationFailure::stack_overflow, "stack_overflow"},
                                                   {EvaluationFailure::out_of_memory, "out_of_memory"},
                                                   {EvaluationFailure::timed_out, "timed_out"},
                                                   {EvaluationFailure::output_limit, "output_limit"},
                                                   {EvaluationFailure::crashed, "crashed"}}};

template <class Table, class Value>
std::string_view name_of(const Table& table, Value value) {
  return std::ranges::find(table, value, [](const auto& entry) { return entry.first; })->second;
}

template <class Value, class Table>
std::optional<Value> value_of(const Table& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, [](const auto& entry) { return entry.second; });
  if (found == table.end()) return std::nullopt;
  return found->first;
}

bool is_system_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

}  // namespace

Result<System> System::parse(std::string_view text) {
  if (text.empty() || text.size() > 64 || !std::ranges::all_of(text, is_system_character)) {
    return fail(ErrorCode::invalid_argument, "not a Nix system: '{}'; write one like x86_64-linux", clip(printable_line(text), 80));
  }
  return System(std::string(text));
}

std::string_view to_string(RefusalReason reason) { return name_of(kRefusals, reason); }
std::optional<RefusalReason> parse_refusal_reason(std::string_view text) { return value_of<RefusalReason>(kRefusals, text); }

std::string_view to_string(EvaluationFailure failure) { return name_of(kFailures, failure); }
std::optional<EvaluationFailure> parse_evaluation_failure(std::string_view text) { return value_of<EvaluationFailure>(kFailures, text); }

bool is_resource_failure(EvaluationFailure failure) {
  switch (failure) {
    case EvaluationFailure::evaluation:
    case EvaluationFailure::stack_overflow:
      return false;
    case EvaluationFailure::out_of_memory:
    case EvaluationFailure::timed_out:
    case EvaluationFailure::output_limit:
    case EvaluationFailure::crashed:
      return true;
  }
  return true;
}

const EvaluatedDerivation* derivation_of(const std::optional<AttributeResult>& side) {
  return side ? std::get_if<EvaluatedDerivation>(&*side) : nullptr;
}

const EvaluationError* error_of(const std::optional<AttributeResult>& side) {
  return side ? std::get_if<EvaluationError>(&*side) : nullptr;
}

}  // namespace ekaci
