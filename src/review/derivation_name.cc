#include "review/derivation_name.h"

namespace ekaci::review {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

DerivationName split_derivation_name(std::string_view full_name) {
  for (std::size_t i = 0; i + 1 < full_name.size(); ++i) {
    if (full_name[i] == '-' && !is_letter(full_name[i + 1])) {
      return {.name = std::string(full_name.substr(0, i)), .version = std::string(full_name.substr(i + 1))};
    }
  }
  return {.name = std::string(full_name), .version = {}};
}

std::string full_name(const EvaluatedDerivation& derivation) {
  if (!derivation.name.empty()) return derivation.name;
  return std::string(without_drv(derivation.path.name()));
}

std::optional<std::string> name_change(const EvaluatedDerivation& base, const EvaluatedDerivation& head) {
  const std::string before = full_name(base);
  const std::string after = full_name(head);
  if (before == after) return std::nullopt;
  const DerivationName old_name = split_derivation_name(before);
  const DerivationName new_name = split_derivation_name(after);
  const bool only_version = old_name.name == new_name.name && !old_name.version.empty() && !new_name.version.empty();
  return only_version ? old_name.version + " → " + new_name.version : before + " → " + after;
}

}  // namespace ekaci::review
