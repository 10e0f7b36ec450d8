#include "nix/store_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "drv/closure.h"
#include "drv/derivation.h"
#include "drv/record.h"

namespace ekaci::nix {
namespace {

/// What is told of an attribute's derivation, or why it cannot be.
using OutputsByPath = std::unordered_map<StorePath, Result<std::vector<std::string>>>;

/// Names the derivation by its path and not by its file, which lies elsewhere in each evaluation: this may be remembered.
Error unread(const StorePath& path, const Error& error) {
  if (error.code() == ErrorCode::not_found) return {error.code(), fmt::format("{} was not written", path.to_string())};
  if (error.code() != ErrorCode::resource_exhausted) return error;
  return {error.code(), fmt::format("{} has more than {} bytes", path.to_string(), drv::kMaxDerivationSize)};
}

EvaluationError unusable(const Error& error) {
  return {.failure = EvaluationFailure::evaluation,
          .message = "its derivation cannot be used: " + printable(error.to_string()),
          .position = {}};
}

}  // namespace

Result<std::vector<std::string>> outputs_of(std::string_view aterm) {
  const Result<drv::Derivation> derivation = drv::parse(aterm);
  if (!derivation) return fail(derivation.error());
  std::vector<std::string> sorted;
  for (const drv::Output& output : derivation->outputs) sorted.push_back(output.name);
  // The file lists them by name; the variable that Nix's derivation function leaves keeps the order that was asked for.
  std::vector<std::string> asked;
  if (const std::string* variable = derivation->variable("outputs")) {
    for (const std::string_view word : split(*variable, ' ')) asked.emplace_back(word);
  }
  return std::ranges::is_permutation(asked, sorted) ? asked : sorted;
}

Result<DerivationRecord> StoreReader::load(const StorePath& path) const {
  Result<std::string> bytes = read_file(scratch_->store() / path.base_name(), drv::kMaxDerivationSize);
  if (!bytes) return fail(unread(path, bytes.error()));
  return verified_.contains(path) ? drv::make_trusted_record(path, std::move(*bytes)) : drv::make_record(path, std::move(*bytes));
}

void StoreReader::complete(std::vector<Attribute>& attributes) {
  OutputsByPath wanted;
  for (const Attribute& attribute : attributes) {
    if (const auto* found = std::get_if<EvaluatedDerivation>(&attribute.result)) {
      wanted.emplace(found->path, fail(ErrorCode::not_found, "{} was not written", found->path.to_string()));
    }
  }
  const drv::ClosureWalk walk{.load = [this](const StorePath& path) { return load(path); },
                              .known = [this](const StorePath& path) { return verified_.contains(path); },
                              .sink =
                                  [&](const DerivationRecord& record) {
                                    verified_.insert(record.path);
                                    if (const auto at = wanted.find(record.path); at != wanted.end()) at->second = outputs_of(record.aterm);
                                  }};
  for (Attribute& attribute : attributes) {
    auto* found = std::get_if<EvaluatedDerivation>(&attribute.result);
    if (found == nullptr) continue;
    const Status walked = drv::walk_closure(std::span(&found->path, 1), walk);
    const Result<std::vector<std::string>>& outputs = wanted.at(found->path);
    if (!walked || !outputs) {
      attribute.result = unusable(walked ? outputs.error() : walked.error());
      continue;
    }
    found->name = without_drv(found->path.name());
    found->outputs = *outputs;
  }
}

Status StoreReader::read_closure(std::span<const StorePath> roots, const Known& known, const Sink& sink) {
  return drv::walk_closure(roots, {.load = [this](const StorePath& path) { return load(path); }, .known = known, .sink = sink});
}

}  // namespace ekaci::nix
