#include "engine/foremost.h"

#include <algorithm>
#include <filesystem>

namespace ekaci::engine {
namespace {

/// Of a change to more files than this, none is what the change is about.
constexpr std::size_t kMaxFiles = 200;
constexpr std::size_t kMaxPaths = 500;

void add_names(std::set<std::string>& names, const std::string& file) {
  for (const std::filesystem::path& part : std::filesystem::path(file)) names.insert(part.stem().string());
}

}  // namespace

Foremost foremost_of(std::span<const std::string> changed_files, const Evaluation* known) {
  Foremost foremost;
  if (changed_files.size() > kMaxFiles) return foremost;
  for (const std::string& file : changed_files) add_names(foremost.names, file);
  if (known == nullptr) return foremost;
  for (const Attribute& attribute : known->attributes) {
    if (foremost.paths.size() == kMaxPaths) break;
    if (!attribute.metadata || !attribute.metadata->position) continue;
    if (std::ranges::binary_search(changed_files, attribute.metadata->position->file)) foremost.paths.insert(attribute.path);
  }
  return foremost;
}

}  // namespace ekaci::engine
