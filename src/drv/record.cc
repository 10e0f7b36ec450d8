#include "drv/record.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "drv/store_path_hash.h"

namespace ekaci::drv {
namespace {

/// Base names of input derivations and sources together, ascending, each once.
std::vector<std::string_view> references_of(const Inputs& inputs) {
  std::vector<std::string_view> references;
  references.reserve(inputs.derivations.size() + inputs.sources.size());
  const auto by_derivation = [](const InputView& input) { return input.path.base_name(); };
  std::ranges::set_union(std::views::transform(inputs.derivations, by_derivation),
                         std::views::transform(inputs.sources, &StorePathView::base_name), std::back_inserter(references));
  return references;
}

DerivationRecord record_of(const StorePath& path, const Inputs& inputs, std::string aterm) {
  DerivationRecord record{path, {}, {}};
  record.input_derivations.reserve(inputs.derivations.size());
  for (const InputView& input : inputs.derivations) record.input_derivations.emplace_back(input.path);
  std::ranges::sort(record.input_derivations);
  record.aterm = std::move(aterm);
  return record;
}

}  // namespace

Result<StorePath> derivation_path(std::string_view name, std::string_view aterm, const Inputs& inputs) {
  std::string type = "text";
  for (const std::string_view reference : references_of(inputs)) {
    type += ':';
    type += StorePath::kStoreDirectory;
    type += '/';
    type += reference;
  }
  return store_path_of(type, to_hex(sha256(aterm)), name);
}

Result<DerivationRecord> make_record(const StorePath& path, std::string aterm) {
  const Result<Inputs> inputs = parse_inputs(aterm);
  if (!inputs) return fail(inputs.error(), "reading " + path.to_string());
  const Result<StorePath> own = derivation_path(path.name(), aterm, *inputs);
  if (!own) return fail(own.error());
  if (*own != path) {
    return fail(ErrorCode::corrupt, "{} does not hold the derivation that its name stands for: its bytes belong to {}", path.to_string(),
                own->to_string());
  }
  return record_of(path, *inputs, std::move(aterm));
}

Result<DerivationRecord> make_trusted_record(const StorePath& path, std::string aterm) {
  const Result<Inputs> inputs = parse_inputs(aterm);
  if (!inputs) return fail(inputs.error(), "reading " + path.to_string());
  return record_of(path, *inputs, std::move(aterm));
}

}  // namespace ekaci::drv
