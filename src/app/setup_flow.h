#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/setup_pages.h"
#include "app/setup_keys.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "github/app_manifest.h"
#include "net/http.h"

namespace ekaci::app {

struct SetupSettings {
  std::string server{};  ///< this server's URL, without a slash at its end
  std::string web{};     ///< GitHub's, likewise
  github::AppUse use{};  ///< what the App will be used for
};

/// What a registration needs of the world. All of it outlives the flow.
struct SetupWorld {
  /// As github::convert_manifest().
  std::function<Result<github::RegisteredApp>(std::string_view code)> convert{};
  /// Stores the App for all later starts.
  std::function<Status(const github::RegisteredApp& app)> keep{};
  const Clock& clock;
  const Log& log;
};

/// The way on which an operator registers this server's App: the address that was printed, a form, GitHub, and back with a code. Whoever
/// has the address decides; nothing is told to anybody else. Until the App is kept, every step may be done again, and what the process
/// knew of it may be lost at any moment: then the way is begun anew with the next address.
class SetupFlow {
 public:
  SetupFlow(SetupSettings settings, SetupWorld world);

  /// What the operator opens: `https://ekaci.example.org/setup/TOKEN`.
  [[nodiscard]] std::string address() const;

  /// GET /setup/{token}. Any thread.
  [[nodiscard]] net::Response show(const net::Request& request) const;
  /// POST of its form. Any thread.
  net::Response submit(const net::Request& request);
  /// GET /setup/done, where GitHub sends the browser back to. Waits for GitHub and the disk; one thread at a time.
  net::Response finish(const net::Request& request);

  /// The App is kept, and nothing more comes of this. Any thread.
  [[nodiscard]] bool is_finished() const { return keys_.is_closed(); }

 private:
  struct Converted {
    std::string code{};
    github::RegisteredApp app{};
  };

  [[nodiscard]] api::SetupTerms terms() const;
  [[nodiscard]] std::string manifest(const api::SetupForm& form) const;
  net::Response exchange(std::string_view code, std::string_view state);
  net::Response keep(const github::RegisteredApp& app, std::string_view state);

  SetupSettings settings_;
  SetupWorld world_;
  SetupKeys keys_;
  std::optional<Converted> converted_;  ///< not kept yet: the disk may have been full
};

}  // namespace ekaci::app
