#include "report/samples_test.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "report/samples_builds_test.h"
#include "report/samples_sizes_test.h"
#include "review/compare.h"
#include "review/judge.h"

namespace ekaci::report {
namespace {

using Presence = JobReview::Presence;

/// Distinct for distinct seeds.
StoreHash hash_of(std::uint32_t seed) {
  StoreHash hash{};
  for (auto& byte : hash) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(seed >> 24U);
  }
  return hash;
}

EvaluatedDerivation derivation(const std::string& name, std::uint32_t seed) { return sample_derivation(name, seed); }

EvaluationError error(std::string message, std::optional<SourcePosition> position = {}) {
  return {.message = std::move(message), .position = std::move(position)};
}

Attribute attribute(AttributePath path, AttributeResult result) { return {std::move(path), std::move(result)}; }

using Attributes = std::vector<Attribute>;

Attributes sorted(Attributes attributes) {
  std::ranges::sort(attributes, {}, &Attribute::path);
  return attributes;
}

JobReview job(const std::string& system, Attributes base, Attributes head, std::uint64_t rebuild_count) {
  review::JobSides sides{.job = "ci", .system = system, .rebuild_count = rebuild_count};
  sides.base.evaluation = {.attributes = sorted(std::move(base)), .cost = {}, .notes = {}};
  sides.base.reused = true;
  sides.base.graph_derivations = 5120;
  sides.head.evaluation = {.attributes = sorted(std::move(head)), .cost = {}, .notes = {}};
  sides.head.graph_derivations = 5121;
  for (EvaluationCost* cost : {&sides.base.evaluation.cost, &sides.head.evaluation.cost}) {
    *cost = {.cpu = std::chrono::milliseconds(4930),
             .wall = std::chrono::milliseconds(2610),
             .peak_memory = std::uint64_t{612} << 20U,
             .workers_started = 2};
  }
  return review::review_job(std::move(sides)).value();
}

Review reviewed(std::vector<JobReview> jobs) { return sample_review(std::move(jobs)); }

/// What surrounds a change: packages that stay as they are, some of them refused or failing on both sides.
Attributes surroundings(std::uint32_t packages) {
  Attributes attributes = {
      attribute({"lib"}, AttributeSet{.recursed = false}), attribute({"callPackage"}, OtherValue{"lambda"}),
      attribute({"oldTool"}, Refusal{{RefusalReason::broken}}),
      attribute({"vendorDriver"}, Refusal{{RefusalReason::unfree, RefusalReason::unsupported_system}}),
      attribute({"rotten"}, error("undefined variable 'openssl_1_0'", SourcePosition{"pkgs/rotten/default.nix", 3, 12}))};
  for (std::uint32_t i = 0; i < packages; ++i) {
    attributes.push_back(attribute({"tools", fmt::format("tool{:04}", i)}, derivation(fmt::format("tool{:04}-1.0", i), i)));
  }
  return attributes;
}

Attributes with(Attributes attributes, const Attributes& more) {
  attributes.insert(attributes.end(), more.begin(), more.end());
  return attributes;
}

Review bump() {
  const Attributes base = with(surroundings(40), {attribute({"hello"}, derivation("hello-2.12", 1001)),
                                                  attribute({"helloWrapped"}, derivation("hello-wrapped", 1002))});
  const Attributes head = with(surroundings(40), {attribute({"hello"}, derivation("hello-2.12.1", 2001)),
                                                  attribute({"helloWrapped"}, derivation("hello-wrapped", 2002))});
  return reviewed({job("x86_64-linux", base, head, 2), job("aarch64-linux", base, head, 2)});
}

Review mass_rebuild() {
  Attributes base = {attribute({"zlib"}, derivation("zlib-1.3", 90001))};
  Attributes head = {attribute({"zlib"}, derivation("zlib-1.3.1", 90002))};
  for (std::uint32_t i = 0; i < 2999; ++i) {
    const std::string name = fmt::format("package{:04}", i);
    base.push_back(attribute({name}, derivation(name + "-1.0", 10000 + i)));
    head.push_back(attribute({name}, derivation(name + "-1.0", 20000 + i)));
  }
  return reviewed({job("x86_64-linux", with(surroundings(500), base), with(surroundings(500), head), 3412)});
}

Review errors() {
  const SourcePosition where{"pkgs/build-support/fetchurl/default.nix", 112, 5};
  Attributes base = surroundings(20);
  Attributes head = surroundings(20);
  for (const std::string name : {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}) {
    base.push_back(attribute({name}, derivation(name + "-1.0", static_cast<std::uint32_t>(name.size()))));
    head.push_back(attribute({name}, error("error: attribute 'sha265' missing\nDid you mean sha256?", where)));
  }
  base.push_back(attribute({"python3Packages", "zope.interface"}, derivation("python3.11-zope-interface-5.4", 77)));
  head.push_back(
      attribute({"python3Packages", "zope.interface"},
                error("error: the string 'a very long one' is not allowed to refer to a store path, and this message goes on for so "
                      "long that nobody wants to read all of it at once, which is why it is cut after two lines in the usual report",
                      SourcePosition{"pkgs/python/zope.nix", 9, 0})));
  base.push_back(attribute({"deep"}, derivation("deep-1", 78)));
  head.push_back(attribute({"deep"}, EvaluationError{.failure = EvaluationFailure::stack_overflow, .message = "", .position = {}}));
  base.push_back(attribute({"slow"}, derivation("slow-1", 79)));
  head.push_back(
      attribute({"slow"}, EvaluationError{.failure = EvaluationFailure::timed_out, .message = "stopped after 300 s", .position = {}}));
  base.push_back(attribute({"mended"}, error("error: assertion failed")));
  head.push_back(attribute({"mended"}, derivation("mended-0.9", 80)));
  base.push_back(attribute({"dropped"}, derivation("dropped-3.1", 81)));
  base.push_back(attribute({"turnedIntoASet"}, derivation("turned-1", 82)));
  head.push_back(attribute({"turnedIntoASet"}, AttributeSet{.recursed = true}));
  head.push_back(attribute({"fresh"}, derivation("fresh-0.1", 83)));
  const Attributes other_head = with(surroundings(20), {attribute({"alpha"}, derivation("alpha-1.0", 5))});
  return reviewed({job("x86_64-linux", base, head, 2),
                   job("aarch64-linux", with(surroundings(20), {attribute({"alpha"}, derivation("alpha-1.0", 5))}), other_head, 0)});
}

Review refusals() {
  const Attributes base =
      with(surroundings(20), {attribute({"game"}, derivation("game-1.0", 1)), attribute({"freed"}, Refusal{{RefusalReason::unfree}}),
                              attribute({"was-error"}, error("boom"))});
  const Attributes head = with(surroundings(20), {attribute({"game"}, Refusal{{RefusalReason::broken, RefusalReason::insecure}}),
                                                  attribute({"freed"}, derivation("freed-1.0", 2)), attribute({"was-error"}, Refusal{}),
                                                  attribute({"unoffered"}, Refusal{{RefusalReason::unsupported_system}})});
  return reviewed({job("x86_64-linux", base, head, 1)});
}

Review conflict() {
  Review review = reviewed({});
  review.merged_tree.reset();
  review.conflicts = {
      {.path = "pkgs/hello/default.nix", .message = "CONFLICT (content): Merge conflict in pkgs/hello/default.nix"},
      {.path = "pkgs/\x1b[2Jevil\n.nix", .message = "CONFLICT (modify/delete): deleted in HEAD and modified in origin/main"}};
  review.verdict = review::judge(review, {});
  return review;
}

Review docs_only() {
  Review review = reviewed({job("x86_64-linux", surroundings(40), surroundings(40), 0)});
  review.jobs.front().head.reused = true;
  return review;
}

Review hostile() {
  const std::string bidi = "safe\u202egnp.exe";
  Attributes base = {attribute({"a.b", "c\"d", "${x}"}, derivation("quoted-1.0", 1)), attribute({"plain"}, derivation("plain-1.0", 2))};
  Attributes head = {
      attribute({"a.b", "c\"d", "${x}"}, derivation("quoted-1.1", 3)),
      attribute({"plain"}, EvaluatedDerivation{.path = *StorePath::from_parts(hash_of(4), "plain-1.0.drv"),
                                               .name = "plain-1.1\x1b[2J\r\x1b]0;owned\x07",
                                               .outputs = {"out", "d\x1b[31mev"}}),
      attribute({"\x1b[31mred\x1b[0m"}, derivation("red-1.0", 5)),
      attribute({"line\nfeed\ttab"}, derivation("feed-1.0", 6)),
      attribute({bidi}, derivation("bidi-1.0", 7)),
      attribute({"not\xff\xfeutf8"}, derivation("bytes-1.0", 8)),
      attribute({""}, derivation("empty-1.0", 9)),
      attribute({"日本語パッケージ"}, derivation("wide-1.0", 10)),
      attribute({std::string(300, 'x')}, derivation("long-1.0", 11)),
      attribute({"forger"},
                error("error: ok\n\x1b[1A\x1b[2K✓ merge  all is well\r\u2028\u202e", SourcePosition{"a\n\x1b[0m\xff.nix", 1, 1})),
  };
  Review review = reviewed({job("x86_64-linux", base, head, 9)});
  review.base_name = "origin/\x1b[32mmain";
  review.head_name = "feature\n✓ merge";
  review.notes = {"a note with \x1b]8;;http://example.invalid\x1b\\a link\x1b]8;;\x1b\\ and \xc0\x80 bytes"};
  review.sandboxed = false;
  return review;
}

Review configuration() {
  const Attributes side = surroundings(10);
  JobReview added = job("riscv64-linux", {}, side, 60);
  added.presence = Presence::added;
  added.job = "cross";
  JobReview both = job("x86_64-linux", side, side, 0);
  both.base.notes = {"the locked input 'nixpkgs-lib' was fetched again"};
  return sample_review({both, added}, {.added = {"cross"}});
}

Review many_jobs() {
  std::vector<JobReview> jobs;
  for (int i = 0; i < 14; ++i) {
    jobs.push_back(job(i % 2 == 0 ? "x86_64-linux" : "aarch64-linux", surroundings(3),
                       with(surroundings(3), {attribute({"new"}, derivation("new-1", 99))}), 1));
    jobs.back().job = fmt::format("job-{:02}", i / 2);
  }
  return reviewed(std::move(jobs));
}

}  // namespace

