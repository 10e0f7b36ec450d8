#include <cstddef>
#include <cstdint>
#include <string_view>

#include "github/webhook.h"

/// A webhook's payload: the event's name on the first line, its JSON behind. Its signature was right, but what a pull request is called and
/// what it points to is a stranger's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast): libFuzzer's bytes as text
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto notice = ekaci::github::read_webhook(text.substr(0, line), text.substr(line + 1), {31});
  if (!notice && notice.error().code() != ekaci::ErrorCode::invalid_argument) __builtin_trap();
  return 0;
}
