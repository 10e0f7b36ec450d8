#include "nix/inquiry.h"

#include <utility>

namespace ekaci::nix {
namespace {

Metadata unreadable(std::string problem) {
  Metadata metadata;
  metadata.problem = problem.empty() ? "the metadata fails without a message" : std::move(problem);
  return metadata;
}

Step ask_metadata(AttributeResult result) { return Inquiry{.question = Question::metadata, .error = {}, .result = std::move(result)}; }

/// Not refused: the error that is known, or the one that asking for the derivation alone brings out.
Step without_refusal(const Inquiry& inquiry) {
  if (inquiry.error) return Settled{*inquiry.error};
  return Inquiry{.question = Question::force};
}

struct TakeAnswer {
  const Inquiry& inquiry;

  Step operator()(FoundDerivation& found) const {
    EvaluatedDerivation derivation{.path = std::move(found.path), .name = {}, .outputs = {}};
    if (found.metadata_failed) return ask_metadata(std::move(derivation));
    if (found.metadata || !inquiry.error) return Settled{std::move(derivation), std::move(found.metadata)};
    return Settled{std::move(derivation), unreadable(inquiry.error->message)};
  }
  Step operator()(FailedDerivation& /*failed*/) const { return Inquiry{.question = Question::refusal}; }
  Step operator()(ListedSet& set) const { return std::move(set); }
  Step operator()(UnlistedSet& /*set*/) const { return Settled{AttributeSet{}}; }
  Step operator()(OtherValue& value) const { return Settled{std::move(value)}; }
  Step operator()(RefusalAnswer& answered) const {
    return answered.refused ? ask_metadata(std::move(answered.refusal)) : without_refusal(inquiry);
  }
  Step operator()(MetadataAnswer& answered) const {
    if (inquiry.result) return Settled{*inquiry.result, std::move(answered.metadata)};
    return Settled{EvaluationError{.failure = EvaluationFailure::crashed, .message = "the evaluator answered what was not asked"}};
  }
};

Step take_failure(const Inquiry& inquiry, FailedQuestion failed) {
  switch (inquiry.question) {
    case Question::root:
    case Question::describe:
      switch (failed.reached) {
        case Reached::nothing:
          return Settled{std::move(failed.error)};
        case Reached::derivation:
          // What the package set says of it may tell why it is not offered here.
          return Inquiry{.question = Question::refusal, .error = std::move(failed.error)};
        case Reached::metadata:
          return Inquiry{.question = Question::force, .error = std::move(failed.error)};
      }
      return Settled{std::move(failed.error)};
    case Question::refusal:
      return without_refusal(inquiry);
    case Question::force:
    case Question::members:
      return Settled{std::move(failed.error)};
    case Question::metadata:
      if (inquiry.result) return Settled{*inquiry.result, unreadable(std::move(failed.error.message))};
      return Settled{std::move(failed.error)};
  }
  return Settled{std::move(failed.error)};
}

}  // namespace

Step proceed(const Inquiry& inquiry, Reply reply) {
  if (auto* failed = std::get_if<FailedQuestion>(&reply)) return take_failure(inquiry, std::move(*failed));
  return std::visit(TakeAnswer{inquiry}, std::get<Answer>(reply));
}

}  // namespace ekaci::nix