EvaluatedDerivation sample_derivation(const std::string& name, std::uint32_t seed) {
  return {.path = *StorePath::from_parts(hash_of(seed), name + ".drv"), .name = name, .outputs = {"out"}};
}

Review sample_review(std::vector<JobReview> jobs, const review::ConfigurationDifference& configuration) {
  Review review{.base_name = "origin/main",
                .head_name = "HEAD",
                .base = *CommitId::parse("3f2a91c0de3f2a91c0de3f2a91c0de3f2a91c0de"),
                .head = *CommitId::parse("88ab120e4f88ab120e4f88ab120e4f88ab120e4f"),
                .base_tree = *TreeId::parse("1111111111111111111111111111111111111111"),
                .merged_tree = *TreeId::parse("1c9e0b22aa1c9e0b22aa1c9e0b22aa1c9e0b22aa"),
                .conflicts = {},
                .changed_files = 1,
                .jobs = std::move(jobs),
                .verdict = {},
                .notes = {},
                .evaluator = {.version = "nix (Nix) 2.8.0", .binary = "/usr/bin/nix", .settings = "restrict-eval = true"},
                .wall = std::chrono::milliseconds(3210)};
  for (const JobReview& job : review.jobs) review.rebuild_count += job.rebuild_count;
  review.verdict = review::judge(review, configuration);
  return review;
}

std::vector<Sample> samples() {
  std::vector<Sample> all = {{"bump", bump()},          {"leaf", leaf_sample()},
                             {"world", world_sample()}, {"mass-rebuild", mass_rebuild()},
                             {"errors", errors()},      {"refusals", refusals()},
                             {"conflict", conflict()},  {"docs-only", docs_only()},
                             {"hostile", hostile()},    {"configuration", configuration()},
                             {"many-jobs", many_jobs()}};
  std::ranges::move(build_samples(), std::back_inserter(all));
  std::ranges::move(size_samples(), std::back_inserter(all));
  return all;
}

void expect_golden(const std::string& file, const std::string& text) {
  const std::string path = std::string(EKACI_SOURCE_DIR) + "/tests/data/report/" + file;
  if (std::getenv("EKACI_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): tests have one thread
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(text, golden.str()) << path << " differs; EKACI_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace ekaci::report
