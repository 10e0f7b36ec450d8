#include "report/facts_samples_test.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "review/compare.h"
#include "review/judge.h"

namespace ekaci::report {
namespace {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 8U) % limit;
  }

 private:
  std::uint32_t state_;
};

StorePath drv(const std::string& name, std::uint32_t seed) {
  Dice dice(seed);
  StoreHash hash{};
  for (std::uint8_t& byte : hash) byte = static_cast<std::uint8_t>(dice.below(256));
  return *StorePath::from_parts(hash, name + ".drv");
}

AttributeResult derivation(const std::string& name, std::uint32_t seed) {
  return EvaluatedDerivation{.path = drv(name, seed), .name = name, .outputs = {"out"}};
}

Metadata metadata(const std::string& name, const std::string& version, const SourcePosition& position) {
  return {.pname = name,
          .version = version,
          .description = "A package of " + name,
          .licences = {"MIT"},
          .maintainers = {"alice", "bob"},
          .vulnerabilities = {},
          .position = position};
}

Change rebuilt(AttributePath path, const std::string& name, const std::string& before, const std::string& after, std::uint32_t seed) {
  Change change{.path = std::move(path), .kind = ChangeKind::rebuilt, .base = {}, .head = {}};
  change.base = derivation(name + "-" + before, seed * 2 + 1);
  change.head = derivation(name + "-" + after, seed * 2 + 2);
  const SourcePosition position{fmt::format("pkgs/{}/default.nix", name), 12, 3};
  change.base_metadata = metadata(name, before, position);
  change.head_metadata = metadata(name, after, position);
  change.aspects = differing_aspects(change.base_metadata, change.head_metadata);
  change.direct = !change.aspects.empty();
  return change;
}

RebuiltDerivation step(const Change& change) {
  return {.head = std::get<EvaluatedDerivation>(*change.head).path, .base = std::get<EvaluatedDerivation>(*change.base).path};
}

Change unchanged(AttributePath path, std::uint32_t seed) {
  const AttributeResult result = derivation(path.names().back() + "-1.0", seed);
  return {.path = std::move(path), .kind = ChangeKind::unchanged, .base = result, .head = result};
}

JobReview job(const std::string& system, std::vector<Change> changes, std::uint64_t rebuild_count) {
  std::ranges::sort(changes, {}, &Change::path);
  JobReview job{.job = "ci", .system = system, .base = {}, .head = {}, .counts = {}, .rebuild_count = rebuild_count, .changes = {}};
  job.attributes = changes.size();
  job.counts = review::count(changes);
  job.changes = std::move(changes);
  for (SideSummary* side : {&job.base, &job.head}) {
    side->attributes = job.attributes;
    side->derivations = job.attributes;
    side->graph_derivations = 5120;
    side->cost = {.cpu = std::chrono::milliseconds(4930),
                  .wall = std::chrono::milliseconds(2610),
                  .peak_memory = std::uint64_t{612} << 20U,
                  .workers_started = 2};
  }
  job.base.reused = true;
  return job;
}

Review reviewed(std::vector<JobReview> jobs) {
  Review review{.base_name = "origin/main",
                .head_name = "update-xz",
                .base = *CommitId::parse("3f2a91c0de3f2a91c0de3f2a91c0de3f2a91c0de"),
                .head = *CommitId::parse("88ab120e4f88ab120e4f88ab120e4f88ab120e4f"),
                .base_tree = *TreeId::parse("1111111111111111111111111111111111111111"),
                .merged_tree = *TreeId::parse("1c9e0b22aa1c9e0b22aa1c9e0b22aa1c9e0b22aa"),
                .changed_files = 1,
                .changed_paths = {"pkgs/xz/default.nix"},
                .jobs = std::move(jobs),
                .evaluator = {.version = "nix (Nix) 2.8.0", .binary = "/usr/bin/nix", .settings = "restrict-eval = true"},
                .wall = std::chrono::milliseconds(3210)};
  for (const JobReview& each : review.jobs) review.rebuild_count += each.rebuild_count;
  review.verdict = review::judge(review, {});
  return review;
}

