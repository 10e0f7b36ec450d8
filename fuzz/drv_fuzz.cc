// Derivations come from hostile stores. Whatever is accepted has to print back byte for byte, and the two readers must agree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drv/derivation.h"
#include "drv/inputs.h"
#include "drv/record.h"

namespace ekaci {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool same_path(const drv::InputView& view, const drv::InputDerivation& whole) { return StorePath(view.path) == whole.path; }

void check(std::string_view bytes) {
  const Result<drv::Derivation> derivation = drv::parse(bytes);
  const Result<drv::Inputs> inputs = drv::parse_inputs(bytes);
  if (inputs) (void)drv::derivation_path("fuzz.drv", bytes, *inputs).has_value();
  if (!derivation) return;
  require(drv::print(*derivation) == bytes);
  require(inputs.has_value());
  require(std::ranges::equal(inputs->derivations, derivation->input_derivations, same_path));
  require(inputs->sources.size() == derivation->input_sources.size());
}

}  // namespace
}  // namespace ekaci

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ekaci::check({reinterpret_cast<const char*>(data), size});  // NOLINT(*-reinterpret-cast): bytes as text
  return 0;
}
