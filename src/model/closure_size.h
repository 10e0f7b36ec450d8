#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/attribute_path.h"
#include "model/store_path.h"

/// What outputs take on disk, and what they keep on it (product.md: *sizes*, *retained dependencies*). Bytes are those of the NAR
/// serialisation, as Nix counts them; a closure counts each of its paths once.
namespace ekaci {

/// What a store says of a valid path.
struct PathInfo {
  StorePath path;
  std::uint64_t nar_size = 0;           ///< bytes
  std::string nar_hash{};               ///< `sha256:` and lower-case hexadecimal
  std::vector<StorePath> references{};  ///< in path order; the path itself where it refers to itself
  friend bool operator==(const PathInfo&, const PathInfo&) = default;
};

/// One output of an attribute's derivations, by name. A side is empty where it has no such output, or it is not known.
struct OutputSize {
  std::string name;
  std::optional<std::uint64_t> base{};
  std::optional<std::uint64_t> head{};
  friend bool operator==(const OutputSize&, const OutputSize&) = default;
};

/// Two sides of one size; a side is empty where something of it is not known. Never zero for unknown.
struct SizePair {
  std::optional<std::uint64_t> base{};
  std::optional<std::uint64_t> head{};
  /// head - base; nullopt where either is not known.
  [[nodiscard]] std::optional<std::int64_t> difference() const;
  friend bool operator==(const SizePair&, const SizePair&) = default;
};

/// All paths of a closure that bear the same name without version, on both sides.
struct PackageSize {
  std::string name;  ///< hostile text
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  friend bool operator==(const PackageSize&, const PackageSize&) = default;
};

/// What a change does to the size of one attribute.
struct SizeChange {
  static constexpr std::size_t kMostResponsible = 5;
  std::vector<OutputSize> outputs{};       ///< by name
  SizePair closure{};                      ///< all its outputs with everything that they refer to
  SizePair build_closure{};                ///< all that has to be there to build it
  std::vector<PackageSize> responsible{};  ///< what the closure's difference comes from, the largest difference first
  friend bool operator==(const SizeChange&, const SizeChange&) = default;
};

/// What happened to a dependency in a runtime closure.
enum class RetainedKind {
  gained,           ///< head's closure has it, under no version did base's
  lost,             ///< base's had it
  version_changed,  ///< both have it, in other versions
};
/// As it appears in JSON: `version_changed`.
std::string_view to_string(RetainedKind kind);
std::optional<RetainedKind> parse_retained_kind(std::string_view text);

/// A package that runtime closures of changed attributes gained or lost, or keep in another version; the same change to several
/// attributes is one. Attributes whose sides are not both known tell nothing here.
struct RetainedDependency {
  RetainedKind kind = RetainedKind::gained;
  std::string name;                          ///< without version; hostile text
  std::vector<std::string> base_versions{};  ///< ascending; an empty text for paths without a version
  std::vector<std::string> head_versions{};
  std::uint64_t base_bytes = 0;  ///< of its paths in the example's closure
  std::uint64_t head_bytes = 0;
  std::uint64_t attributes = 0;  ///< whose closures change so
  AttributePath example{};       ///< the first of them
  std::vector<StorePath> way{};  ///< from an output of the example to the dependency, both included: a shortest way at head, at base
                                 ///< where it was lost
  friend bool operator==(const RetainedDependency&, const RetainedDependency&) = default;
};

/// How much an attribute's runtime closure may grow (repository configuration: `size_check`).
struct SizeCheck {
  double max_increase_percent = 0;
  friend bool operator==(const SizeCheck&, const SizeCheck&) = default;
};

}  // namespace ekaci
