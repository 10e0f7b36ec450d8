#include "engine/build_traits.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.h"

namespace ekaci::engine {
namespace {

constexpr std::string_view kFeatures = "requiredSystemFeatures";
constexpr std::string_view kLocal = "preferLocalBuild";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t\n\r", start), text.size());
    if (end > start) words.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

/// From `__json`; what is not as Nix wants it to be is not there.
void read_structured(std::string_view text, BuildTraits& traits) {
  const nlohmann::json attributes = nlohmann::json::parse(text, nullptr, false);
  if (!attributes.is_object()) return;
  if (const auto features = attributes.find(kFeatures); features != attributes.end() && features->is_array()) {
    for (const nlohmann::json& feature : *features) {
      if (feature.is_string()) traits.required_features.push_back(feature.get<std::string>());
    }
  }
  const auto local = attributes.find(kLocal);
  traits.prefer_local = local != attributes.end() && local->is_boolean() && local->get<bool>();
}

void read_environment(const drv::Derivation& derivation, BuildTraits& traits) {
  if (const std::string* features = derivation.variable(kFeatures)) traits.required_features = words_of(*features);
  const std::string* local = derivation.variable(kLocal);
  traits.prefer_local = local != nullptr && *local == "1";
}

}  // namespace

BuildTraits traits_of(const drv::Derivation& derivation) {
  BuildTraits traits{.system = derivation.system};
  traits.fixed_output = std::ranges::any_of(
      derivation.outputs, [](const drv::Output& output) { return std::holds_alternative<drv::FixedOutput>(output.address); });
  if (const std::string* structured = derivation.variable("__json")) {
    read_structured(*structured, traits);
  } else {
    read_environment(derivation, traits);
  }
  return traits;
}

}  // namespace ekaci::engine
