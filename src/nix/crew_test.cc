#include "nix/crew.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/fd.h"

namespace ekaci::nix {
namespace {

using Path = std::vector<std::uint32_t>;

/// What a fake evaluator says of a path, and what evaluating it does to the worker.
struct Behaviour {
  Reply reply = Answer{OtherValue{"int"}};
  std::optional<EvaluationFailure> dies{};  ///< instead of answering
  bool dies_only_when_worn = false;         ///< … unless the worker is fresh
  bool hangs = false;                       ///< until it is killed
  std::optional<Reply> refusal{};           ///< to Question::refusal; else not refused
  std::optional<Reply> forced{};            ///< to Question::force
};

/// A world of paths shared by all fake workers, and what was done with them.
struct World {
  std::map<Path, Behaviour> paths;
  std::map<Path, int> described;
  int started = 0;
  int fail_starts = 0;  ///< so many workers die before they have loaded anything
};

/// Turned by hand: every look at it lets a second pass.
class HurryingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return now_ += std::chrono::seconds(1); }
  [[nodiscard]] Wall wall() const override { return {}; }

 private:
  mutable Instant now_{};
};

class FakeWorker final : public Worker {
 public:
  explicit FakeWorker(World& world) : world_(world), ready_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    if (world.fail_starts > 0) {
      --world.fail_starts;
      end_ = WorkerEnd{.message = "no such evaluator"};
    }
  }

  void ask(Question question, std::span<const std::uint32_t> path) override {
    asked_.emplace_back(question, Path(path.begin(), path.end()));
  }
  void add_descriptors(std::vector<pollfd>& descriptors) override { descriptors.push_back({ready_.get(), POLLIN, 0}); }

  std::vector<Reply> advance() override {
    std::vector<Reply> replies;
    while (!asked_.empty() && !end_) {
      const auto& [question, path] = asked_.front();
      const Behaviour& behaviour = world_.paths.at(path);
      if (behaviour.hangs) break;
      const bool dies = behaviour.dies && question != Question::refusal && (!behaviour.dies_only_when_worn || answered_ > 0);
      if (dies) {
        end_ = WorkerEnd{.failure = *behaviour.dies, .message = "died", .had_started = true};
        break;
      }
      replies.push_back(reply(question, path, behaviour));
      asked_.pop_front();
      ++answered_;
    }
    return replies;
  }

  std::optional<WorkerEnd> end() override { return end_; }
  void kill(EvaluationFailure failure, std::string message) override {
    end_ = WorkerEnd{.failure = failure, .message = std::move(message), .had_started = true};
  }
  void finish() override { end_ = WorkerEnd{.had_started = true, .usage = {.cpu = std::chrono::seconds(1), .peak_memory = 5}}; }

 private:
  Reply reply(Question question, const Path& path, const Behaviour& behaviour) {
    if (question == Question::refusal) return behaviour.refusal.value_or(Answer{RefusalAnswer{}});
    if (question == Question::metadata) return Answer{MetadataAnswer{}};
    if (question == Question::force) return behaviour.forced.value_or(behaviour.reply);
    ++world_.described[path];
    return behaviour.reply;
  }

  World& world_;
  Fd ready_;
  std::deque<std::pair<Question, Path>> asked_;
  int answered_ = 0;
  std::optional<WorkerEnd> end_;
};

class Quiet final : public engine::EvaluationListener {
 public:
  void opened(std::shared_ptr<engine::DerivationReader> /*derivations*/, std::filesystem::path /*store_root*/) override {}
  void progress(std::uint64_t /*known*/, std::uint64_t /*done*/, std::uint64_t /*errors*/) override {}
  void found(Attribute foremost) override { early.push_back(std::move(foremost)); }
  std::vector<Attribute> early{};
};

Result<Evaluation> run(World& world, engine::EvaluationLimits limits = {}, const Clock* clock = nullptr) {
  const SystemClock real;
  Quiet quiet;
  Crew crew({.limits = limits,
             .start = [&]() -> Result<std::unique_ptr<Worker>> {
               ++world.started;
               return std::make_unique<FakeWorker>(world);
             },
             .check_resources = [] { return Status(); }},
            quiet, clock == nullptr ? real : *clock);
  return crew.run({});
}

