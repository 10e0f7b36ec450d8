// Sizes of a package set all of which is rebuilt: 12,000 attributes whose runtime closures have some 300 paths on each side.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "review/measure.h"

namespace ekaci::review {
namespace {

constexpr std::uint32_t kAttributes = 12'000;
constexpr std::uint32_t kLibraries = 299;
constexpr std::uint32_t kTools = 3'000;  ///< what is only built with
constexpr std::uint32_t kReferences = 8;

enum Side : std::uint8_t { base, head };
enum Layer : std::uint8_t { library, tool, output, derivation };

StorePath path_of(Side side, Layer layer, std::uint32_t number, const std::string& version) {
  std::uint64_t mixed = (std::uint64_t{number} << 8U) + (std::uint64_t{layer} << 4U) + side + 1;
  StoreHash hash{};
  for (std::uint8_t& byte : hash) {
    mixed = mixed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    byte = static_cast<std::uint8_t>(mixed >> 56U);
  }
  return StorePath::from_parts(hash, "package" + std::to_string(layer) + "-n" + std::to_string(number) + "-" + version).value();
}

struct Set {
  std::unordered_map<StorePath, PathInfo> infos{};
  std::unordered_map<StorePath, Making> makings{};
  std::vector<JobReview> jobs{1};
};

class Maker {
 public:
  /// `head_version` is that of all libraries at head; of base it is `1`.
  explicit Maker(std::string head_version) : head_version_(std::move(head_version)) {}

  Set make() {
    for (const Side side : {base, head}) {
      for (std::uint32_t n = 0; n < kLibraries; ++n) add(side, library, n, below(side, library, n));
      for (std::uint32_t n = 0; n < kTools; ++n) add(side, tool, n, below(side, tool, n));
    }
    for (std::uint32_t n = 0; n < kAttributes; ++n) add_attribute(n);
    return std::move(set_);
  }

 private:
  [[nodiscard]] StorePath path(Side side, Layer layer, std::uint32_t number) const {
    return path_of(side, layer, number, side == head && layer == library ? head_version_ : "1");
  }

  void add(Side side, Layer layer, std::uint32_t number, std::vector<StorePath> references) {
    PathInfo info{.path = path(side, layer, number), .nar_size = 1000 + number + side};
    info.references = std::move(references);
    set_.infos.emplace(info.path, info);
  }

  [[nodiscard]] std::vector<StorePath> below(Side side, Layer layer, std::uint32_t number) const {
    std::vector<StorePath> references;
    for (std::uint32_t step = 1; step <= kReferences && step * step <= number; ++step)
      references.push_back(path(side, layer, number - step * step));
    return references;
  }

  void add_attribute(std::uint32_t number) {
    Change change;
    change.path = AttributePath{"attribute" + std::to_string(number)};
    change.kind = ChangeKind::rebuilt;
    for (const Side side : {base, head}) {
      add(side, output, number, {path(side, library, kLibraries - 1)});
      const StorePath made_by = path(side, derivation, number);
      Making& making = set_.makings[made_by];
      making.outputs = {{"out", path(side, output, number)}};
      making.inputs = {path(side, library, kLibraries - 1), path(side, tool, 1000 + number % 2000)};
      (side == base ? change.base : change.head) = EvaluatedDerivation{.path = made_by, .name = {}, .outputs = {"out"}};
    }
    change.build = BuildChange{};
    set_.jobs.front().changes.push_back(std::move(change));
  }

  std::string head_version_;
  Set set_;
};

void measure_set(benchmark::State& state, const std::string& head_version) {
  Set set = Maker(head_version).make();
  const auto find = [](const auto& map, const StorePath& path) {
    const auto found = map.find(path);
    return found == map.end() ? nullptr : &found->second;
  };
  const Measurements known{.info = [&](const StorePath& path) { return find(set.infos, path); },
                           .making = [&](const StorePath& path) { return find(set.makings, path); }};
  for ([[maybe_unused]] const auto& round : state) measure_changes(set.jobs, known);
  const Change& last = set.jobs.front().changes.back();
  state.counters["retained"] = static_cast<double>(last.retained.size());
  state.counters["closure"] = static_cast<double>(last.size.value().closure.head.value());
  state.counters["build closure"] = static_cast<double>(last.size.value().build_closure.head.value());
}

void rebuilt_as_it_was(benchmark::State& state) { measure_set(state, "1"); }
void every_library_in_a_new_version(benchmark::State& state) { measure_set(state, "2"); }

BENCHMARK(rebuilt_as_it_was)->Unit(benchmark::kMillisecond);
BENCHMARK(every_library_in_a_new_version)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ekaci::review

BENCHMARK_MAIN();
