#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/attribute.h"
#include "model/attribute_path.h"
#include "model/closure_size.h"
#include "model/path_pattern.h"
#include "model/trust_rules.h"

namespace ekaci {

/// An argument for a function that a job's file evaluates to.
struct JobArgument {
  enum class Kind {
    expression,  ///< Nix source text, as with `--arg`
    string,      ///< the text itself, as with `--argstr`
  };
  std::string name;
  Kind kind = Kind::string;
  std::string text;
  friend bool operator==(const JobArgument&, const JobArgument&) = default;
};

/// One named evaluation (product.md: *job*), in legacy mode: a file with arguments and an attribute path.
struct Job {
  std::string name;
  std::string file;                      ///< relative to the tree's root, normalised, no leading slash; never leaves the root
  AttributePath attribute{};             ///< where in the file's value the tree of derivations begins; the root where empty
  std::vector<JobArgument> arguments{};  ///< given where the value is a function; sorted by name
  std::vector<System> systems{};         ///< empty: the machine's own
  bool allow_import_from_derivation = false;
  /// Whether the tests of directly changed packages (nixpkgs' `passthru.tests`) are attributes of the job's review.
  bool tests = false;
  std::optional<SizeCheck> size_check{};  ///< empty: however much closures grow, it does not stand against merging
  friend bool operator==(const Job&, const Job&) = default;
};

/// What a repository says about itself (`.ekaci/config.json`).
struct RepositoryConfiguration {
  std::vector<Job> jobs;            ///< sorted by name, names unique
  std::vector<std::string> notes;   ///< for the reader of a report: an old file name was used, …
  std::vector<PathPattern> skip{};  ///< `skip.paths`: what needs no review; of those that match a path the last one holds
  TrustRules trust{};               ///< `trust`
  std::string file{};               ///< where it was read from; empty where that is not known
  friend bool operator==(const RepositoryConfiguration&, const RepositoryConfiguration&) = default;
};

}  // namespace ekaci