std::vector<std::string> letters(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) names.emplace_back(1 + i / 26, static_cast<char>('a' + i % 26));
  std::ranges::sort(names);
  return names;
}

World world_of(std::uint32_t count) {
  World world;
  world.paths[{}] = {.reply = Answer{ListedSet{letters(count)}}};
  for (std::uint32_t i = 0; i < count; ++i) world.paths[{i}] = {};
  return world;
}

std::optional<EvaluationFailure> failure_of(const Attribute& attribute) {
  const auto* error = std::get_if<EvaluationError>(&attribute.result);
  return error == nullptr ? std::nullopt : std::optional(error->failure);
}

std::vector<std::size_t> failed(const Evaluation& evaluation) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < evaluation.attributes.size(); ++i) {
    if (failure_of(evaluation.attributes[i])) indices.push_back(i);
  }
  return indices;
}

TEST(Crew, AsksEachAttributeOnce) {
  World world = world_of(200);
  const auto evaluation = run(world, {.workers = 3});
  ASSERT_TRUE(evaluation) << evaluation.error().to_string();
  EXPECT_EQ(evaluation->attributes.size(), 200U);
  for (const auto& [path, times] : world.described) EXPECT_EQ(times, 1);
  EXPECT_EQ(evaluation->cost.workers_started, 3U);
  EXPECT_EQ(evaluation->cost.workers_died, 0U);
  EXPECT_EQ(evaluation->cost.cpu, std::chrono::seconds(3));
  EXPECT_EQ(evaluation->cost.peak_memory, 5U);
}

TEST(Crew, StartsNoWorkerThatHasLittleToDo) {
  World world = world_of(10);
  ASSERT_TRUE(run(world, {.workers = 8}));
  EXPECT_EQ(world.started, 1);
}

TEST(Crew, BlamesTheAttributeThatKillsItsWorker) {
  World world = world_of(20);
  world.paths[{7}].dies = EvaluationFailure::stack_overflow;
  const auto evaluation = run(world);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(failed(*evaluation), std::vector<std::size_t>{7});
  EXPECT_EQ(failure_of(evaluation->attributes[7]), EvaluationFailure::stack_overflow);
  EXPECT_EQ(evaluation->cost.workers_died, 1U);
  EXPECT_EQ(evaluation->cost.workers_started, 2U);
}

TEST(Crew, TriesOnceMoreInAFreshWorkerWhatMayHaveDiedOfItsPast) {
  World world = world_of(20);
  world.paths[{5}] = {.dies = EvaluationFailure::out_of_memory, .dies_only_when_worn = true};
  world.paths[{9}] = {.dies = EvaluationFailure::out_of_memory};
  const auto evaluation = run(world);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(failed(*evaluation), std::vector<std::size_t>{9});
  EXPECT_EQ(evaluation->cost.workers_died, 3U);
}

TEST(Crew, EndsWhatHangs) {
  World world = world_of(5);
  world.paths[{2}].hangs = true;
  const HurryingClock clock;
  const auto evaluation = run(world, {.attribute_time = std::chrono::seconds(100), .total_time = std::chrono::hours(1000)}, &clock);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(failed(*evaluation), std::vector<std::size_t>{2});
  EXPECT_EQ(failure_of(evaluation->attributes[2]), EvaluationFailure::timed_out);
}

TEST(Crew, SettlesTheRestAtTheEndOfTheTime) {
  World world = world_of(5);
  world.paths[{2}].hangs = true;
  const HurryingClock clock;
  const auto evaluation = run(world, {.attribute_time = std::chrono::hours(1000), .total_time = std::chrono::seconds(200)}, &clock);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(failed(*evaluation), (std::vector<std::size_t>{2, 3, 4}));
}

