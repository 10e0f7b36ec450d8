#include "engine/read_derivations.h"

#include <unordered_set>

namespace ekaci::engine {

Status read_derivations(DerivationReader& reader, std::span<const StorePath> paths, const DerivationReader::Sink& sink) {
  const std::unordered_set<StorePath> wanted(paths.begin(), paths.end());
  return reader.read_closure(paths, [&wanted](const StorePath& path) { return !wanted.contains(path); }, sink);
}

}  // namespace ekaci::engine
