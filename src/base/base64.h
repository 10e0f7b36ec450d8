#pragma once

#include <string>
#include <string_view>

namespace ekaci {

/// Base-64 with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);

/// With the alphabet of URLs and file names, without padding (RFC 4648, section 5).
std::string base64url(std::string_view bytes);

}  // namespace ekaci
