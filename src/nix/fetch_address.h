#pragma once

#include <cstdint>
#include <span>

namespace ekaci::nix {

/// Whether an internet address (4 or 16 bytes, network order) is one of the public internet: none of loopback, private,
/// link-local, shared (carrier) address space, documentation, benchmarking, multicast, reserved; nor one that carries such an
/// IPv4 address inside (mapped, NAT64), nor a transition range. From IANA's special-purpose registries (RFC 6890 and successors).
/// Other sizes are not public.
bool is_public_address(std::span<const std::uint8_t> address);

}  // namespace ekaci::nix
