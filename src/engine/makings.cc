#include "engine/makings.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/result.h"
#include "drv/derivation.h"
#include "engine/read_derivations.h"

namespace ekaci::engine {
namespace {

review::Making made_by(const drv::Derivation& derivation) {
  review::Making making;
  for (const drv::Output& output : derivation.outputs) {
    std::optional<StorePath> path = output.path();
    making.all_outputs = making.all_outputs && path.has_value();
    if (path) making.outputs.emplace_back(output.name, std::move(*path));
  }
  return making;
}

/// Outputs of derivations, each once, by small numbers: the same few are used by many.
class UsedOutputs {
 public:
  std::uint32_t number_of(const StorePath& derivation, const std::string& output) {
    const auto [place, is_new] =
        numbers_.try_emplace({derivation, output}, static_cast<std::uint32_t>(std::min<std::size_t>(numbers_.size(), UINT32_MAX)));
    return place->second;
  }
  [[nodiscard]] std::vector<StorePath> derivations() const {
    std::vector<StorePath> all;
    for (const auto& [used, number] : numbers_) {
      if (all.empty() || all.back() != used.first) all.push_back(used.first);
    }
    return all;
  }
  /// The path of each, by its number; nullopt where it is not known.
  [[nodiscard]] std::vector<std::optional<StorePath>> paths(const std::unordered_map<StorePath, review::Making>& makings) const {
    std::vector<std::optional<StorePath>> paths(numbers_.size());
    for (const auto& [used, number] : numbers_) {
      const auto making = makings.find(used.first);
      if (making == makings.end()) continue;
      const auto& outputs = making->second.outputs;
      const auto output = std::ranges::find(outputs, used.second, &std::pair<std::string, StorePath>::first);
      if (output != outputs.end()) paths[number] = output->second;
    }
    return paths;
  }

 private:
  std::map<std::pair<StorePath, std::string>, std::uint32_t> numbers_{};
};

/// One reading of many derivations.
class Reading {
 public:
  Makings run(DerivationReader& reader, std::span<const StorePath> derivations) {
    note(parse_derivations(reader, derivations,
                           [this](const StorePath& path, const drv::Derivation& derivation) { add(path, derivation); }));
    const std::vector<std::optional<StorePath>> paths = used_.paths(makings_of_used(reader));
    for (auto& [derivation, making] : makings_.by_derivation) {
      for (const std::uint32_t number : uses_.at(derivation)) add_input(making, paths[number]);
      std::ranges::sort(making.inputs);
      const auto doubles = std::ranges::unique(making.inputs);
      making.inputs.erase(doubles.begin(), doubles.end());
    }
    return std::move(makings_);
  }

 private:
  void add(const StorePath& path, const drv::Derivation& derivation) {
    review::Making& making = makings_.by_derivation[path];
    making = made_by(derivation);
    making.inputs = derivation.input_sources;
    std::vector<std::uint32_t>& uses = uses_[path];
    for (const drv::InputDerivation& input : derivation.input_derivations) {
      for (const std::string& output : input.outputs) uses.push_back(used_.number_of(input.path, output));
    }
  }

  /// What those make that are used, whether or not they were asked for.
  std::unordered_map<StorePath, review::Making> makings_of_used(DerivationReader& reader) {
    std::unordered_map<StorePath, review::Making> makings;
    std::vector<StorePath> others;
    for (StorePath& derivation : used_.derivations()) {
      const auto known = makings_.by_derivation.find(derivation);
      if (known == makings_.by_derivation.end()) {
        others.push_back(std::move(derivation));
      } else {
        makings.emplace(std::move(derivation), review::Making{.outputs = known->second.outputs});
      }
    }
    note(parse_derivations(reader, others, [&makings](const StorePath& path, const drv::Derivation& derivation) {
      makings.insert_or_assign(path, made_by(derivation));
    }));
    return makings;
  }

  static void add_input(review::Making& making, const std::optional<StorePath>& input) {
    if (input) {
      making.inputs.push_back(*input);
    } else {
      making.all_inputs = false;
    }
  }

  void note(const Status& read) {
    if (!read)
      makings_.notes.push_back("a derivation could not be read, and sizes of what needs it are unknown: " + read.error().to_string());
  }

  Makings makings_{};
  UsedOutputs used_{};
  std::unordered_map<StorePath, std::vector<std::uint32_t>> uses_{};  ///< by the derivation that uses, numbers of outputs
};

}  // namespace

Makings read_makings(DerivationReader& reader, std::span<const StorePath> derivations) { return Reading().run(reader, derivations); }

}  // namespace ekaci::engine
