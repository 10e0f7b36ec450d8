#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "review/compare.h"
#include "review/judge.h"
#include "review/transitions.h"

namespace ekaci::review {
namespace {

using State = Requirement::State;
using Presence = JobReview::Presence;
using enum OutcomeKind;

/// What became of an attribute's derivation on both sides; no base: the attribute is new.
struct Built {
  std::optional<OutcomeKind> base{};
  OutcomeKind head = succeeded;
};

StorePath path_of(std::size_t number, char side) {
  return StorePath::parse_base_name(std::string(31, side) + static_cast<char>('0' + number) + "-package.drv").value();
}

/// A review in which every attribute is rebuilt or new, with these outcomes.
class Reviewed {
 public:
  explicit Reviewed(const std::vector<Built>& attributes, Presence presence = Presence::both) {
    JobSides sides{.job = "ci", .system = "x86_64-linux", .presence = presence, .rebuild_count = attributes.size()};
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto attribute = [i](char side) {
        return Attribute{AttributePath{"a" + std::to_string(i)},
                         EvaluatedDerivation{.path = path_of(i, side), .name = "package", .outputs = {"out"}}};
      };
      if (attributes[i].base) sides.base.evaluation.attributes.push_back(attribute('b'));
      if (attributes[i].base) outcomes_[path_of(i, 'b')] = {.kind = *attributes[i].base};
      sides.head.evaluation.attributes.push_back(attribute('h'));
      outcomes_[path_of(i, 'h')] = {.kind = attributes[i].head};
    }
    const std::string commit(40, 'a');
    review_.merged_tree = TreeId::parse(commit).value();
    review_.jobs.push_back(review_job(std::move(sides)).value());
    const auto find = [this](const StorePath& path) { return &outcomes_.at(path); };
    apply_outcomes(review_.jobs, find);
    review_.root_failures = root_failures(review_.jobs, find);
    review_.builds = BuildSummary{};
  }
  /// What the newest attempt at the first root failure told.
  void tell(AttemptResult result, const std::string& message) {
    RootFailure& root = review_.root_failures.at(0);
    root.attempts = 1;
    root.result = result;
    root.message = message;
  }
  [[nodiscard]] Verdict verdict() const { return judge(review_, {}); }

 private:
  std::map<StorePath, Outcome> outcomes_{};
  Review review_{.base_name = "main",
                 .head_name = "topic",
                 .base = CommitId::parse(std::string(40, 'a')).value(),
                 .head = CommitId::parse(std::string(40, 'b')).value()};
};

State state_of(const Verdict& verdict, std::string_view name) {
  const auto found = std::ranges::find(verdict.requirements, name, &Requirement::name);
  return found == verdict.requirements.end() ? State::unknown : found->state;
}

TEST(JudgeBuilds, MergesWhereEverythingWasBuiltAndNothingNewlyFails) {
  const Verdict verdict = Reviewed({{succeeded, succeeded}, {not_built, succeeded}, {failed, dependency_failed}}).verdict();
  EXPECT_EQ(verdict.decision, Decision::merge);
  EXPECT_EQ(verdict.sentence, "Everything that the change touches was built: of 3 attributes, 1 fails as before and 2 succeed.");
  EXPECT_EQ(state_of(verdict, "built"), State::met);
  EXPECT_EQ(state_of(verdict, "nothing-newly-failing"), State::met);
}

TEST(JudgeBuilds, RefusesWhatNewlyFailsAndSaysBecauseOfWhat) {
  const Verdict verdict = Reviewed({{succeeded, failed}, {succeeded, succeeded}}).verdict();
  EXPECT_EQ(verdict.decision, Decision::do_not_merge);
  EXPECT_EQ(verdict.sentence, "Of 2 changed attributes, 1 newly fails to build, because of package; 1 succeeds.");
  EXPECT_EQ(state_of(verdict, "nothing-newly-failing"), State::not_met);
}

TEST(JudgeBuilds, RefusesANewPackageThatDoesNotBuild) {
  EXPECT_EQ(Reviewed({{std::nullopt, failed}}).verdict().decision, Decision::do_not_merge);
  EXPECT_EQ(Reviewed({{std::nullopt, succeeded}}).verdict().decision, Decision::merge);
}

TEST(JudgeBuilds, CannotTellWhereAFailureMayBeOld) {
  const Verdict verdict = Reviewed({{not_built, failed}}).verdict();
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(state_of(verdict, "nothing-newly-failing"), State::unknown);
}

TEST(JudgeBuilds, SaysWhyItCannotTell) {
  const Verdict verdict = Reviewed({{succeeded, no_builder}, {succeeded, not_built}, {succeeded, succeeded}}).verdict();
  EXPECT_EQ(verdict.decision, Decision::cannot_tell);
  EXPECT_EQ(verdict.sentence, "Of 3 changed attributes, 2 are not known and 1 succeeds (1 has no builder and 1 was not built).");
}

TEST(JudgeBuilds, SaysWhatTroubleKeptItFromTelling) {
  Reviewed reviewed({{succeeded, infrastructure}, {succeeded, no_builder}});
  EXPECT_EQ(reviewed.verdict().sentence,
            "Of 2 changed attributes, 2 are not known (1 met trouble that is not the package's and 1 has no builder).");
  reviewed.tell(AttemptResult::disk_full, "No space\x1b[2J left\nand more");
  EXPECT_EQ(reviewed.verdict().sentence,
            "Of 2 changed attributes, 2 are not known (1 met trouble that is not the package's and 1 has no builder; the trouble was 'disk "
            "full: No space left').");
  reviewed.tell(AttemptResult::built, "the store has another");
  EXPECT_EQ(reviewed.verdict().sentence,
            "Of 2 changed attributes, 2 are not known (1 met trouble that is not the package's and 1 has no builder; the trouble was 'the "
            "store has another').");
}

TEST(JudgeBuilds, AFailureOutweighsWhatIsUnknown) {
  EXPECT_EQ(Reviewed({{succeeded, no_builder}, {succeeded, failed}}).verdict().decision, Decision::do_not_merge);
}

TEST(JudgeBuilds, AJobThatOnlyHeadHasCannotFail) {
  EXPECT_NE(Reviewed({{std::nullopt, failed}}, Presence::added).verdict().decision, Decision::do_not_merge);
}

RC_GTEST_PROP(JudgeBuilds, NeverMergesWhatIsUnknownOrNewlyFails, ()) {
  const auto kind =
      rc::gen::map(rc::gen::inRange(0, static_cast<int>(not_built) + 1), [](int number) { return static_cast<OutcomeKind>(number); });
  std::vector<Built> attributes(*rc::gen::inRange<std::size_t>(1, 9));
  bool is_good = true;
  for (Built& built : attributes) {
    if (*rc::gen::arbitrary<bool>()) built.base = *kind;
    built.head = *kind;
    const bool fails_as_before = is_failure(built.head) && built.base && is_failure(*built.base);
    is_good = is_good && (built.head == succeeded || fails_as_before);
  }
  RC_ASSERT((Reviewed(attributes).verdict().decision == Decision::merge) == is_good);
}

}  // namespace
}  // namespace ekaci::review
