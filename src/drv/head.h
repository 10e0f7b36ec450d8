#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "drv/derivation.h"
#include "drv/inputs.h"
#include "drv/scanner.h"

namespace ekaci::drv {

/// An output as it stands in a file; the fields go together as OutputAddress allows.
struct OutputView {
  std::string_view name{};
  std::optional<StorePathView> path{};
  std::optional<ContentHashing> hashing{};
  std::string_view hash{};
};

/// A derivation up to its input sources: what parse() and parse_inputs() read alike.
struct Head {
  std::vector<OutputView> outputs{};
  Inputs inputs{};
};

/// What stands in the hash field of an impure output.
inline constexpr std::string_view kImpure = "impure";

/// Reads from `Derive(` to behind the input sources. Meaningless where the scanner failed.
Head scan_head(Scanner& scanner);

/// The scanner of a whole derivation; it has failed already where the size is not to be had.
Scanner scanner_of(std::string_view aterm);

}  // namespace ekaci::drv