DerivationDifference xz_difference() {
  return {.environment = {{.name = "version", .base = "5.4.1", .head = "5.4.2"},
                          {.name = "configureFlags", .base = "--disable-static", .head = "--disable-static --enable-sandbox"}},
          .outputs = {},
          .sources = {{.base = *StorePath::parse("/nix/store/00bgd045z0d4icpbc2yyz4gx48ak44la-hardening.patch"), .head = {}}},
          .inputs = {{.base = drv("xz-5.4.1.tar.bz2", 71), .head = drv("xz-5.4.2.tar.bz2", 72)}}};
}

Origin xz_origin(std::uint64_t attributes) {
  const SourcePosition position{"pkgs/xz/default.nix", 12, 3};
  return {.derivation = 0,
          .attributes = attributes,
          .explained = attributes,
          .derivations = attributes + 14,
          .difference = xz_difference(),
          .position = position,
          .lines = {
              {.position = {"pkgs/xz/default.nix", 12, 0}, .text = "  version = \"5.4.2\";"},
              {.position = {"pkgs/xz/default.nix", 16, 0}, .text = "    hash = \"sha256-qDPHsYnYG8SvBOmd9KTXAcZqPl8h7tPR0VY8v9+/aUs=\";"}}};
}

JobReview bump_job(const std::string& system, std::uint32_t seed) {
  std::vector<Change> changes = {rebuilt({"xz"}, "xz", "5.4.1", "5.4.2", seed + 1),
                                 rebuilt({"libarchive"}, "libarchive", "3.6.2", "3.6.2", seed + 2),
                                 rebuilt({"git"}, "git", "2.39.1", "2.39.1", seed + 3),
                                 rebuilt({"python3Packages", "zope.interface"}, "python3.11-zope-interface", "5.4", "5.4", seed + 4)};
  changes[0].head_metadata->maintainers = {"alice", "carol"};
  changes[0].aspects = differing_aspects(changes[0].base_metadata, changes[0].head_metadata);
  JobReview review;
  for (std::uint32_t i = 0; i < changes.size(); ++i) {
    changes[i].rebuild = i;
    review.rebuilds.push_back(step(changes[i]));
    review.rebuilds.back().distance = i;
    if (i > 0) review.rebuilds.back().towards = i - 1;
  }
  Change relicensed = unchanged({"lz4"}, seed + 5);
  relicensed.kind = ChangeKind::metadata_only;
  relicensed.base_metadata = metadata("lz4", "1.9", {"pkgs/lz4/default.nix", 3, 3});
  relicensed.head_metadata = relicensed.base_metadata;
  relicensed.head_metadata->licences = {"0BSD", "GPL-2.0-only"};
  relicensed.aspects = {MetadataAspect::licences};
  relicensed.direct = true;
  changes.push_back(relicensed);
  for (std::uint32_t i = 0; i < 40; ++i) changes.push_back(unchanged({"tools", fmt::format("tool{:02}", i)}, seed + 100 + i));
  std::vector<RebuiltDerivation> rebuilds = std::move(review.rebuilds);
  JobReview made = job(system, std::move(changes), 18);
  made.rebuilds = std::move(rebuilds);
  made.origins = {xz_origin(4)};
  return made;
}

std::string made_up_name(Dice& dice) {
  static constexpr std::array kFirst = {"lib",  "go-",   "open", "net",  "data",  "web",  "font-",
                                        "auto", "crypt", "text", "http", "image", "audio"};
  static constexpr std::array kSecond = {"arch", "proto", "view",   "parse", "stream", "graph", "cache",
                                         "sync", "fetch", "render", "shell", "tools",  "mark"};
  // One after the other: the order of evaluating arguments is the compiler's.
  const std::string_view first = kFirst.at(dice.below(kFirst.size()));
  const std::string_view second = kSecond.at(dice.below(kSecond.size()));
  return fmt::format("{}{}{}", first, second, dice.below(1000));
}

