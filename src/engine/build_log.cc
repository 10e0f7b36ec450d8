#include "engine/build_log.h"

#include <algorithm>

namespace ekaci::engine {
namespace {

/// More of a line is not shown while building.
constexpr std::size_t kShown = 400;

}  // namespace

void VisibleLog::write(std::string_view bytes) {
  log_.write(bytes);
  const std::size_t end = bytes.find_last_of('\n');
  if (end == std::string_view::npos) {
    line_.append(bytes.substr(0, kShown - std::min(kShown, line_.size())));
    return;
  }
  const std::string_view whole = bytes.substr(0, end);
  const std::size_t start = whole.find_last_of('\n');
  // The last line that has ended; what stands before it on the same line came with an earlier write.
  std::string last = start == std::string_view::npos ? line_ + std::string(whole) : std::string(whole.substr(start + 1));
  last.resize(std::min(last.size(), kShown));
  line_ = bytes.substr(end + 1).substr(0, kShown);
  glimpse_.with([&last](BuildGlimpse& glimpse) { glimpse.last_line = std::move(last); });
}

void VisibleLog::phase(std::string_view name) {
  log_.phase(name);
  glimpse_.with([name](BuildGlimpse& glimpse) { glimpse.phase = std::string(name.substr(0, kShown)); });
}

}  // namespace ekaci::engine
