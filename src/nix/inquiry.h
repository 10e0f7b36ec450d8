#pragma once

#include <optional>
#include <variant>

#include "model/attribute.h"
#include "nix/answer.h"
#include "nix/walker.h"
#include "nix/worker.h"

/// What is asked about one attribute until it is known what it is: pure, so that every way through can be tested without an
/// evaluator.
///
///   root, describe -> a derivation with its metadata, a set, a value: known
///                  -> a derivation whose metadata throws:    metadata, for the reason   -> known
///                  -> a derivation whose metadata aborts:    force, without it          -> known
///                  -> a derivation whose drvPath fails:      refusal -> refused:        metadata -> known
///                                                                    -> not refused:    force, for the reason -> known
///                  -> anything else that fails:              known
///   members        -> whatever comes of it:                   known
namespace ekaci::nix {

/// The next question about an attribute, and what is known already.
struct Inquiry {
  Question question = Question::describe;
  std::optional<EvaluationError> error{};   ///< why the attribute, or its metadata, fails
  std::optional<AttributeResult> result{};  ///< all but the metadata is known
  friend bool operator==(const Inquiry&, const Inquiry&) = default;
};

/// The attribute is known.
struct Settled {
  AttributeResult result;
  std::optional<Metadata> metadata{};
};

using Step = std::variant<Inquiry, Settled, ListedSet>;

/// What follows from a reply to the inquiry's question; a worker that died over it is a FailedQuestion.
Step proceed(const Inquiry& inquiry, Reply reply);

}  // namespace ekaci::nix
