#pragma once

#include <set>
#include <span>
#include <string>

#include "model/attribute_path.h"
#include "model/evaluation.h"
#include "model/review.h"

/// Tests of packages (nixpkgs' `passthru.tests`) in a review. Walking every package's would cost what walking all packages does, so
/// both sides are evaluated first, and then once more for the tests of what the change is about. What comes of that joins the evaluations
/// as further attributes, `hello.tests.version`, and both sides are compared again: from there on a test is an attribute like others.
namespace ekaci::engine {

/// The attributes that are asked for their tests, of each side.
struct TestedAttributes {
  std::set<AttributePath> base{};
  std::set<AttributePath> head{};
};

/// A job's two sides, compared.
struct ComparedJob {
  const JobReview& review;
  const Evaluation& base;
  const Evaluation& head;
  std::span<const std::string> changed_files{};  ///< sorted
};

/// The directly changed packages, and those that a changed file defines: of what is the same derivation as before, the tests may be what
/// the change is about. Head has to have a derivation there: otherwise that is what is told of it; base is asked where it has one too.
TestedAttributes find_tested(const ComparedJob& job);

/// One evaluation with what a second one says of tests. An attribute that both have stays as the first has it.
Evaluation with_tests(const Evaluation& evaluation, const Evaluation& tests);

}  // namespace ekaci::engine
