#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/store_path.h"
#include "wire/protocol.h"
#include "wire/writer.h"

/// The requests as bytes (libstore/remote-store.cc writes them, libstore/daemon.cc reads them).
namespace ekaci::wire {

/// What holds for the whole session from then on. Untrusted users' overrides are ignored by the daemon, but for the time limits.
struct Options {
  std::uint64_t verbosity = 0;        ///< of notices: 0 errors, 1 warnings, 3 information
  std::uint64_t jobs = 1;             ///< builds at once
  std::uint64_t cores = 0;            ///< that a builder is told to use; 0: all
  std::uint64_t silence_seconds = 0;  ///< without a line of log; 0: for ever
  bool substitute = false;
  std::map<std::string, std::string> overrides{};  ///< Nix settings by name
};

/// How the daemon is to build (libstore/build-result.hh, BuildMode).
enum class BuildMode : std::uint64_t {
  normal = 0,  ///< only what is not valid
  repair = 1,  ///< also what is valid and damaged; only for the trusted
  check = 2,   ///< also what is valid, comparing what comes out with what is there, which stays
};

/// An output as `.drv` files have it.
struct DerivationOutput {
  std::string name{};
  std::string path{};     ///< empty where it is not known before building
  std::string hashing{};  ///< `r:sha256`; empty where it is addressed by its inputs
  std::string hash{};
};

/// A derivation whose inputs are all store paths, so that no other `.drv` is needed.
struct BasicDerivation {
  std::vector<DerivationOutput> outputs{};
  std::vector<StorePath> inputs{};  ///< each once
  std::string system{};
  std::string builder{};
  std::vector<std::string> arguments{};
  std::vector<std::pair<std::string, std::string>> environment{};
};

/// How a path that is to be added is made from its content.
enum class AddMethod {
  text,  ///< one file's bytes, which may refer to other paths
  flat,  ///< one file's bytes, SHA-256
  nar,   ///< an archive, SHA-256
};

/// What add_to_store says before the content.
struct Addition {
  std::string name{};  ///< the path's name
  AddMethod method = AddMethod::nar;
  std::vector<StorePath> references{};  ///< each once
};

void write_set_options(Writer& writer, const Options& options);
/// Without substituting what is not there.
void write_query_valid_paths(Writer& writer, std::span<const StorePath> paths);
void write_query_substitutable_paths(Writer& writer, std::span<const StorePath> paths);
void write_query_path_info(Writer& writer, const StorePath& path);
void write_add_temp_root(Writer& writer, const StorePath& path);
/// Fetches a path from a binary cache where it is not valid.
void write_ensure_path(Writer& writer, const StorePath& path);
/// `path` is that of the `.drv`.
void write_build_derivation(Writer& writer, const StorePath& path, const BasicDerivation& derivation, BuildMode mode);
/// All outputs of a `.drv` that the store has.
void write_build_paths_with_results(Writer& writer, const StorePath& path);
/// Builds nothing, in a mode that is refused to whom the daemon does not trust: `repair`.
void write_trust_question(Writer& writer);
/// What comes before the frames.
void write_add_to_store(Writer& writer, const Addition& addition);

}  // namespace ekaci::wire
