#include "forge/ports.h"

#include "forge/names.h"

namespace ekaci::forge {
namespace {

constexpr Names<Permission, 6> kPermissions{"none", "read", "triage", "write", "maintain", "admin"};

}  // namespace

std::string_view to_string(Permission permission) { return kPermissions.of(permission); }
std::optional<Permission> parse_permission(std::string_view text) { return kPermissions.parse(text); }

}  // namespace ekaci::forge
