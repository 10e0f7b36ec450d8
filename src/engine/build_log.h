#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/sync.h"
#include "engine/build_ports.h"

namespace ekaci::engine {

/// What a build shows of itself.
struct BuildGlimpse {
  std::optional<Clock::Instant> began{};  ///< nullopt: it waits for a place
  std::string phase{};                    ///< hostile text
  std::string last_line{};                ///< hostile text, at most one line
};

/// Hands a log on, and shows its last line and phase to whoever watches the build.
class VisibleLog final : public LogSink {
 public:
  VisibleLog(LogSink& log, Sync<BuildGlimpse>& glimpse) : log_(log), glimpse_(glimpse) {}

  void write(std::string_view bytes) override;
  void phase(std::string_view name) override;
  void idle() override { log_.idle(); }

 private:
  LogSink& log_;
  Sync<BuildGlimpse>& glimpse_;
  std::string line_{};  ///< the unfinished one, bounded
};

}  // namespace ekaci::engine
