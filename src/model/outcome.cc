#include "model/outcome.h"

#include <array>
#include <utility>

namespace ekaci {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOutcomes{
    std::pair{OutcomeKind::succeeded, "succeeded"sv},
    std::pair{OutcomeKind::failed, "failed"sv},
    std::pair{OutcomeKind::dependency_failed, "dependency_failed"sv},
    std::pair{OutcomeKind::timed_out, "timed_out"sv},
    std::pair{OutcomeKind::cancelled, "cancelled"sv},
    std::pair{OutcomeKind::infrastructure, "infrastructure"sv},
    std::pair{OutcomeKind::no_builder, "no_builder"sv},
    std::pair{OutcomeKind::not_built, "not_built"sv},
};
static_assert(kOutcomes.size() == kOutcomeKinds.size());

/// What is known of each way in which an attempt ends.
struct ResultFacts {
  AttemptResult result;
  std::string_view name;
  OutcomeKind outcome;
};

constexpr std::array kResults{
    ResultFacts{AttemptResult::built, "built", OutcomeKind::succeeded},
    ResultFacts{AttemptResult::substituted, "substituted", OutcomeKind::succeeded},
    ResultFacts{AttemptResult::already_valid, "already_valid", OutcomeKind::succeeded},
    ResultFacts{AttemptResult::builder_failed, "builder_failed", OutcomeKind::failed},
    ResultFacts{AttemptResult::output_rejected, "output_rejected", OutcomeKind::failed},
    ResultFacts{AttemptResult::hash_mismatch, "hash_mismatch", OutcomeKind::failed},
    ResultFacts{AttemptResult::log_limit, "log_limit", OutcomeKind::failed},
    ResultFacts{AttemptResult::silence_time, "silence_time", OutcomeKind::timed_out},
    ResultFacts{AttemptResult::total_time, "total_time", OutcomeKind::timed_out},
    ResultFacts{AttemptResult::out_of_memory, "out_of_memory", OutcomeKind::infrastructure},
    ResultFacts{AttemptResult::disk_full, "disk_full", OutcomeKind::infrastructure},
    ResultFacts{AttemptResult::builder_lost, "builder_lost", OutcomeKind::infrastructure},
    ResultFacts{AttemptResult::fetch_failed, "fetch_failed", OutcomeKind::infrastructure},
    ResultFacts{AttemptResult::dependency_unavailable, "dependency_unavailable", OutcomeKind::infrastructure},
    ResultFacts{AttemptResult::stopped, "stopped", OutcomeKind::cancelled},
};

const ResultFacts& facts_of(AttemptResult result) { return kResults.at(static_cast<std::size_t>(result)); }

}  // namespace

std::string_view to_string(OutcomeKind kind) { return kOutcomes.at(static_cast<std::size_t>(kind)).second; }

std::optional<OutcomeKind> parse_outcome_kind(std::string_view text) {
  for (const auto& [kind, name] : kOutcomes) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::string_view to_string(AttemptResult result) { return facts_of(result).name; }

std::optional<AttemptResult> parse_attempt_result(std::string_view text) {
  for (const ResultFacts& facts : kResults) {
    if (facts.name == text) return facts.result;
  }
  return std::nullopt;
}

OutcomeKind outcome_of(AttemptResult result) { return facts_of(result).outcome; }

}  // namespace ekaci
