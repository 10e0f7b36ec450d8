#include "engine/read_derivations.h"

#include <optional>
#include <unordered_set>
#include <utility>

namespace ekaci::engine {

Status parse_derivations(DerivationReader& reader, std::span<const StorePath> paths,
                         const std::function<void(const StorePath&, drv::Derivation)>& use) {
  const std::unordered_set<StorePath> wanted(paths.begin(), paths.end());
  const auto is_another = [&wanted](const StorePath& path) { return !wanted.contains(path); };
  Status parsed;
  const Status read = reader.read_closure(paths, is_another, [&](const DerivationRecord& record) {
    Result<drv::Derivation> derivation = drv::parse(record.aterm);
    if (derivation) {
      use(record.path, std::move(*derivation));
    } else {
      parsed = fail(derivation.error(), record.path.to_string());
    }
  });
  return read ? parsed : read;
}

Result<drv::Derivation> read_derivation(DerivationReader& reader, const StorePath& path) {
  std::optional<drv::Derivation> found;
  const Status read = parse_derivations(reader, std::span(&path, 1),
                                        [&found](const StorePath& /*path*/, drv::Derivation derivation) { found = std::move(derivation); });
  if (!read) return fail(read.error());
  if (!found) return fail(ErrorCode::not_found, "the derivation {} is not known", path.to_string());
  return std::move(*found);
}

}  // namespace ekaci::engine