AttributePath made_up_path(Dice& dice, const std::string& name) {
  const std::uint32_t roll = dice.below(20);
  if (roll < 7) return {"python3Packages", name};
  if (roll < 10) return {"haskellPackages", name};
  if (roll < 12) return {"perlPackages", name};
  if (roll < 13) return {"gnome", "extensions", name};
  return {name};
}

AttributeResult failing(std::string message, SourcePosition position) {
  return EvaluationError{.message = std::move(message), .position = std::move(position)};
}

}  // namespace

std::string hostile_text(std::uint32_t seed) {
  static constexpr std::array kPieces = {"<script>alert(1)</script>",
                                         "</script><img src=x onerror=alert(1)>",
                                         "@everyone",
                                         "#12",
                                         "owner/repo#1",
                                         "GH-1",
                                         "https://example.invalid/x",
                                         "www.example.invalid",
                                         "[a](javascript:alert(1))",
                                         "![b](c)",
                                         "|",
                                         "\\|",
                                         "`",
                                         "```",
                                         "~~~",
                                         "\n",
                                         "\n\n",
                                         "\r",
                                         "<!--",
                                         "-->",
                                         "](",
                                         "**",
                                         "__",
                                         "\\",
                                         "&lt;",
                                         "&#64;",
                                         "\x1b[31m",
                                         "\xe2\x80\xae",
                                         "\xff",
                                         "deadbeefdeadbeef",
                                         ":tada:",
                                         "a@b.cc",
                                         "$x$",
                                         "\n# heading\n",
                                         "\n- item",
                                         "\t",
                                         "</details>",
                                         "<details open>",
                                         "\" onload=\"x",
                                         "' onload='x",
                                         "plain",
                                         "word",
                                         "12,345",
                                         "日本",
                                         "\u2028"};
  Dice dice(seed);
  std::string text;
  for (std::uint32_t i = dice.below(12); i > 0; --i) text += kPieces.at(dice.below(kPieces.size()));
  return text;
}

Review bump_sample() { return reviewed({bump_job("x86_64-linux", 1000), bump_job("aarch64-linux", 2000)}); }

Review mass_sample(std::uint32_t attributes) {
  Dice dice(7);
  std::vector<Change> changes = {rebuilt({"xz"}, "xz", "5.4.1", "5.4.2", 1)};
  std::vector<RebuiltDerivation> rebuilds = {step(changes[0])};
  changes[0].rebuild = 0;
  for (std::uint32_t i = 1; i < attributes; ++i) {
    const std::string name = fmt::format("{}-{}", made_up_name(dice), i);
    const std::uint32_t major = dice.below(12);
    const std::string version = fmt::format("{}.{}", major, dice.below(40));
    Change change = rebuilt(made_up_path(dice, name), name, version, version, 10 + i);
    change.head_metadata->maintainers = {fmt::format("person{}", dice.below(300))};
    change.base_metadata = change.head_metadata;
    change.rebuild = i;
    const std::uint32_t towards = dice.below(dice.below(2) == 0 ? std::min(i, 40U) : i);
    rebuilds.push_back(step(change));
    rebuilds.back().towards = towards;
    rebuilds.back().distance = rebuilds[towards].distance + 1;
    changes.push_back(std::move(change));
  }
  for (std::uint32_t i = 0; i < attributes / 4; ++i) changes.push_back(unchanged({fmt::format("untouched{}", i)}, 7'000'000 + i));
  JobReview made = job("x86_64-linux", std::move(changes), attributes + 120);
  made.rebuilds = std::move(rebuilds);
  made.origins = {xz_origin(attributes)};
  return reviewed({std::move(made)});
}

