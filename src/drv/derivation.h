#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/store_path.h"

/// Nix's derivations as files: `Derive([outputs],[inputDrvs],[inputSrcs],system,builder,[args],[env])`. The format and its order
/// are those of Nix's libstore/derivations.cc (Derivation::unparse, parseDerivation).
namespace ekaci::drv {

/// Bytes of the largest derivation that is read; Nix itself has no bound.
inline constexpr std::size_t kMaxDerivationSize = std::size_t{64} << 20U;
/// The most entries that one list of a derivation may have.
inline constexpr std::size_t kMaxListEntries = std::size_t{1} << 18U;

/// How the content of a content-addressed output is turned into what is hashed.
enum class IngestionMethod {
  flat,  ///< one file's bytes; written without a prefix
  nar,   ///< `r:`
  text,  ///< `text:`
  git,   ///< `git:`
};

enum class HashAlgorithm { md5, sha1, sha256, sha512, blake3 };

/// How an output's content is hashed: the third field of an output.
struct ContentHashing {
  IngestionMethod method = IngestionMethod::flat;
  HashAlgorithm algorithm = HashAlgorithm::sha256;

  /// From the written form, such as `r:sha256`; nullopt where Nix knows no such.
  static std::optional<ContentHashing> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const ContentHashing&, const ContentHashing&) = default;
};

/// The path follows from how the output is made.
struct InputAddressedOutput {
  StorePath path;
  friend bool operator==(const InputAddressedOutput&, const InputAddressedOutput&) = default;
};

/// The content is known beforehand: a fetch.
struct FixedOutput {
  StorePath path;
  ContentHashing hashing;
  std::string hash;  ///< lower-case hexadecimal, as many characters as the algorithm has
  friend bool operator==(const FixedOutput&, const FixedOutput&) = default;
};

/// The path follows from the content that building gives (Nix: `ca-derivations`).
struct FloatingOutput {
  ContentHashing hashing;
  friend bool operator==(const FloatingOutput&, const FloatingOutput&) = default;
};

/// The path is known once the floating outputs among the inputs are built.
struct DeferredOutput {
  friend bool operator==(const DeferredOutput&, const DeferredOutput&) = default;
};

/// Built anew each time, with the network (Nix: `impure-derivations`).
struct ImpureOutput {
  ContentHashing hashing;
  friend bool operator==(const ImpureOutput&, const ImpureOutput&) = default;
};

using OutputAddress = std::variant<InputAddressedOutput, FixedOutput, FloatingOutput, DeferredOutput, ImpureOutput>;

struct Output {
  std::string name{};
  OutputAddress address = DeferredOutput{};

  /// The output's path where it is known before building.
  [[nodiscard]] std::optional<StorePath> path() const;
  friend bool operator==(const Output&, const Output&) = default;
};

/// A derivation that is built first, and which of its outputs are used.
struct InputDerivation {
  StorePath path;
  std::vector<std::string> outputs{};  ///< ascending, each once
  friend bool operator==(const InputDerivation&, const InputDerivation&) = default;
};

/// A derivation, as its file says it. All text is hostile and may hold any bytes. Ascending means by bytes of the text, which
/// for paths is not the order of StorePath's operators.
struct Derivation {
  std::vector<Output> outputs{};                                   ///< by name, ascending, each once; never empty
  std::vector<InputDerivation> input_derivations{};                ///< by path's text, ascending, each once
  std::vector<StorePath> input_sources{};                          ///< by path's text, ascending, each once
  std::string system{};                                            ///< holds neither `"` nor `\`
  std::string builder{};                                           ///< a path, or `builtin:<name>`
  std::vector<std::string> arguments{};                            ///< of the builder
  std::vector<std::pair<std::string, std::string>> environment{};  ///< by name, ascending, each once

  /// The value of an environment variable; nullptr where there is none. Owned by the derivation.
  [[nodiscard]] const std::string* variable(std::string_view name) const;
  friend bool operator==(const Derivation&, const Derivation&) = default;
};

/// Reads a derivation exactly as Nix writes it: whatever is accepted, print() gives back byte for byte. Other spellings that
/// Nix's own parser lets pass (another order, doubles, needless escapes, bytes behind the end) are `corrupt`, and the message
/// says at which byte and what was expected; dynamic derivations (`DrvWithVersion`) are `unsupported`; more than
/// kMaxDerivationSize or kMaxListEntries is `resource_exhausted`.
Result<Derivation> parse(std::string_view aterm);

/// The bytes that Nix writes for a derivation whose fields are as Derivation says.
std::string print(const Derivation& derivation);

}  // namespace ekaci::drv
