#include "engine/memo.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace ekaci::engine {
namespace {

/// Changes whenever the meaning of a stored evaluation does: a new kind of result, another walk.
constexpr std::string_view kFormat = "ekaci-evaluation-1";
constexpr std::string_view kTestsFormat = "ekaci-tests-1";

/// Hashes fields so that no two different lists of fields give the same bytes: each is preceded by its length.
class FieldHasher {
 public:
  FieldHasher& field(std::string_view text) {
    hasher_.update(std::to_string(text.size()));
    hasher_.update(":");
    hasher_.update(text);
    return *this;
  }
  FieldHasher& count(std::size_t number) { return field(std::to_string(number)); }
  [[nodiscard]] EvaluationKey finish() { return {hasher_.finish()}; }

 private:
  Sha256Hasher hasher_;
};

std::string_view name_of(JobArgument::Kind kind) { return kind == JobArgument::Kind::string ? "string" : "expression"; }

/// Of what an evaluation says of the tests of some attributes.
EvaluationKey tests_key(const EvaluationKey& whole, const std::set<AttributePath>& tests_of) {
  FieldHasher hasher;
  hasher.field(kTestsFormat).field(whole.to_string()).count(tests_of.size());
  for (const AttributePath& path : tests_of) {
    hasher.count(path.names().size());
    for (const std::string& name : path.names()) hasher.field(name);
  }
  return hasher.finish();
}

}  // namespace

EvaluationKey evaluation_key(const TreeId& tree, const Job& job, const System& system, const EvaluatorIdentity& evaluator,
                             const std::set<AttributePath>& tests_of) {
  FieldHasher hasher;
  hasher.field(kFormat).field(tree.to_string()).field(job.file).count(job.attribute.names().size());
  for (const std::string& name : job.attribute.names()) hasher.field(name);
  hasher.count(job.arguments.size());
  for (const JobArgument& argument : job.arguments) hasher.field(argument.name).field(name_of(argument.kind)).field(argument.text);
  hasher.field(job.allow_import_from_derivation ? "import-from-derivation" : "");
  hasher.field(system.to_string()).field(evaluator.version).field(evaluator.binary).field(evaluator.settings);
  const EvaluationKey whole = hasher.finish();
  return tests_of.empty() ? whole : tests_key(whole, tests_of);
}

bool may_be_memoised(const Evaluation& evaluation) {
  if (!evaluation.repeatable) return false;
  return std::ranges::none_of(evaluation.attributes, [](const Attribute& attribute) {
    const auto* error = std::get_if<EvaluationError>(&attribute.result);
    return error != nullptr && is_resource_failure(error->failure);
  });
}

}  // namespace ekaci::engine
