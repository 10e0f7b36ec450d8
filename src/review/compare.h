#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/evaluation.h"
#include "model/review.h"

namespace ekaci::review {

/// The kind of one attribute's change; nullptr stands for a side where the attribute is absent. Total: every pair of sides has
/// exactly one kind. Two derivations are the same where their store paths are; names, outputs and messages decide nothing.
ChangeKind classify(const AttributeResult* base, const AttributeResult* head);

/// Every attribute of either side exactly once, in path order, with its kind. Linear in both. Each side has to be in path order
/// with every path once, as an Evaluation promises; fails with corrupt, naming side and attribute, where one is not.
Result<std::vector<Change>> compare(std::vector<Attribute> base, std::vector<Attribute> head);

/// What a change does to one attribute that both sides have; `changed_files` as in JobSides.
Change compare_attribute(Attribute base, Attribute head, std::span<const std::string> changed_files);

/// How many changes there are of every kind; kinds without any are there with 0, so that the values sum to the changes.
std::map<ChangeKind, std::uint64_t> count(const std::vector<Change>& changes);

/// An evaluation's numbers, cost and notes. `reused` and `graph_derivations` are not in an evaluation: the caller sets them.
SideSummary summarise(const Evaluation& evaluation);

/// One side of a job as the engine has it. Of an absent side (JobReview::Presence) everything is empty.
struct EvaluatedSide {
  Evaluation evaluation{};
  std::uint64_t graph_derivations = 0;  ///< distinct derivations in the closure of all its attributes
  bool reused = false;                  ///< the memo had it
};

/// All that a JobReview is made from.
struct JobSides {
  std::string job;
  std::string system;
  JobReview::Presence presence = JobReview::Presence::both;
  EvaluatedSide base{};
  EvaluatedSide head{};
  std::uint64_t rebuild_count = 0;  ///< derivations in head's closure that are not in base's
  /// Files that differ between the trees, sorted: what is defined in one of them is what the change is about (Change::direct).
  std::span<const std::string> changed_files{};
};

/// Compares and counts one job for one system. Fails as compare() does, naming the job.
Result<JobReview> review_job(JobSides sides);

}  // namespace ekaci::review