Review hostile_sample() {
  std::vector<Change> changes;
  const auto add = [&changes](AttributePath path, ChangeKind kind, std::optional<AttributeResult> base,
                              std::optional<AttributeResult> head) {
    changes.push_back({.path = std::move(path), .kind = kind, .base = std::move(base), .head = std::move(head)});
  };
  const SourcePosition shared{"pkgs/build-support/fetchurl/default.nix", 112, 5};
  for (const std::string name : {"alpha", "beta", "gamma", "<b>delta</b>", "@epsilon #1"}) {
    add({name}, ChangeKind::newly_erroring, derivation("x-1.0", 1),
        failing("error: attribute 'sha265' missing\nDid you mean sha256?", shared));
  }
  add({"</script><script>alert(1)</script>"}, ChangeKind::newly_erroring, derivation("x-1.0", 2),
      failing("error: ```\n</pre></script><img src=x onerror=alert(1)>\n@everyone look at #1 \x1b[31mred\n| a | b |\n|---|---|\n``````\n",
              {"pkgs/\"><b>.nix", 3, 0}));
  add({"` | @alice [x](javascript:alert(1))"}, ChangeKind::newly_erroring, derivation("x-1.0", 3),
      EvaluationError{.failure = EvaluationFailure::timed_out, .message = "stopped after 300 s", .position = {}});
  add({"fresh"}, ChangeKind::added, {}, derivation("fresh-0.1", 4));
  add({"dropped"}, ChangeKind::removed, derivation("dropped-3.1", 5), {});
  add({"turned-into-a-set"}, ChangeKind::removed, derivation("turned-1", 6), AttributeSet{.recursed = true});
  add({"game"}, ChangeKind::newly_refused, derivation("game-1.0", 7), Refusal{{RefusalReason::broken, RefusalReason::insecure}});
  add({"mended"}, ChangeKind::error_fixed, failing("error: assertion failed", {"a.nix", 1, 1}), derivation("mended-0.9", 8));
  add({"rotten"}, ChangeKind::still_erroring, failing("error: old", {"a.nix", 1, 1}), failing("error: old", {"a.nix", 1, 1}));
  add({"oldTool"}, ChangeKind::still_refused, Refusal{{RefusalReason::broken}}, Refusal{{RefusalReason::broken}});
  for (Change& change : changes) {
    if (change.path.names().front() != "game" && change.path.names().front() != "</script><script>alert(1)</script>") continue;
    change.direct = true;
    change.base_metadata = metadata("game", "1.0", {"pkgs/<game>/default.nix", 3, 1});
    change.head_metadata = change.base_metadata;
    change.head_metadata->broken = true;
    change.head_metadata->insecure = true;
    change.head_metadata->vulnerabilities = {"CVE-2024-1 <b>bad</b>", "see https://example.invalid/@x"};
    change.head_metadata->maintainers = {"@mallory", "<i>eve</i>"};
    change.aspects = differing_aspects(change.base_metadata, change.head_metadata);
  }
  Review review = reviewed({job("x86_64-linux", std::move(changes), 2)});
  review.base_name = "origin/\x1b[32mmain";
  review.head_name = "feature\n## ✅ merge";
  review.notes = {"a note with \x1b]8;;http://example.invalid\x1b\\a link\x1b]8;;\x1b\\ and \xc0\x80 bytes, @everyone"};
  review.sandboxed = false;
  return review;
}

Review conflict_sample() {
  Review review = reviewed({});
  review.merged_tree.reset();
  review.conflicts = {{.path = "pkgs/hello/default.nix", .message = "CONFLICT (content): Merge conflict in pkgs/hello/default.nix"},
                      {.path = "pkgs/\x1b[2J<evil>\n.nix", .message = "CONFLICT (modify/delete): deleted in HEAD"}};
  review.verdict = review::judge(review, {});
  return review;
}

}  // namespace ekaci::report
