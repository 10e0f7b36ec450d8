#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/server_configuration.h"

/// An operator's file; whoever writes it is trusted, but it may be any file, by mistake.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast): libFuzzer's bytes as text
  const auto parsed = ekaci::config::parse_server_configuration(text, "ekaci.toml");
  if (parsed) return 0;
  if (!parsed.error().message().starts_with("ekaci.toml:")) __builtin_trap();
  return 0;
}
