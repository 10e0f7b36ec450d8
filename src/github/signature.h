#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace ekaci::github {

/// Whether a webhook's body came from someone who knows one of the secrets: `header` is X-Hub-Signature-256, `sha256=` and the HMAC-SHA256
/// of the bytes as they came, in 64 lower-case hexadecimal characters, and nothing else. Takes as long for a signature that is nearly right
/// as for one that is wrong, and for the first secret as for the last. An empty secret signs nothing.
bool is_signed(std::string_view body, std::string_view header, std::span<const Secret> secrets);

/// The header that is_signed() looks for.
std::string signature_of(std::string_view body, std::string_view secret);

}  // namespace ekaci::github
