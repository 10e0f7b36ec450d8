#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "nix/fetch_options.h"
#include "nix/housing.h"

namespace ekaci::nix {

struct InputsRequest {
  std::filesystem::path tree;   ///< whose flake.lock is read; hostile
  std::filesystem::path cache;  ///< `<cache>/inputs`, shared by all processes
  std::string nix_version;      ///< as EvaluatorIdentity::version
  FetchLimits limits{};
  FetchTrust trust{};
};

/// The locked inputs that evaluating a tree can need, fetched. Made once for each set of inputs and Nix version, and never
/// changed; it stays for two hours at least after prepare_inputs() has named it.
struct PreparedInputs {
  /// What an evaluator's /nix starts from: `store/` with the inputs, `var/` with Nix's own records of them and, in
  /// `var/fetcher-cache`, what it remembers of its fetches. Empty where nothing was to be prepared.
  std::filesystem::path nix{};
  std::vector<std::string> store_entries{};  ///< file names in nix/store
  std::vector<std::string> notes{};          ///< for the reader of the report: which inputs are missing, and why
  /// Every input that may be needed is there. Where not, what is evaluated must not be remembered: it may differ tomorrow.
  bool complete = true;
};

/// Fetches what is missing, with Nix itself, whose only way out is a FetchProxy. The call that an expression of the tree makes
/// (`builtins.fetchTree` with the attributes of flake.lock, `builtins.fetchTarball` with its narHash) is then answered without a
/// network, if XDG_CACHE_HOME points to the copy of kFetcherCache. Waits for other processes that prepare inputs. An input that
/// cannot be fetched is a note; errors are about this machine: the disk, no Nix, cancelled.
Result<PreparedInputs> prepare_inputs(const Facilities& facilities, const InputsRequest& request, const CancelToken& cancel);

/// Copies `var/` of the prepared inputs below `nix`, an evaluator's own /nix, which has no records yet. The entries of the store are
/// then to be mounted read-only, or copied by copy_input_store().
Status copy_input_records(const PreparedInputs& inputs, const std::filesystem::path& nix);

/// Copies the store entries: for an evaluator that has no mounts of its own.
Status copy_input_store(const PreparedInputs& inputs, const std::filesystem::path& nix);

/// A set of inputs that is kept.
struct StoredInputs {
  std::string name{};
  std::filesystem::path directory{};
  std::filesystem::file_time_type used{};
  bool is_leased = false;
};
/// Those in `<cache>/inputs` now, in any order; none where others prepare inputs at the moment.
std::vector<StoredInputs> stored_inputs(const std::filesystem::path& cache);
/// Whether it is gone now: not where an evaluation may use it, or others prepare inputs at the moment.
bool remove_stored_inputs(const std::filesystem::path& cache, const std::string& name);

}  // namespace ekaci::nix
