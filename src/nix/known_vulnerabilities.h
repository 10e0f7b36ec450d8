#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ekaci::nix {

/// Published holes of a Nix daemon through which whoever may submit builds can write where only the daemon may: their CVE numbers,
/// oldest first, judged by the version that it says (`2.8.0`). A distributor may have mended one without a new number. Empty where
/// there is none, and where the text is no version. From the advisories of NixOS/nix, as of 2026-05.
std::vector<std::string> known_vulnerabilities(std::string_view daemon_version);

}  // namespace ekaci::nix
