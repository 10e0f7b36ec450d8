#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "report/samples_test.h"

namespace ekaci::report {
namespace {

using review::JobSides;

Metadata metadata(const std::string& pname, const std::string& version, SourcePosition position) {
  return {.pname = pname,
          .version = version,
          .description = "The package " + pname,
          .licences = {"GPL-3.0-or-later"},
          .maintainers = {"alice"},
          .vulnerabilities = {},
          .position = std::move(position)};
}

/// A package as an evaluation has it: `seed` makes its derivation.
Attribute package(AttributePath path, std::uint32_t seed, Metadata about) {
  const std::string name = about.version.empty() ? about.pname : about.pname + "-" + about.version;
  return {std::move(path), sample_derivation(name, seed), std::move(about)};
}

Metadata changed(Metadata metadata, const std::string& version, std::vector<std::string> maintainers) {
  metadata.version = version;
  metadata.maintainers = std::move(maintainers);
  return metadata;
}

StorePath store_path(const std::string& name, std::uint32_t seed) { return sample_derivation(name, seed).path; }

void set_way(JobReview& job, const AttributePath& path, std::uint32_t step) {
  const auto found = std::ranges::find(job.changes, path, &Change::path);
  if (found != job.changes.end() && derivation_of(found->head) != nullptr) found->rebuild = step;
}

DerivationDifference source_difference(const std::string& before, const std::string& after) {
  return {.fields = {{"name", before, after}},
          .environment = {{"urls", "https://example.org/releases/" + before + " https://mirror.example.org/archive/old/" + before,
                           "https://example.org/releases/" + after + " https://mirror.example.org/archive/old/" + after}},
          .outputs = {{"out", "fixed sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                       "fixed sha256 5d41402abc4b2a76b9719d911017c592a1b2c3d4e5f60718293a4b5c6d7e8f90"}}};
}

/// A new version of one package that one other is built from.
JobReview leaf_job(const std::string& system) {
  const SourcePosition place{"pkgs/hello/default.nix", 12, 3};
  const Metadata before = metadata("hello", "2.12", place);
  Metadata after = changed(before, "2.12.1", {"alice", "bob"});
  after.licences = {"GPL-3.0-or-later", "MIT"};
  const Metadata wrapper = metadata("hello-wrapped", "", {"pkgs/hello/wrapper.nix", 4, 1});
  const std::array<std::string, 1> files = {"pkgs/hello/default.nix"};
  JobSides sides{.job = "ci", .system = system, .rebuild_count = 3, .changed_files = files};
  sides.base.evaluation = {.attributes = {package({"hello"}, 1, before), package({"helloWrapped"}, 2, wrapper)}, .cost = {}, .notes = {}};
  sides.head.evaluation = {.attributes = {package({"hello"}, 11, after), package({"helloWrapped"}, 12, wrapper)}, .cost = {}, .notes = {}};
  sides.base.reused = true;
  JobReview job = review::review_job(std::move(sides)).value();
  job.rebuilds = {{.head = store_path("hello-2.12.1.tar.gz", 10), .base = store_path("hello-2.12.tar.gz", 0)},
                  {.head = store_path("hello-2.12.1", 11), .base = store_path("hello-2.12", 1), .towards = 0, .distance = 1},
                  {.head = store_path("hello-wrapped", 12), .base = store_path("hello-wrapped", 2), .towards = 1, .distance = 2}};
  set_way(job, {"hello"}, 1);
  set_way(job, {"helloWrapped"}, 2);
  job.origins = {
      {.attributes = 2,
       .explained = 2,
       .derivations = 3,
       .difference = source_difference("hello-2.12.tar.gz", "hello-2.12.1.tar.gz"),
       .position = place,
       .lines = {{{"pkgs/hello/default.nix", 6, 0}, "  version = \"2.12.1\";"},
                 {{"pkgs/hello/default.nix", 9, 0}, "    hash = \"sha256-5d41402abc4b2a76b9719d911017c592a1b2c3d4e5f6071=\";"}}}};
  return job;
}

constexpr std::array<std::pair<std::string_view, int>, 4> kSets = {{{"", 23}, {"python3Packages", 57}, {"perlPackages", 9}, {"llvm", 1}}};

struct Sides {
  std::vector<Attribute> base;
  std::vector<Attribute> head;
};

void add_rebuilt_packages(Sides& sides) {
  std::uint32_t seed = 1000;
  for (const auto& [set, number] : kSets) {
    for (int i = 0; i < number; ++i, ++seed) {
      const std::string name = fmt::format("package{:02}", i);
      const AttributePath path = set.empty() ? AttributePath{name} : AttributePath{std::string(set), name};
      const Metadata about = metadata(name, "1.0", {fmt::format("pkgs/{}/default.nix", name), 1, 1});
      sides.base.push_back(package(path, seed, about));
      sides.head.push_back(package(path, seed + 5000, about));
    }
  }
}

void add_direct_changes(Sides& sides) {
  const Metadata xz = metadata("xz", "5.4.1", {"pkgs/xz/default.nix", 12, 3});
  sides.base.push_back(package({"xz"}, 1, xz));
  sides.head.push_back(package({"xz"}, 2, changed(xz, "5.4.2", {"alice"})));
  const Metadata requests = metadata("requests", "2.30.0", {"pkgs/python/requests.nix", 7, 3});
  for (const std::string set : {"python310Packages", "python311Packages"}) {
    sides.base.push_back(package({set, "requests"}, 31, requests));
    sides.head.push_back(package({set, "requests"}, 32, changed(requests, "2.31.0", {"alice"})));
  }
  Metadata pixz = metadata("pixz", "1.0.7", {"pkgs/pixz.nix", 3, 3});
  sides.base.push_back(package({"pixz"}, 3, pixz));
  sides.head.push_back(package({"pixz"}, 3, changed(pixz, "1.0.7", {"carol"})));
  Metadata old = metadata("oldtool", "0.9", {"pkgs/oldtool.nix", 3, 3});
  sides.base.push_back(package({"oldtool"}, 4, old));
  old.broken = true;
  sides.head.push_back({{"oldtool"}, Refusal{{RefusalReason::broken}}, old});
  sides.head.push_back(package({"xzDoc"}, 5, changed(metadata("xz-doc", "", {"pkgs/xz/doc.nix", 2, 3}), "5.4.2", {})));
  sides.base.push_back(package({"xzLegacy"}, 6, metadata("xz-legacy", "5.2", {"pkgs/xz/legacy.nix", 2, 3})));
  // Of three that fail alike it is the second whose own file has the error.
  for (const std::string name : {"aaBindings", "lzmaBindings", "zzBindings"}) {
    sides.base.push_back(package({"python3Packages", name}, 7, metadata(name, "1.0", {"pkgs/python/" + name + ".nix", 2, 3})));
    sides.head.push_back(
        {{"python3Packages", name},
         EvaluationError{.message = "error: attribute 'lzma' missing", .position = SourcePosition{"pkgs/python/lzmaBindings.nix", 9, 17}}});
  }
}

void set_ways(JobReview& job) {
  job.rebuilds = {{.head = store_path("xz-5.4.2.tar.gz", 200), .base = store_path("xz-5.4.1.tar.gz", 201)},
                  {.head = store_path("wrap-hook.sh", 202), .base = store_path("wrap-hook.sh", 203), .origin = 1},
                  {.head = store_path("fix.patch", 204), .base = store_path("fix.patch", 205), .origin = 2},
                  {.head = store_path("xz-5.4.2", 2), .base = store_path("xz-5.4.1", 1), .towards = 0, .distance = 1}};
  set_way(job, {"xz"}, 3);
  set_way(job, {"xzDoc"}, 3);
  for (Change& change : job.changes) {
    if (change.kind != ChangeKind::rebuilt || change.rebuild) continue;
    const bool wrapped = change.path.names().size() > 1 && change.path.names().back() == "package08";
    const auto& base = std::get<EvaluatedDerivation>(*change.base);
    const auto& head = std::get<EvaluatedDerivation>(*change.head);
    change.rebuild = static_cast<std::uint32_t>(job.rebuilds.size());
    job.rebuilds.push_back(
        {.head = head.path, .base = base.path, .towards = wrapped ? 1 : 3, .distance = wrapped ? 1U : 2U, .origin = wrapped ? 1U : 0U});
  }
}

/// A new version of a package that nearly everything is built from, and what else comes with such a change.
JobReview world_job() {
  Sides attributes;
  add_rebuilt_packages(attributes);
  add_direct_changes(attributes);
  std::ranges::sort(attributes.base, {}, &Attribute::path);
  std::ranges::sort(attributes.head, {}, &Attribute::path);
  const std::array<std::string, 8> files = {"pkgs/oldtool.nix",         "pkgs/pixz.nix",       "pkgs/python/lzmaBindings.nix",
                                            "pkgs/python/requests.nix", "pkgs/xz/default.nix", "pkgs/xz/doc.nix",
                                            "pkgs/xz/fix.patch",        "pkgs/xz/legacy.nix"};
  JobSides sides{.job = "ci", .system = "x86_64-linux", .rebuild_count = 2311, .changed_files = files};
  sides.base.evaluation = {.attributes = std::move(attributes.base), .cost = {}, .notes = {}};
  sides.head.evaluation = {.attributes = std::move(attributes.head), .cost = {}, .notes = {}};
  sides.base.reused = true;
  JobReview job = review::review_job(std::move(sides)).value();
  set_ways(job);
  job.origins = {{.derivation = 0,
                  .attributes = 92,
                  .explained = 92,
                  .derivations = 2209,
                  .difference = source_difference("xz-5.4.1.tar.gz", "xz-5.4.2.tar.gz"),
                  .position = SourcePosition{"pkgs/xz/default.nix", 12, 3},
                  .lines = {{{"pkgs/xz/default.nix", 12, 0}, "  version = \"5.4.2\";"}}},
                 {.derivation = 1,
                  .attributes = 2,
                  .explained = 2,
                  .derivations = 100,
                  .difference = DerivationDifference{.arguments = {{"2", "-e builder.sh", std::nullopt}},
                                                     .sources = {{store_path("wrap.sh", 300), store_path("wrap.sh", 301)}}}},
                 {.derivation = 2,
                  .derivations = 1,
                  .difference = DerivationDifference{
                      .environment = {{"url", "http://example.org/fix.patch", "https://example.org/fix.patch"}}, .same_outputs = true}}};
  return job;
}

}  // namespace

Review leaf_sample() {
  Review review = sample_review({leaf_job("x86_64-linux"), leaf_job("aarch64-linux")});
  review.changed_paths = {"pkgs/hello/default.nix"};
  return review;
}

Review world_sample() {
  Review review = sample_review({world_job()});
  review.changed_files = 8;
  review.changed_paths = {"pkgs/oldtool.nix", "pkgs/xz/default.nix", "pkgs/\xff\n.nix"};
  return review;
}

}  // namespace ekaci::report
