#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/attribute.h"
#include "model/job.h"

/// The part of an evaluation that is written in Nix: a program of ours that is loaded into the evaluator, answers questions
/// about one attribute at a time, and keeps what it has seen so that no set is listed twice. An attribute is addressed by the
/// positions of its names among its parents' sorted names: no text of the tree ever enters a question.
namespace ekaci::nix {

/// What is on standard error once the walker has seen that an attribute is a derivation, and once it has its path, whatever comes
/// of it then. Evaluated code can print the same: it means no more than which question makes sense next.
inline constexpr std::string_view kDerivationTrace = "trace: this is a derivation\n";
inline constexpr std::string_view kKnownDerivationTrace = "trace: its derivation is known\n";

/// What can be asked about one attribute.
enum class Question {
  root,      ///< what is the root, or what a derivation has as tests: as describe, but a set is always listed
  describe,  ///< what is it, with its metadata; a derivation whose drvPath throws answers FailedDerivation
  refusal,   ///< does the package set say that it does not offer this
  force,     ///< what is it, letting a derivation's own error come through, without its metadata
  metadata,  ///< what does it say of itself
  members,   ///< what has a derivation beside itself: the names of its attributes, where `tests` is among them
};

/// The source text of the walker (walker.nix). Part of what an evaluation's result depends on.
std::string_view walker_source();

/// The source of a file that binds the walker to a job: a function of the list of the job's expression arguments. `tree` and
/// `walker` are absolute paths where the evaluator sees the tree and the walker.
struct WalkerBinding {
  std::string tree;
  std::string walker;
  const Job& job;
  const System& system;
};
std::string binding_source(const WalkerBinding& binding);

/// The one line that makes the walker known as `w` in a session; `file` is where binding_source() lies. Fails with
/// invalid_argument where an expression argument cannot be sent as one line of printable ASCII.
Result<std::string> binding_line(std::string_view file, const Job& job);

/// A question as an expression, printable ASCII.
std::string question_expression(Question question, std::span<const std::uint32_t> path);

/// A Nix string literal for these bytes. Nix has no NUL in strings: they are left out.
std::string string_literal(std::string_view bytes);

}  // namespace ekaci::nix
