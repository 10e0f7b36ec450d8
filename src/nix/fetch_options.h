#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace ekaci::nix {

/// Whether a tree's locked inputs are fetched before it is evaluated (inputs.h).
enum class Fetching {
  locked_inputs,
  nothing,  ///< a tree that needs one fails there
};

/// How much fetching one input may take.
struct FetchLimits {
  std::uint64_t download = std::uint64_t{512} << 20U;  ///< bytes over the network, both directions
  std::uint64_t unpacked = std::uint64_t{4} << 30U;    ///< bytes on disk
  std::chrono::seconds time{300};
};

/// Whom fetching trusts instead of the machine's certificates and name service: for tests.
struct FetchTrust {
  std::filesystem::path certificates{};                ///< PEM; the machine's own where empty
  std::map<std::string, std::uint16_t> local_ports{};  ///< see FetchPolicy
};

/// Below /nix: where XDG_CACHE_HOME of an evaluator that is to find its inputs points.
inline constexpr std::string_view kFetcherCache = "var/fetcher-cache";

/// The `allowed-uris` with which a restricted evaluator lets the tree make its calls; it has no network to fetch anything else.
inline constexpr std::string_view kAllowedUris = "github: gitlab: sourcehut: https:// tarball+https:// file+https://";

}  // namespace ekaci::nix
