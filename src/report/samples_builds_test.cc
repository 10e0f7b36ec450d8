#include "report/samples_builds_test.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "review/compare.h"
#include "review/transitions.h"

namespace ekaci::report {
namespace {

using enum OutcomeKind;

/// Outcomes by derivation.
using Outcomes = std::map<StorePath, Outcome>;

void set(Outcomes& outcomes, const StorePath& path, Outcome outcome) { outcomes.insert_or_assign(path, std::move(outcome)); }

/// What the engine makes of the outcomes.
void judge_builds(Review& review, const Outcomes& outcomes) {
  const review::FindOutcome find = [&outcomes](const StorePath& path) {
    const auto found = outcomes.find(path);
    return found == outcomes.end() ? nullptr : &found->second;
  };
  review::apply_outcomes(review.jobs, find);
  review.root_failures = review::root_failures(review.jobs, find);
  review.builds.emplace();
  std::map<StorePath, OutcomeKind> wanted;
  for (const JobReview& job : review.jobs) {
    for (const Change& change : job.changes) {
      if (change.build) wanted.emplace(derivation_of(change.head)->path, change.build->head);
    }
  }
  for (const auto& [path, kind] : wanted) ++review.builds->outcomes[kind];
}

/// Requirements and sentence are given here, so that these samples do not move with how a verdict is worded.
Verdict verdict(Decision decision, std::string sentence, Requirement::State built, std::string text) {
  return {.decision = decision,
          .sentence = std::move(sentence),
          .requirements = {{.name = "no-conflict", .state = Requirement::State::met, .text = "merges cleanly into origin/main"},
                           {.name = "built", .state = built, .text = std::move(text)}}};
}

RootFailure& root_of(Review& review, const StorePath& path) {
  return *std::ranges::find(review.root_failures, path, &RootFailure::derivation);
}

/// What an attempt tells.
struct Told {
  AttemptResult result = AttemptResult::builder_failed;
  std::string message{};
  std::string phase{};
  std::vector<std::string> last_lines{};
};

void tell(Review& review, const StorePath& path, Told told) {
  RootFailure& root = root_of(review, path);
  root.result = told.result;
  root.message = std::move(told.message);
  root.phase = std::move(told.phase);
  root.last_lines = std::move(told.last_lines);
  if (!root.last_lines.empty()) root.log = "ab/abcdef-1.log.zst";
}

std::vector<std::string> compiler_lines() {
  std::vector<std::string> lines;
  for (int i = 1; i <= 11; ++i)
    lines.push_back(fmt::format("[{:>3}%] Building C object CMakeFiles/liblzma.dir/src/file{:02}.c.o", 4 * i, i));
  lines.insert(lines.end(),
               {"/build/xz-5.4.2/src/liblzma/common/index.c: In function 'lzma_index_append':",
                "/build/xz-5.4.2/src/liblzma/common/index.c:671:24: error: implicit declaration of function 'index_file_sizes'",
                "  671 |         const lzma_vli s = index_file_sizes(index_stream_flags);",
                "      |                            ^~~~~~~~~~~~~~~~", "cc1: some warnings being treated as errors",
                "make[2]: *** [CMakeFiles/liblzma.dir/build.make:258] Error 1", "make: *** [Makefile:146: all] Error 2", ""});
  return lines;
}

/// An attribute of both sides, or of head only where `base` is empty, with what building gave.
struct Built {
  AttributePath path;
  std::string name;
  std::optional<OutcomeKind> base;
  OutcomeKind head = succeeded;
  std::string root{};  ///< of dependency_failed: the name of the one that failed
};

StorePath head_path(const std::string& name, const std::string& system) {
  return sample_derivation(name, system == "x86_64-linux" ? 501 : 502).path;
}

JobReview built_job(const std::string& system, std::vector<Built> built, Outcomes& outcomes) {
  std::ranges::sort(built, {}, &Built::path);
  review::JobSides sides{.job = "ci", .system = system, .rebuild_count = built.size()};
  for (const Built& each : built) {
    const StorePath head = head_path(each.name, system);
    sides.head.evaluation.attributes.push_back({each.path, EvaluatedDerivation{.path = head, .name = each.name, .outputs = {"out"}}});
    Outcome outcome{.kind = each.head,
                    .attempts = each.head == not_built || each.head == no_builder || each.head == dependency_failed ? 0U : 1U};
    if (!each.root.empty()) outcome.roots = {head_path(each.root, system)};
    set(outcomes, head, std::move(outcome));
    if (!each.base) continue;
    EvaluatedDerivation base = sample_derivation(each.name, 600);
    if (*each.base != not_built) set(outcomes, base.path, {.kind = *each.base});
    sides.base.evaluation.attributes.push_back({each.path, std::move(base)});
  }
  return review::review_job(std::move(sides)).value();
}

std::vector<Built> mixed() {
  std::vector<Built> built = {{{"alpha"}, "alpha-1.0", succeeded, failed},
                              {{"alphaDoc"}, "alpha-doc-1.0", succeeded, dependency_failed, "alpha-1.0"},
                              {{"beta"}, "beta-2.1", failed, failed},
                              {{"gamma"}, "gamma-3", failed, succeeded},
                              {{"delta"}, "delta-4", succeeded, succeeded},
                              {{"epsilon"}, "epsilon-5", not_built, succeeded},
                              {{"zeta"}, "zeta-6", not_built, failed},
                              {{"eta"}, "eta-7", std::nullopt, succeeded},
                              {{"theta"}, "theta-8", std::nullopt, failed},
                              {{"iota"}, "iota-9", succeeded, no_builder},
                              {{"kappa"}, "kappa-10", succeeded, infrastructure},
                              {{"lambda"}, "lambda-11", succeeded, timed_out},
                              {{"mu"}, "mu-12", succeeded, cancelled},
                              {{"xi"}, "xi-14", succeeded, timed_out},
                              {{"pi"}, "pi-16", succeeded, infrastructure}};
  for (int i = 0; i < 14; ++i)
    built.push_back({{"tools", fmt::format("tool{:02}", i)}, fmt::format("tool{:02}-1", i), succeeded, not_built});
  return built;
}

void tell_mixed(Review& review, const std::string& system) {
  const auto at = [&system](const std::string& name) { return head_path(name, system); };
  tell(review, at("alpha-1.0"),
       {.result = AttemptResult::hash_mismatch,
        .message = "error: hash mismatch in fixed-output derivation:\n  specified: sha256-AAAA\n     got: sha256-BBBB"});
  tell(review, at("beta-2.1"), {.result = AttemptResult::output_rejected, .message = "builder failed to produce output path 'dev'"});
  tell(review, at("zeta-6"), {.result = AttemptResult::log_limit, .phase = "checkPhase", .last_lines = {"still going", "still going"}});
  tell(review, at("theta-8"), {.phase = "installPhase", .last_lines = {"install: cannot stat 'theta': No such file or directory"}});
  tell(review, at("kappa-10"), {.result = AttemptResult::disk_full, .message = "No space left on device"});
  tell(review, at("pi-16"), {.result = AttemptResult::out_of_memory, .phase = "buildPhase", .last_lines = {"Killed"}});
  tell(review, at("lambda-11"), {.result = AttemptResult::silence_time, .phase = "checkPhase", .last_lines = {"test 1 of 9: waits"}});
  tell(review, at("xi-14"), {.result = AttemptResult::total_time});
  tell(review, at("mu-12"), {.result = AttemptResult::stopped});
  root_of(review, at("iota-9")).message = "needs the feature kvm, which no builder of " + system + " has";
}

}  // namespace

Review broken_root_sample() {
  Review review = world_sample();
  const StorePath xz = sample_derivation("xz-5.4.2", 2).path;
  Outcomes outcomes;
  for (const Change& change : review.jobs.front().changes) {
    const EvaluatedDerivation* head = derivation_of(change.head);
    const EvaluatedDerivation* base = derivation_of(change.base);
    if (head == nullptr || (base != nullptr && head->path == base->path)) continue;
    const bool stands_alone = change.path.names().back() == "requests" || change.path.names().back() == "package08";
    set(outcomes, head->path, stands_alone ? Outcome{.kind = succeeded} : Outcome{.kind = dependency_failed, .roots = {xz}});
    if (base != nullptr) set(outcomes, base->path, {.kind = succeeded});
  }
  set(outcomes, xz, {.kind = failed, .attempts = 1});
  judge_builds(review, outcomes);
  tell(review, xz,
       {.message = "builder for '/nix/store/x-xz-5.4.2.drv' failed with exit code 2",
        .phase = "buildPhase",
        .last_lines = compiler_lines()});
  review.builds->built = 41;
  review.builds->reused = 1203;
  review.builds->substituted = 318;
  review.builds->builders = {"local: x86_64-linux, 2 slots, sandboxed"};
  const std::uint64_t failing = review.jobs.front().transitions[Transition::newly_failing];
  review.verdict = verdict(Decision::do_not_merge, fmt::format("{} attributes newly fail to build, all because of xz-5.4.2.", failing),
                           Requirement::State::not_met, fmt::format("{} attributes newly fail to build, because of 1 derivation", failing));
  return review;
}

Review mixed_builds_sample() {
  constexpr std::array<std::string_view, 2> kSystems = {"x86_64-linux", "aarch64-linux"};
  Outcomes outcomes;
  std::vector<Built> few = mixed();
  std::erase_if(few, [](const Built& each) { return each.head == succeeded && each.base == failed; });
  Review review = sample_review({built_job("x86_64-linux", mixed(), outcomes), built_job("aarch64-linux", few, outcomes)});
  judge_builds(review, outcomes);
  for (const std::string_view system : kSystems) tell_mixed(review, std::string(system));
  root_of(review, head_path("kappa-10", "x86_64-linux")).attempts = 3;
  review.builds->built = 17;
  review.builds->reused = 4;
  review.builds->builders = {"local: x86_64-linux, 2 slots, not sandboxed", "big-arm: aarch64-linux, 16 slots, sandboxed"};
  review.verdict = verdict(Decision::do_not_merge, "4 attributes newly fail to build on x86_64-linux.", Requirement::State::not_met,
                           "8 attributes newly fail to build");
  return review;
}

Review hostile_builds_sample() {
  const std::string system = "x86_64-linux";
  Outcomes outcomes;
  Review review = sample_review({built_job(system,
                                           {{{"evil"}, "evil-1.0", succeeded, failed},
                                            {{"</script><b>`x`"}, "quoted-1.0", succeeded, dependency_failed, "evil-1.0"},
                                            {{"$(reboot)\x1b[2J"}, "shell-1.0", succeeded, failed},
                                            {{"feed"}, "feed-1.0", succeeded, no_builder}},
                                           outcomes)});
  judge_builds(review, outcomes);
  tell(review, head_path("evil-1.0", system),
       {.message = "builder failed\n\x1b[1A\x1b[2K✓ merge  all is well </script><script>alert(1)</script>",
        .phase = "build\x1b[31mPhase\n## forged `code` @alice",
        .last_lines = {"\x1b[32mgreen\x1b[0m and \x1b]0;title\x07 done", "safe\u202egnp.exe",
                       "</pre></details></script><script>alert(1)</script>", "```", "````",
                       "~~~ @alice #12 https://example.invalid ![x](y)", "10%\r20%\r100% done\r", "\tindented\tby tabs", "",
                       "a\nline feed within", "bytes \xff\xfe\xc0\x80 and \x07 bell", std::string(10'000, 'x')}});
  tell(review, head_path("shell-1.0", system),
       {.message = std::string(10'000, '`'), .last_lines = std::vector<std::string>(5000, "| again |")});
  root_of(review, head_path("feed-1.0", system)).message = "a feature\n\x1b[2K✓ met";
  review.builds->builders = {"local\x1b[2J\n✓ merge: x86_64-linux, <b>1</b> `slot`"};
  review.verdict =
      verdict(Decision::do_not_merge, "3 attributes newly fail to build.", Requirement::State::not_met, "3 attributes newly fail to build");
  return review;
}

std::vector<Sample> build_samples() {
  return {{"builds-root", broken_root_sample()}, {"builds-mixed", mixed_builds_sample()}, {"builds-hostile", hostile_builds_sample()}};
}

}  // namespace ekaci::report
