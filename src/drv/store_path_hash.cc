#include "drv/store_path_hash.h"

#include <fmt/core.h>

#include <cstddef>

#include "base/sha256.h"

namespace ekaci::drv {
namespace {

/// Nix's compressHash (libutil/hash.cc): what is too long is folded over.
StoreHash fold(const Sha256& digest) {
  StoreHash hash{};
  for (std::size_t n = 0; n < digest.size(); ++n) hash[n % hash.size()] ^= digest[n];
  return hash;
}

}  // namespace

Result<StorePath> store_path_of(std::string_view type, std::string_view hash, std::string_view name) {
  return StorePath::from_parts(fold(sha256(fmt::format("{}:sha256:{}:{}:{}", type, hash, StorePath::kStoreDirectory, name))), name);
}

}  // namespace ekaci::drv
