#pragma once

#include <set>

#include "model/attribute_path.h"
#include "model/evaluation.h"
#include "model/job.h"
#include "model/object_id.h"

namespace ekaci::engine {

/// The key of an evaluation's memo: everything that its result depends on, and nothing else (no commit, no pull request, no
/// path of this machine but the evaluator's). The job's name is left out: two names for the same work share a result. `tests_of` as
/// EvaluationRequest has it.
EvaluationKey evaluation_key(const TreeId& tree, const Job& job, const System& system, const EvaluatorIdentity& evaluator,
                             const std::set<AttributePath>& tests_of = {});

/// Whether a result may be kept: false where any attribute failed for want of memory, time or luck, not by what the tree says, and
/// where something was missing that the key does not name.
bool may_be_memoised(const Evaluation& evaluation);

}  // namespace ekaci::engine
