#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/ports.h"
#include "model/attribute.h"
#include "nix/scratch.h"

namespace ekaci::nix {

/// Reads the derivations of an evaluation's private store, and keeps that store while it lives; several may read one. What wrote
/// it ran hostile code, and may still run: a derivation is believed only where its path is that of its bytes.
class StoreReader final : public engine::DerivationReader {
 public:
  explicit StoreReader(std::shared_ptr<const Scratch> scratch) : scratch_(std::move(scratch)) {}

  /// Fills in name and outputs of every attribute that is a derivation. One whose derivation, or one below it, is missing or is
  /// not what its path says becomes an error. Before any other thread has this.
  void complete(std::vector<Attribute>& attributes);

  Status read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) override;

 private:
  Result<DerivationRecord> load(const StorePath& path) const;

  std::shared_ptr<const Scratch> scratch_;
  std::unordered_set<StorePath> verified_;  ///< with everything below
};

/// A derivation's outputs in the order that it names them in.
Result<std::vector<std::string>> outputs_of(std::string_view aterm);

}  // namespace ekaci::nix
