#include "nix/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "process/child.h"
#include "tests/support/fake_ports.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kHelper = fs::path(EKACI_BINARY_DIR) / "src/helper/ekaci-helper";
const fs::path kTree = fs::path(EKACI_SOURCE_DIR) / "tests/data/evaluation";

class Silent final : public engine::EvaluationListener {
 public:
  void opened(std::shared_ptr<engine::DerivationReader> derivations, fs::path root) override {
    running = std::move(derivations);
    store_root = std::move(root);
  }
  void progress(std::uint64_t known, std::uint64_t done, std::uint64_t errors) override {
    last_known = known;
    EXPECT_LE(done, known);
    EXPECT_LE(errors, known + 1);
  }
  void found(Attribute foremost) override {
    if (on_found) on_found(foremost);
    early.push_back(std::move(foremost));
  }
  std::function<void(const Attribute&)> on_found{};
  std::vector<Attribute> early{};
  std::shared_ptr<engine::DerivationReader> running{};
  fs::path store_root{};
  std::uint64_t last_known = 0;
};

/// A temporary directory, gone at the end.
class Directory {
 public:
  Directory() : path_(make_unique_directory(fs::temp_directory_path(), "ekaci-nix-test-").value()) {}
  ~Directory() { [[maybe_unused]] const Status removed = remove_tree(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Another Nix than the machine's: EKACI_TEST_NIX_ROOT names the root of a system that has one.
fs::path system_root() {
  const char* root = std::getenv("EKACI_TEST_NIX_ROOT");  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
  return root == nullptr ? "/" : root;
}

/// One that is not the machine's has its own messages and its own stack check.
bool is_machines_own() { return system_root() == "/"; }

struct Asked {
  std::string file;
  std::string attribute{};
  std::vector<JobArgument> arguments{};
  bool allow_import_from_derivation = false;
  engine::EvaluationLimits limits{};
  fs::path tree = kTree;
  std::set<AttributePath> tests_of{};
};

class Evaluator : public ::testing::Test {
 protected:
  std::unique_ptr<engine::Evaluator> make(SandboxMode mode = SandboxMode::bubblewrap) {
    EvaluatorOptions options{.cache = directory_.path() / "cache", .sandbox = mode, .helper = kHelper};
    if (mode == SandboxMode::bubblewrap) options.system_root = system_root();
    auto made = make_evaluator(std::move(options), clock_);
    if (!made) ADD_FAILURE() << made.error().to_string();
    return made ? std::move(*made) : nullptr;
  }

  static engine::EvaluationRequest request(engine::Evaluator& evaluator, const Asked& asked) {
    Job job{.name = "test", .file = asked.file, .attribute = AttributePath::parse(asked.attribute).value(), .arguments = asked.arguments};
    job.allow_import_from_derivation = asked.allow_import_from_derivation;
    return {.tree = TreeId::parse(std::string(40, '0')).value(),
            .files = std::make_shared<fake::Tree>(asked.tree),
            .job = std::move(job),
            .system = evaluator.native_system().value(),
            .limits = asked.limits,
            .tests_of = asked.tests_of};
  }

  engine::EvaluationOutcome evaluate(engine::Evaluator& evaluator, const Asked& asked) {
    auto outcome = evaluator.evaluate(request(evaluator, asked), listener_, {});
    if (!outcome) ADD_FAILURE() << outcome.error().to_string();
    return outcome ? std::move(*outcome) : engine::EvaluationOutcome{};
  }

  /// The results by written path; every path once, in order.
  static std::map<std::string, AttributeResult> results(const engine::EvaluationOutcome& outcome) {
    const std::vector<Attribute>& attributes = outcome.evaluation->attributes;
    EXPECT_TRUE(std::ranges::is_sorted(attributes, {}, &Attribute::path));
    std::map<std::string, AttributeResult> by_path;
    for (const Attribute& attribute : attributes) {
      EXPECT_TRUE(by_path.emplace(attribute.path.to_string(), attribute.result).second) << attribute.path.to_string();
    }
    return by_path;
  }

  static std::map<std::string, Metadata> metadata(const engine::EvaluationOutcome& outcome) {
    std::map<std::string, Metadata> by_path;
    for (const Attribute& attribute : outcome.evaluation->attributes) {
      if (attribute.metadata) by_path.emplace(attribute.path.to_string(), *attribute.metadata);
    }
    return by_path;
  }

  std::map<std::string, AttributeResult> evaluate(const Asked& asked) {
    const auto evaluator = make();
    return results(evaluate(*evaluator, asked));
  }

  Directory directory_;
  SystemClock clock_;
  Silent listener_;
};

std::string message_of(const AttributeResult& result) {
  const auto* error = std::get_if<EvaluationError>(&result);
  return error == nullptr ? "(no error)" : error->message;
}
std::optional<EvaluationFailure> failure_of(const AttributeResult& result) {
  const auto* error = std::get_if<EvaluationError>(&result);
  return error == nullptr ? std::nullopt : std::optional(error->failure);
}
std::string name_of(const AttributeResult& result) {
  const auto* derivation = std::get_if<EvaluatedDerivation>(&result);
  return derivation == nullptr ? "(no derivation) " + message_of(result) : derivation->name;
}
std::string position_of(const AttributeResult& result) {
  const auto* error = std::get_if<EvaluationError>(&result);
  if (error == nullptr || !error->position) return "(none)";
  return error->position->file + ":" + std::to_string(error->position->line) + ":" + std::to_string(error->position->column);
}
std::optional<std::set<RefusalReason>> refusal_of(const AttributeResult& result) {
  const auto* refusal = std::get_if<Refusal>(&result);
  return refusal == nullptr ? std::nullopt : std::optional(refusal->reasons);
}

using Reasons = std::set<RefusalReason>;

TEST_F(Evaluator, GivesEveryAttributeItsResultWhateverItsNeighboursDo) {
  auto found = evaluate({.file = "failures.nix"});
  EXPECT_EQ(name_of(found.at("good")), "good");
  EXPECT_EQ(name_of(found.at("dollar")), "dollar");
  EXPECT_EQ(name_of(found.at("metaAborts")), "meta-aborts");
  EXPECT_EQ(name_of(found.at("nameThrows")), "name-throws");
  EXPECT_EQ(name_of(found.at("brokenButBuilt")), "broken-but-built");
  EXPECT_EQ(std::get<EvaluatedDerivation>(found.at("outputs")).outputs, (std::vector<std::string>{"out", "dev", "bin"}));
  EXPECT_EQ(std::get<OtherValue>(found.at("function")).type, "lambda");
  EXPECT_EQ(std::get<OtherValue>(found.at("list")).type, "list");
  EXPECT_EQ(std::get<OtherValue>(found.at("null")).type, "null");
  EXPECT_EQ(std::get<AttributeSet>(found.at("notRecursed")).recursed, false);
  EXPECT_FALSE(found.contains("notRecursed.hidden"));
  EXPECT_EQ(found.size(), 38U);
}

TEST_F(Evaluator, TellsWhatPackagesSayOfThemselves) {
  const auto evaluator = make();
  auto found = metadata(evaluate(*evaluator, {.file = "metadata.nix"}));
  EXPECT_EQ(found.at("whole"), (Metadata{.pname = "whole",
                                         .version = "1.2",
                                         .description = "All of it",
                                         .licences = {"MIT", "odd", "Long Licence", "plain text"},
                                         .maintainers = {"ada", "Bob", "c@example.org", "dora"},
                                         .broken = true,
                                         .position = SourcePosition{.file = "metadata.nix", .line = 7}}));
  EXPECT_EQ(found.at("one").licences, std::vector<std::string>{"ISC"});
  EXPECT_EQ(found.at("one").vulnerabilities, std::vector<std::string>{"CVE-2024-1"});
  EXPECT_TRUE(found.at("one").insecure);
  EXPECT_EQ(found.at("one").position, (SourcePosition{.file = "metadata.nix", .line = 48, .column = 5})) << "where its version stands";
  EXPECT_EQ(found.at("wrongTypes").maintainers, std::vector<std::string>{"one text"});
  EXPECT_EQ(found.at("wrongTypes").problem, "");
  EXPECT_EQ(found.at("long").description.size(), 4096U);
  EXPECT_EQ(found.at("long").licences.size(), 200U);
  EXPECT_EQ(found.at("outside").position, std::nullopt);
  EXPECT_EQ(found.at("refused").maintainers, std::vector<std::string>{"eve"});
}

TEST_F(Evaluator, LetsMetadataThatFailsCostTheMetadataOnly) {
  const auto evaluator = make();
  const auto outcome = evaluate(*evaluator, {.file = "metadata.nix"});
  auto attributes = results(outcome);
  auto found = metadata(outcome);
  for (const std::string name : {"throws", "aborts", "recurses"}) {
    EXPECT_EQ(name_of(attributes.at(name)), "unnamed-0") << name;
    EXPECT_NE(found.at(name).problem, "") << name;
  }
  EXPECT_EQ(found.at("throws").problem, "no words");
  EXPECT_THAT(found.at("aborts").problem, testing::HasSubstr("no licence"));
}

TEST_F(Evaluator, RecursesWhereItIsAskedTo) {
  auto found = evaluate({.file = "failures.nix"});
  EXPECT_EQ(std::get<AttributeSet>(found.at("nested")).recursed, true);
  EXPECT_EQ(name_of(found.at("nested.good")), "nested");
  EXPECT_EQ(name_of(found.at("nested.deeper.good")), "deeper");
  EXPECT_EQ(name_of(found.at("nested.\"odd.name \\\"x\\\"\"")), "odd");
  EXPECT_EQ(message_of(found.at("nested.bad")), "nested");
  EXPECT_EQ(std::get<OtherValue>(found.at("nested.recurseForDerivations")).type, "bool");
}

TEST_F(Evaluator, AsksForTestsAndForNothingElse) {
  auto found = evaluate({.file = "tests.nix", .tests_of = {{"good"}, {"many"}, {"alone"}, {"none"}}});
  EXPECT_EQ(name_of(found.at("alone.tests")), "the-only-test");
  EXPECT_EQ(std::get<AttributeSet>(found.at("good.tests")).recursed, true);
  EXPECT_EQ(name_of(found.at("good.tests.version")), "test-version");
  EXPECT_EQ(message_of(found.at("good.tests.fails")), "this test cannot be made");
  EXPECT_EQ(failure_of(found.at("good.tests.loops")), EvaluationFailure::evaluation);
  EXPECT_EQ(name_of(found.at("good.tests.nested.inner")), "inner");
  EXPECT_EQ(std::get<AttributeSet>(found.at("good.tests.hidden")).recursed, false);
  EXPECT_EQ(name_of(found.at("good.tests.tested")), "package") << "tests of tests are not followed";
  EXPECT_EQ(name_of(found.at("many.tests.b")), "b");
  EXPECT_EQ(found.size(), 14U);
}

TEST_F(Evaluator, BoundsHostileTests) {
  auto found = evaluate(
      {.file = "tests.nix", .tests_of = {{"aborts"}, {"endless"}, {"function"}, {"huge"}, {"itself"}, {"refuses"}, {"throws"}, {"gone"}}});
  EXPECT_THAT(message_of(found.at("aborts.tests")), HasSubstr("no tests today"));
  EXPECT_EQ(std::get<OtherValue>(found.at("function.tests")).type, "lambda");
  EXPECT_THAT(message_of(found.at("huge.tests")), HasSubstr("its 20000 tests are left out"));
  EXPECT_EQ(failure_of(found.at("huge.tests")), EvaluationFailure::output_limit);
  EXPECT_EQ(name_of(found.at("itself.tests.package")), "package");
  EXPECT_FALSE(found.contains("itself.tests.package.tests"));
  EXPECT_EQ(name_of(found.at("refuses.tests.version")), "test-of-refusing");
  EXPECT_EQ(message_of(found.at("throws.tests")), "no package either");
  EXPECT_EQ(failure_of(found.at("gone.tests")), EvaluationFailure::crashed);
  const auto is_too_deep = [](const auto& result) { return message_of(result.second).find("nested deeper") != std::string::npos; };
  EXPECT_EQ(std::ranges::count_if(found, is_too_deep), 1);
  EXPECT_FALSE(found.contains("good.tests"));
}

TEST_F(Evaluator, TestsAreTheSameFromOneWorkerAndFromSeveral) {
  const std::set<AttributePath> asked = {{"good"}, {"many"}, {"endless"}, {"alone"}};
  EXPECT_EQ(evaluate({.file = "tests.nix", .limits = {.workers = 1}, .tests_of = asked}),
            evaluate({.file = "tests.nix", .limits = {.workers = 3}, .tests_of = asked}));
}

TEST_F(Evaluator, TellsWhyAnAttributeFails) {
  auto found = evaluate({.file = "failures.nix"});
  for (const auto& [path, result] : found) {
    if (failure_of(result)) {
      EXPECT_EQ(failure_of(result), EvaluationFailure::evaluation) << path << ": " << message_of(result);
    }
  }
  EXPECT_EQ(message_of(found.at("throws")), "a throw");
  EXPECT_EQ(message_of(found.at("trace")), "the error");
  EXPECT_EQ(message_of(found.at("drvThrows")), "two\nlines");
  EXPECT_EQ(message_of(found.at("abort")), "evaluation aborted with the following error message: 'an abort'");
  EXPECT_THAT(message_of(found.at("assertion")), HasSubstr("assertion 'false' failed"));
  EXPECT_EQ(message_of(found.at("infinite")), "infinite recursion encountered");
  EXPECT_EQ(message_of(found.at("missing")), "attribute 'attribute' missing");
  EXPECT_THAT(message_of(found.at("missingFile")), HasSubstr("'does-not-exist.nix'"));
  EXPECT_EQ(message_of(found.at("typeError")), "cannot add a string to an integer");
  EXPECT_EQ(message_of(found.at("typeThrows")), "type");
  EXPECT_EQ(message_of(found.at("badMetaBroken")), "not offered");
  EXPECT_TRUE(failure_of(found.at("recurseIsNoBool")));
}

TEST_F(Evaluator, GivesPositionsInTheTree) {
  auto found = evaluate({.file = "failures.nix"});
  EXPECT_EQ(position_of(found.at("assertion")), "failures.nix:16:15");
  EXPECT_EQ(position_of(found.at("syntax")), "syntax-error.txt:1:7");
  EXPECT_EQ(message_of(found.at("syntax")), "syntax error, unexpected ';'");
  EXPECT_EQ(position_of(found.at("undefined")), "undefined.txt:1:7");
  EXPECT_EQ(message_of(found.at("undefined")), "undefined variable 'undefined_name'");
}

TEST_F(Evaluator, NamesAFileThatEndsTooEarly) {
  auto found = evaluate({.file = "failures.nix"});
  EXPECT_EQ(message_of(found.at("truncated")), "syntax error, unexpected end of file in truncated.txt");
  EXPECT_EQ(name_of(found.at("good")), "good");
}

TEST_F(Evaluator, TellsRefusalsFromMetadata) {
  auto found = evaluate({.file = "failures.nix"});
  EXPECT_EQ(refusal_of(found.at("broken")), Reasons{RefusalReason::broken});
  EXPECT_EQ(refusal_of(found.at("brokenByAbort")), Reasons{RefusalReason::broken});
  EXPECT_EQ(refusal_of(found.at("unsupported")), Reasons{RefusalReason::unsupported_system});
  EXPECT_EQ(refusal_of(found.at("insecureAndUnfree")), (Reasons{RefusalReason::insecure, RefusalReason::unfree}));
  EXPECT_EQ(refusal_of(found.at("unavailable")), Reasons{});
}

TEST_F(Evaluator, GivesTheSameWithSeveralWorkers) {
  const auto one = evaluate({.file = "failures.nix"});
  const auto three = evaluate({.file = "failures.nix", .limits = {.workers = 3}});
  EXPECT_EQ(one, three);
}

TEST_F(Evaluator, OutlivesWhatKillsIt) {
  const auto evaluator = make();
  auto outcome = evaluate(*evaluator, {.file = "dying.nix",
                                       .limits = {.workers = 1,
                                                  .worker_memory = std::uint64_t{1} << 30U,
                                                  .attribute_time = std::chrono::seconds(4),
                                                  .attribute_output = std::uint64_t{4} << 20U}});
  auto found = results(outcome);
  for (const std::string good : {"a", "e", "i", "n", "q"}) EXPECT_EQ(name_of(found.at(good)), good);
  // Newer evaluators count calls and report the depth as an error of the code.
  if (is_machines_own()) {
    EXPECT_EQ(failure_of(found.at("deep")), EvaluationFailure::stack_overflow) << message_of(found.at("deep"));
  }
  EXPECT_TRUE(failure_of(found.at("deep")));
  EXPECT_EQ(failure_of(found.at("memory")), EvaluationFailure::out_of_memory) << message_of(found.at("memory"));
  EXPECT_EQ(failure_of(found.at("forever")), EvaluationFailure::timed_out) << message_of(found.at("forever"));
  EXPECT_EQ(failure_of(found.at("noisy")), EvaluationFailure::output_limit) << message_of(found.at("noisy"));
  EXPECT_EQ(found.size(), 9U);
  EXPECT_GE(outcome.evaluation->cost.workers_died, 3U);
  EXPECT_GT(outcome.evaluation->cost.cpu, std::chrono::seconds(1)) << "killed workers are counted too";
  EXPECT_GT(outcome.evaluation->cost.peak_memory, std::uint64_t{20} << 20U);
}

TEST_F(Evaluator, LeavesTheRestWhenTheWholeTakesTooLong) {
  auto found = evaluate({.file = "dying.nix", .limits = {.workers = 1, .total_time = std::chrono::seconds(3)}});
  EXPECT_EQ(found.size(), 9U);
  EXPECT_EQ(failure_of(found.at("q")), EvaluationFailure::timed_out);
  EXPECT_EQ(failure_of(found.at("forever")), EvaluationFailure::timed_out);
}

TEST_F(Evaluator, EndsASetThatContainsItself) {
  const auto found = evaluate({.file = "self.nix"});
  std::size_t errors = 0;
  for (const auto& [path, result] : found) errors += failure_of(result) ? 1U : 0U;
  EXPECT_EQ(errors, 1U);
  EXPECT_LT(found.size(), 100U);
}

TEST_F(Evaluator, CallsTheRootWithTheJobsArguments) {
  auto found = evaluate({.file = "function.nix",
                         .arguments = {{.name = "flag", .kind = JobArgument::Kind::expression, .text = "1 == 1"},
                                       {.name = "number", .kind = JobArgument::Kind::expression, .text = "(import ./within.nix) ? outer"},
                                       {.name = "notAsked", .kind = JobArgument::Kind::string, .text = "x"},
                                       {.name = "text", .kind = JobArgument::Kind::string, .text = "a \"${b}\"\n\\"}}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.begin()->first, R"("a \"\${b}\"\n\\")");
  EXPECT_EQ(name_of(found.begin()->second), "called-1-yes");
}

TEST_F(Evaluator, GivesEverythingToAnEllipsis) {
  const auto evaluator = make();
  const auto outcome = evaluate(
      *evaluator,
      {.file = "ellipsis.nix",
       .arguments = {{.name = "a", .text = "1"}, {.name = "b", .kind = JobArgument::Kind::expression, .text = "throw \"never\""}}});
  const auto& derivation = std::get<EvaluatedDerivation>(outcome.evaluation->attributes.at(0).result);
  std::string text;
  const Status read = outcome.derivations->read_closure(
      std::span(&derivation.path, 1), [](const StorePath&) { return false; }, [&](const DerivationRecord& record) { text = record.aterm; });
  ASSERT_TRUE(read);
  EXPECT_THAT(text, HasSubstr(R"(("given","a b"))"));
}

TEST_F(Evaluator, StartsAtAnAttribute) {
  auto found = evaluate({.file = "within.nix", .attribute = "outer.inner", .arguments = {{.name = "wanted", .text = "given"}}});
  EXPECT_EQ(name_of(found.at("one")), "given");
}

TEST_F(Evaluator, SaysThatAnArgumentIsNoExpression) {
  for (const std::string text : {"1 +", "[ 1 2", "1 # comment"}) {
    auto found = evaluate({.file = "ellipsis.nix", .arguments = {{.name = "a", .kind = JobArgument::Kind::expression, .text = text}}});
    EXPECT_THAT(message_of(found.at("")), HasSubstr("in an argument of the job: syntax error")) << text;
  }
  const auto evaluator = make();
  const auto outcome = evaluator->evaluate(
      request(*evaluator,
              {.file = "ellipsis.nix", .arguments = {{.name = "a", .kind = JobArgument::Kind::expression, .text = "1\n:quit"}}}),
      listener_, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::invalid_argument);
}

TEST_F(Evaluator, ReportsARootThatIsADerivationOrFails) {
  auto derivation = evaluate({.file = "derivation.nix", .arguments = {{.name = "name", .text = "named"}}});
  EXPECT_EQ(derivation.size(), 1U);
  EXPECT_EQ(name_of(derivation.at("")), "named");
  EXPECT_EQ(message_of(evaluate({.file = "root-throws.nix"}).at("")), "the root throws");
  EXPECT_THAT(message_of(evaluate({.file = "no-such-file.nix"}).at("")), HasSubstr("no-such-file.nix"));
  EXPECT_TRUE(failure_of(evaluate({.file = "root-dies.nix"}).at("")));
  EXPECT_THAT(message_of(evaluate({.file = "within.nix", .attribute = "nothing"}).at("")), HasSubstr("attribute 'nothing' missing"));
}

TEST_F(Evaluator, CarriesNamesOfAnyBytes) {
  auto found = evaluate({.file = "bytes.nix"});
  EXPECT_EQ(found.size(), 2U);
  EXPECT_TRUE(found.contains("plain"));
  EXPECT_TRUE(found.contains(R"("\"\xff\xfe\x01")")) << found.begin()->first;
}

TEST_F(Evaluator, RefusesImportFromDerivation) {
  auto found = evaluate({.file = "import-from-derivation.nix"});
  EXPECT_TRUE(failure_of(found.at("imports")));
  EXPECT_THAT(message_of(found.at("imports")), HasSubstr("generated.nix"));
  EXPECT_EQ(name_of(found.at("other")), "other");
}

TEST_F(Evaluator, ImportsFromADerivationWhereItIsAllowed) {
  auto found = evaluate({.file = "import-from-derivation.nix", .allow_import_from_derivation = true});
  EXPECT_FALSE(failure_of(found.at("imports"))) << message_of(found.at("imports"));
  EXPECT_EQ(name_of(found.at("other")), "other");
}

TEST_F(Evaluator, IsNotFooledByWhatHostileCodePrintsAndClaims) {
  auto found = evaluate({.file = "hostile.nix"});
  for (const auto& [path, result] : found) {
    const auto* derivation = std::get_if<EvaluatedDerivation>(&result);
    if (derivation == nullptr) continue;
    EXPECT_THAT(derivation->path.to_string(), Not(HasSubstr("forged"))) << path;
    EXPECT_TRUE(path == "traced" || path == "claims.alias") << path << " " << derivation->path.to_string();
  }
  EXPECT_EQ(name_of(found.at("traced")), "traced");
  EXPECT_EQ(name_of(found.at("claims.alias")), "real");
  for (const std::string claim : {"foreign", "noContext", "notADerivation", "notAPath", "notAString", "noPath", "output"}) {
    EXPECT_EQ(failure_of(found.at("claims." + claim)), EvaluationFailure::evaluation) << claim;
  }
  EXPECT_THAT(message_of(found.at("error")), HasSubstr("forged"));
  EXPECT_EQ(message_of(found.at("escapes")).find('\x1b'), std::string::npos);
  EXPECT_EQ(found.size(), 22U);
}

TEST_F(Evaluator, ShowsHostileCodeNothingButItsTree) {
  auto found = evaluate({.file = "hostile.nix"});
  EXPECT_EQ(std::get<OtherValue>(found.at("environment")).type, "bool");
  for (const std::string path : {"input", "network", "passwd", "store"}) {
    EXPECT_EQ(failure_of(found.at(path)), EvaluationFailure::evaluation) << path;
  }
}

TEST_F(Evaluator, ReadsTheClosureInputsFirst) {
  const auto evaluator = make();
  const auto outcome = evaluate(*evaluator, {.file = "failures.nix"});
  std::vector<StorePath> roots;
  for (const Attribute& attribute : outcome.evaluation->attributes) {
    if (const auto* derivation = std::get_if<EvaluatedDerivation>(&attribute.result)) roots.push_back(derivation->path);
  }
  std::set<StorePath> seen;
  const Status read = outcome.derivations->read_closure(
      roots, [](const StorePath&) { return false; },
      [&](const DerivationRecord& record) {
        for (const StorePath& input : record.input_derivations) EXPECT_TRUE(seen.contains(input));
        EXPECT_TRUE(seen.insert(record.path).second);
      });
  ASSERT_TRUE(read) << read.error().to_string();
  for (const StorePath& root : roots) EXPECT_TRUE(seen.contains(root));
}

TEST_F(Evaluator, RemovesItsStoreWithTheReader) {
  const auto count = [&] {
    return std::distance(fs::directory_iterator(directory_.path() / "cache/evaluations"), fs::directory_iterator());
  };
  auto evaluator = make();
  auto outcome = evaluate(*evaluator, {.file = "within.nix"});
  outcome.derivations.reset();
  EXPECT_GT(count(), 1) << "who was told when it was opened reads it yet";
  listener_.running.reset();
  evaluator.reset();
  EXPECT_EQ(count(), 1) << "the lock only";
}

TEST_F(Evaluator, ItsDerivationsCanBeReadWhileItRuns) {
  const auto evaluator = make();
  engine::EvaluationRequest foremost = request(*evaluator, {.file = "failures.nix"});
  std::map<std::string, AttributeResult> known = results(evaluate(*evaluator, {.file = "failures.nix"}));
  for (const auto& [path, result] : known) foremost.foremost.paths.insert(AttributePath::parse(path).value());
  std::size_t read = 0;
  listener_.on_found = [&](const Attribute& found) {
    const auto* derivation = std::get_if<EvaluatedDerivation>(&found.result);
    if (derivation == nullptr) return;
    bool seen = false;
    const Status closure = listener_.running->read_closure(
        std::span(&derivation->path, 1), [](const StorePath&) { return false; },
        [&](const DerivationRecord& record) { seen = seen || record.path == derivation->path; });
    EXPECT_TRUE(closure) << closure.error().to_string();
    EXPECT_TRUE(seen);
    EXPECT_TRUE(fs::exists(listener_.store_root / "nix/store" / derivation->path.base_name()));
    ++read;
  };
  ASSERT_TRUE(evaluator->evaluate(foremost, listener_, {}));
  EXPECT_GT(read, 0U);
}

TEST_F(Evaluator, StopsWhenCancelled) {
  const auto evaluator = make();
  CancelSource source;
  source.request_stop();
  const auto outcome = evaluator->evaluate(request(*evaluator, {.file = "dying.nix"}), listener_, source.get_token());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::cancelled);
}

TEST_F(Evaluator, StopsBeforeTheDiskIsFull) {
  auto made = make_evaluator(
      {.cache = directory_.path(), .helper = kHelper, .system_root = system_root(), .free_space = std::uint64_t{1} << 60U}, clock_);
  ASSERT_TRUE(made);
  const auto outcome = (*made)->evaluate(request(**made, {.file = "failures.nix"}), listener_, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::resource_exhausted);
  EXPECT_THAT(outcome.error().message(), HasSubstr("EKACI_CACHE_DIR"));
}

TEST_F(Evaluator, IdentifiesItself) {
  const auto evaluator = make();
  const auto plain = evaluator->identity({});
  ASSERT_TRUE(plain) << plain.error().to_string();
  EXPECT_THAT(plain->version, HasSubstr("2."));
  EXPECT_THAT(plain->binary, HasSubstr("/nix size="));
  EXPECT_THAT(plain->settings, HasSubstr("restrict-eval = true\n"));
  EXPECT_EQ(evaluator->identity({}), plain);
  Job importing;
  importing.allow_import_from_derivation = true;
  EXPECT_NE(evaluator->identity(importing)->settings, plain->settings);
  EXPECT_EQ(evaluator->native_system()->to_string(), "x86_64-linux");
}

TEST_F(Evaluator, SaysWhatIsMissing) {
  const auto no_helper = make_evaluator({.cache = directory_.path(), .helper = "/no/helper"}, clock_);
  ASSERT_FALSE(no_helper);
  EXPECT_EQ(no_helper.error().code(), ErrorCode::unavailable);
  const auto no_nix = make_evaluator({.cache = directory_.path(), .helper = kHelper, .program = "/no/nix"}, clock_);
  ASSERT_FALSE(no_nix);
  EXPECT_EQ(no_nix.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(no_nix.error().message(), HasSubstr("Install it"));
}

/// What plain Nix says for the tree at a place whose last name is the same.
std::map<std::string, std::string> instantiate(const fs::path& tree, const std::string& file, const std::vector<std::string>& attributes,
                                               const fs::path& store) {
  std::map<std::string, std::string> paths;
  for (const std::string& attribute : attributes) {
    process::Command command{
        .arguments = {"nix-instantiate", "--option", "build-users-group", "", file},
        .environment = {{"HOME", store}, {"NIX_REMOTE", "local?root=" + store.string()}, {"NIX_CONF_DIR", "/nonexistent"}},
        .directory = tree};
    if (!attribute.empty()) command.arguments.insert(command.arguments.end(), {"-A", attribute});
    const auto done = process::run(command, "", {}, {});
    EXPECT_TRUE(done && done->ended.status.succeeded()) << attribute << (done ? done->error : done.error().to_string());
    if (done) paths[attribute] = std::string(trim(done->output));
  }
  return paths;
}

TEST_F(Evaluator, GivesThePathsThatPlainNixGives) {
  auto found = evaluate({.file = "failures.nix"});
  const std::vector<std::string> names = {"good", "dollar", "outputs", "nested.good", "nested.deeper.good", "metaAborts"};
  const auto plain = instantiate(kTree, "failures.nix", names, directory_.path());
  for (const auto& [name, path] : plain) EXPECT_EQ(std::get<EvaluatedDerivation>(found.at(name)).path.to_string(), path) << name;
}

TEST_F(Evaluator, SeesTheTreeUnderTheSameNameWithAndWithoutSandbox) {
  fs::create_directories(directory_.path() / "place");
  fs::copy(kTree, directory_.path() / "place/anything", fs::copy_options::recursive);
  std::ofstream(directory_.path() / "place/anything/name.nix") << "{ one = derivation { name = \"one\"; system = builtins.currentSystem; "
                                                                  "builder = \"/bin/sh\"; src = ./.; file = ./within.nix; }; }";
  fs::create_directories(directory_.path() / "plain");
  fs::copy(directory_.path() / "place/anything", directory_.path() / "plain/source", fs::copy_options::recursive);
  const Asked asked{.file = "name.nix", .tree = directory_.path() / "place/anything"};
  const auto sandboxed = make();
  const auto unsandboxed = make(SandboxMode::none);
  auto with = results(evaluate(*sandboxed, asked));
  auto without = results(evaluate(*unsandboxed, asked));
  const auto plain = instantiate(directory_.path() / "plain/source", "name.nix", {"one"}, directory_.path());
  EXPECT_EQ(std::get<EvaluatedDerivation>(with.at("one")).path.to_string(), plain.at("one"));
  if (is_machines_own()) {
    EXPECT_EQ(with, without);
  }
  EXPECT_NE(sandboxed->identity({})->settings, unsandboxed->identity({})->settings);
}

TEST_F(Evaluator, WorksWithoutASandbox) {
  const auto evaluator = make(SandboxMode::none);
  auto found = results(evaluate(*evaluator, {.file = "failures.nix", .limits = {.workers = 2}}));
  EXPECT_EQ(name_of(found.at("good")), "good");
  EXPECT_EQ(message_of(found.at("truncated")), "syntax error, unexpected end of file in truncated.txt");
  EXPECT_EQ(position_of(found.at("assertion")), "failures.nix:16:15");
  EXPECT_EQ(found.size(), 38U);
}

}  // namespace
}  // namespace ekaci::nix
