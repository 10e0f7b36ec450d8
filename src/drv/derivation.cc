#include "drv/derivation.h"

#include <algorithm>
#include <array>

namespace ekaci::drv {
namespace {

struct MethodPrefix {
  IngestionMethod method;
  std::string_view prefix;
};
// Flat is last: its prefix begins everything.
constexpr std::array kMethods = {MethodPrefix{IngestionMethod::nar, "r:"}, MethodPrefix{IngestionMethod::text, "text:"},
                                 MethodPrefix{IngestionMethod::git, "git:"}, MethodPrefix{IngestionMethod::flat, ""}};

struct AlgorithmName {
  HashAlgorithm algorithm;
  std::string_view name;
};
constexpr std::array kAlgorithms = {AlgorithmName{HashAlgorithm::md5, "md5"}, AlgorithmName{HashAlgorithm::sha1, "sha1"},
                                    AlgorithmName{HashAlgorithm::sha256, "sha256"}, AlgorithmName{HashAlgorithm::sha512, "sha512"},
                                    AlgorithmName{HashAlgorithm::blake3, "blake3"}};

}  // namespace

std::optional<ContentHashing> ContentHashing::parse(std::string_view text) {
  const auto* const method = std::ranges::find_if(kMethods, [&](const MethodPrefix& entry) { return text.starts_with(entry.prefix); });
  const std::string_view name = text.substr(method->prefix.size());
  const auto* const algorithm = std::ranges::find(kAlgorithms, name, &AlgorithmName::name);
  if (algorithm == kAlgorithms.end()) return std::nullopt;
  return ContentHashing{method->method, algorithm->algorithm};
}

std::string ContentHashing::to_string() const {
  std::string text(std::ranges::find(kMethods, method, &MethodPrefix::method)->prefix);
  text += std::ranges::find(kAlgorithms, algorithm, &AlgorithmName::algorithm)->name;
  return text;
}

std::optional<StorePath> Output::path() const {
  if (const auto* output = std::get_if<InputAddressedOutput>(&address)) return output->path;
  if (const auto* output = std::get_if<FixedOutput>(&address)) return output->path;
  return std::nullopt;
}

const std::string* Derivation::variable(std::string_view name) const {
  const auto found = std::ranges::lower_bound(environment, name, {}, &std::pair<std::string, std::string>::first);
  return found != environment.end() && found->first == name ? &found->second : nullptr;
}

}  // namespace ekaci::drv
