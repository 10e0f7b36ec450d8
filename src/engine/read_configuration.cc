#include "engine/read_configuration.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ekaci::engine {
namespace {

/// Where it may lie, best first.
constexpr std::array<std::string_view, 2> kFiles = {".ekaci/config.json", ".eka-ci/config.json"};
constexpr std::uint64_t kLargest = std::uint64_t{1} << 20U;

}  // namespace

Result<std::optional<RepositoryConfiguration>> read_configuration(Repository& repository, ConfigurationParser& parser, const TreeId& tree) {
  for (const std::string_view file : kFiles) {
    const Result<std::optional<std::string>> text = repository.read_file(tree, file, kLargest);
    if (!text) return fail(text.error());
    const std::optional<std::string>& content = *text;
    if (!content) continue;
    Result<RepositoryConfiguration> parsed = parser.parse(*content, file);
    if (!parsed) return fail(parsed.error());
    parsed->file = file;
    if (file != kFiles.front()) {
      parsed->notes.push_back(fmt::format("the configuration was read from {}; its new place is {}", file, kFiles.front()));
    }
    return std::move(*parsed);
  }
  return std::nullopt;
}

}  // namespace ekaci::engine
