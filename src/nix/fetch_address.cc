#include "nix/fetch_address.h"

#include <algorithm>
#include <array>

namespace ekaci::nix {
namespace {

using Bytes = std::span<const std::uint8_t>;

template <std::size_t Size>
struct Range {
  std::array<std::uint8_t, Size> start;
  unsigned bits;
};

bool is_in(Bytes address, Bytes start, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::ranges::equal(address.first(whole), start.first(whole))) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  return ((static_cast<unsigned>(address[whole]) ^ static_cast<unsigned>(start[whole])) >> (8 - rest)) == 0;
}

template <class Ranges>
bool is_in_any(Bytes address, const Ranges& ranges) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return is_in(address, range.start, range.bits); });
}

constexpr std::array<Range<4>, 15> kSpecial4 = {{
    {{0, 0, 0, 0}, 8},        // this network
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // shared with a carrier
    {{127, 0, 0, 0}, 8},      // loopback
    {{169, 254, 0, 0}, 16},   // link-local; clouds keep their secrets there
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 88, 99, 0}, 24},   // 6to4 relays
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // benchmarking
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 4},      // multicast
    {{240, 0, 0, 0}, 4},      // reserved, and the broadcast address
}};

/// Only this much of IPv6 is given to the public internet.
constexpr Range<16> kGlobal6 = {{0x20}, 3};
/// What of it is special all the same.
constexpr std::array<Range<16>, 4> kSpecial6 = {{
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4: any IPv4 address inside
    {{0x3f, 0xff, 0x00}, 20},        // documentation
}};
/// An IPv4 address in the last four bytes.
constexpr std::array<Range<16>, 2> kCarriers = {{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},  // mapped
    {{0x00, 0x64, 0xff, 0x9b}, 96},                    // NAT64
}};

}  // namespace

bool is_public_address(Bytes address) {
  if (address.size() == 4) return !is_in_any(address, kSpecial4);
  if (address.size() != 16) return false;
  if (is_in_any(address, kCarriers)) return is_public_address(address.last(4));
  return is_in(address, kGlobal6.start, kGlobal6.bits) && !is_in_any(address, kSpecial6);
}

}  // namespace ekaci::nix
