#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/repository_configuration.h"

/// A repository's configuration is a stranger's bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast): libFuzzer's bytes as text
  const auto parsed = ekaci::config::parse_repository_configuration(text, "config.json");
  if (parsed) return 0;
  if (!parsed.error().message().starts_with("config.json:")) __builtin_trap();
  return 0;
}
