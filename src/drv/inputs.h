#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/store_path.h"

namespace ekaci::drv {

/// An input derivation as it stands in a file.
struct InputView {
  StorePathView path;
  std::uint32_t first_output = 0;  ///< where its outputs begin in Inputs::output_names
  std::uint32_t output_count = 0;
};

/// What a derivation depends on, as views into its bytes.
struct Inputs {
  std::vector<InputView> derivations{};          ///< by path's text, ascending, each once
  std::vector<std::string_view> output_names{};  ///< of all input derivations, one behind the other
  std::vector<StorePathView> sources{};          ///< by path's text, ascending, each once

  /// The outputs of an input that are used; ascending, each once.
  [[nodiscard]] std::span<const std::string_view> outputs_of(const InputView& input) const {
    return std::span(output_names).subspan(input.first_output, input.output_count);
  }
};

/// The dependencies of a derivation, without looking at its environment, which is most of its bytes. Outputs, input derivations
/// and input sources are read as exactly as parse() does; of what follows only the first byte and the closing brackets are
/// looked at. So it accepts everything that parse() accepts, with the same inputs, and of what parse() refuses it accepts only
/// what is wrong behind the input sources. Enough where the bytes are known to be whole: a store path binds them, see
/// derivation_path(). Errors are those of parse().
Result<Inputs> parse_inputs(std::string_view aterm);

}  // namespace ekaci::drv