TEST(Crew, AsksForARefusalBeforeItForcesTheError) {
  World world = world_of(5);
  world.paths[{4}] = {.reply = FailedQuestion{{.message = "early"}, Reached::nothing}, .refusal = Answer{RefusalAnswer{true}}};
  world.paths[{0}] = {.reply = Answer{FailedDerivation{}}, .refusal = Answer{RefusalAnswer{true, {{RefusalReason::broken}}}}};
  world.paths[{1}] = {.reply = Answer{FailedDerivation{}}, .forced = FailedQuestion{{.message = "forced"}}};
  world.paths[{2}] = {.reply = Answer{FailedDerivation{}},
                      .refusal = FailedQuestion{{.message = "metadata"}},
                      .forced = FailedQuestion{{.message = "forced"}}};
  world.paths[{3}] = {.reply = FailedQuestion{{.message = "described"}, Reached::derivation},
                      .refusal = FailedQuestion{{.message = "metadata"}}};
  const auto evaluation = run(world);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(std::get<Refusal>(evaluation->attributes[0].result).reasons, std::set<RefusalReason>{RefusalReason::broken});
  EXPECT_EQ(std::get<EvaluationError>(evaluation->attributes[1].result).message, "forced");
  EXPECT_EQ(std::get<EvaluationError>(evaluation->attributes[2].result).message, "forced");
  EXPECT_EQ(std::get<EvaluationError>(evaluation->attributes[3].result).message, "described");
  EXPECT_EQ(std::get<EvaluationError>(evaluation->attributes[4].result).message, "early");
}

TEST(Crew, GivesUpOnAnEvaluatorThatCannotStart) {
  World world = world_of(5);
  world.fail_starts = 1000;
  const auto evaluation = run(world);
  ASSERT_FALSE(evaluation);
  EXPECT_EQ(evaluation.error().code(), ErrorCode::unavailable);
  EXPECT_LE(world.started, 3);
}

TEST(Crew, BlamesTheRootThatKillsEveryWorker) {
  World world = world_of(5);
  world.paths[{}].dies = EvaluationFailure::out_of_memory;
  const auto evaluation = run(world);
  ASSERT_TRUE(evaluation);
  ASSERT_EQ(evaluation->attributes.size(), 1U);
  EXPECT_EQ(failure_of(evaluation->attributes[0]), EvaluationFailure::out_of_memory);
}

TEST(Crew, StopsAtAResourceThatIsShort) {
  World world = world_of(5);
  world.paths[{0}].hangs = true;
  Quiet quiet;
  const HurryingClock clock;
  int checks = 0;
  Crew crew({.limits = {.attribute_time = std::chrono::hours(1000), .total_time = std::chrono::hours(1000)},
             .start = [&]() -> Result<std::unique_ptr<Worker>> { return std::make_unique<FakeWorker>(world); },
             .check_resources = [&]() -> Status { return ++checks < 3 ? Status() : fail(ErrorCode::resource_exhausted, "full"); }},
            quiet, clock);
  const auto evaluation = crew.run({});
  ASSERT_FALSE(evaluation);
  EXPECT_EQ(evaluation.error().code(), ErrorCode::resource_exhausted);
}

RC_GTEST_PROP(Crew, GivesTheSameWhateverDiesAndHoweverManyWork, ()) {
  World world = world_of(*rc::gen::inRange<std::uint32_t>(1, 120));
  std::set<std::size_t> deadly;
  for (auto& [path, behaviour] : world.paths) {
    if (path.empty()) continue;
    const int kind = *rc::gen::inRange(0, 12);
    if (kind == 0) {
      behaviour.dies = *rc::gen::element(EvaluationFailure::stack_overflow, EvaluationFailure::out_of_memory, EvaluationFailure::crashed);
      deadly.insert(path.front());
    } else if (kind == 1) {
      behaviour = {.dies = EvaluationFailure::out_of_memory, .dies_only_when_worn = true};
    } else if (kind == 2) {
      behaviour.reply = Answer{FailedDerivation{}};
      behaviour.forced = FailedQuestion{{.message = "no"}};
      deadly.insert(path.front());
    }
  }
  const auto evaluation = run(world, {.workers = *rc::gen::inRange<std::uint32_t>(1, 5)});
  RC_ASSERT(evaluation.has_value());
  RC_ASSERT(evaluation->attributes.size() == world.paths.size() - 1);
  const std::vector<std::size_t> found = failed(*evaluation);
  RC_ASSERT(std::set<std::size_t>(found.begin(), found.end()) == deadly);
}

}  // namespace
}  // namespace ekaci::nix
