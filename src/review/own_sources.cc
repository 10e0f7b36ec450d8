#include "review/own_sources.h"

#include <algorithm>

#include "base/text.h"

namespace ekaci::review {

ChangedFiles::ChangedFiles(std::span<const std::string> files) : files_(files) {
  for (const std::string& file : files) {
    for (const std::string_view name : split(file, '/')) names_.insert(name);
  }
}

bool ChangedFiles::have_one_below(std::string_view directory) const {
  const std::string start = std::string(directory) + "/";
  const auto first = std::ranges::lower_bound(files_, start);
  return first != files_.end() && first->starts_with(start);
}

bool ChangedFiles::hold_a_source(const DerivationDifference& difference, const std::optional<SourcePosition>& position) const {
  if (difference.sources.empty()) return false;
  const auto is_named = [this](const PathDifference& source) {
    const std::optional<StorePath>& path = source.head ? source.head : source.base;
    return path && names_.contains(path->name());
  };
  if (std::ranges::any_of(difference.sources, is_named)) return true;
  if (!position) return false;
  // At the tree's root everything is below.
  const std::size_t slash = position->file.rfind('/');
  return slash != std::string::npos && have_one_below(std::string_view(position->file).substr(0, slash));
}

}  // namespace ekaci::review
