#include "drv/head.h"

#include <fmt/core.h>

#include <cstddef>

namespace ekaci::drv {
namespace {

std::size_t hexadecimal_characters(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::md5:
      return 32;
    case HashAlgorithm::sha1:
      return 40;
    case HashAlgorithm::sha256:
    case HashAlgorithm::blake3:
      return 64;
    case HashAlgorithm::sha512:
      return 128;
  }
  return 0;
}

bool is_hash(std::string_view text, HashAlgorithm algorithm) {
  return text.size() == hexadecimal_characters(algorithm) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether path and hash are what Nix writes for an output that is hashed so, or not at all.
bool is_address(const OutputView& output) {
  if (!output.hashing) return output.hash.empty();
  if (output.hash.empty() || output.hash == kImpure) return !output.path;
  return output.path && is_hash(output.hash, output.hashing->algorithm);
}

std::optional<StorePathView> path_or_nothing(Scanner& scanner) {
  if (!scanner.rest().starts_with("\"\"")) return scanner.path();
  scanner.expect("\"\"");
  return std::nullopt;
}

std::optional<ContentHashing> hashing_or_nothing(Scanner& scanner) {
  const std::size_t start = scanner.offset();
  const std::string_view text = scanner.raw_string();
  if (text.empty()) return std::nullopt;
  const std::optional<ContentHashing> hashing = ContentHashing::parse(text);
  if (!hashing) scanner.refuse(start, "a hash algorithm");
  return hashing;
}

OutputView scan_output(Scanner& scanner) {
  OutputView output;
  const std::size_t start = scanner.offset();
  scanner.expect("(");
  output.name = scanner.raw_string();
  scanner.expect(",");
  output.path = path_or_nothing(scanner);
  scanner.expect(",");
  output.hashing = hashing_or_nothing(scanner);
  scanner.expect(",");
  output.hash = scanner.raw_string();
  scanner.expect(")");
  if (!scanner.failed() && !is_address(output)) scanner.refuse(start, "an output whose path, hash algorithm and hash go together");
  return output;
}

void scan_outputs(Scanner& scanner, std::vector<OutputView>& outputs) {
  Ascending order;
  scanner.list([&] {
    const std::size_t start = scanner.offset();
    outputs.push_back(scan_output(scanner));
    if (!order.follows(outputs.back().name)) scanner.refuse(start, "outputs in ascending order, each once");
  });
  if (outputs.empty()) scanner.refuse(scanner.offset(), "at least one output");
}

void scan_output_names(Scanner& scanner, std::vector<std::string_view>& names) {
  Ascending order;
  scanner.list([&] {
    const std::size_t start = scanner.offset();
    names.push_back(scanner.raw_string());
    if (!order.follows(names.back())) scanner.refuse(start, "output names in ascending order, each once");
  });
}

/// The next path of a list that Nix sorts by the paths' text.
std::optional<StorePathView> next_path(Scanner& scanner, Ascending& order) {
  const std::size_t start = scanner.offset();
  const std::optional<StorePathView> path = scanner.path();
  if (!path) return std::nullopt;
  if (!order.follows(path->base_name())) scanner.refuse(start, "paths in ascending order, each once");
  return path;
}

void scan_input_derivations(Scanner& scanner, Inputs& inputs) {
  Ascending order;
  scanner.list([&] {
    scanner.expect("(");
    const std::size_t start = scanner.offset();
    const std::optional<StorePathView> path = next_path(scanner, order);
    if (!path) return;
    if (!path->is_derivation()) scanner.refuse(start, "the path of a derivation");
    const std::size_t first = inputs.output_names.size();
    scanner.expect(",");
    scan_output_names(scanner, inputs.output_names);
    scanner.expect(")");
    const std::size_t count = inputs.output_names.size() - first;
    inputs.derivations.push_back({*path, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count)});
  });
}

void scan_input_sources(Scanner& scanner, Inputs& inputs) {
  Ascending order;
  scanner.list([&] {
    if (const std::optional<StorePathView> path = next_path(scanner, order)) inputs.sources.push_back(*path);
  });
}

}  // namespace

Head scan_head(Scanner& scanner) {
  Head head;
  if (scanner.rest().starts_with("DrvWithVersion(")) {
    scanner.refuse(ErrorCode::unsupported,
                   "a dynamic derivation (DrvWithVersion at byte 0); only those that begin with 'Derive(' can be read");
    return head;
  }
  scanner.expect("Derive(");
  scan_outputs(scanner, head.outputs);
  scanner.expect(",");
  scan_input_derivations(scanner, head.inputs);
  scanner.expect(",");
  scan_input_sources(scanner, head.inputs);
  return head;
}

Scanner scanner_of(std::string_view aterm) {
  Scanner scanner(aterm);
  if (aterm.size() > kMaxDerivationSize) {
    scanner.refuse(ErrorCode::resource_exhausted,
                   fmt::format("a derivation of {} bytes; at most {} are read", aterm.size(), kMaxDerivationSize));
  }
  return scanner;
}

}  // namespace ekaci::drv
