#include "model/closure_size.h"

namespace ekaci {

std::optional<std::int64_t> SizePair::difference() const {
  if (!base || !head) return std::nullopt;
  return static_cast<std::int64_t>(*head) - static_cast<std::int64_t>(*base);
}

std::string_view to_string(RetainedKind kind) {
  switch (kind) {
    case RetainedKind::gained:
      return "gained";
    case RetainedKind::lost:
      return "lost";
    case RetainedKind::version_changed:
      return "version_changed";
  }
  return "gained";
}

std::optional<RetainedKind> parse_retained_kind(std::string_view text) {
  for (const RetainedKind kind : {RetainedKind::gained, RetainedKind::lost, RetainedKind::version_changed}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

}  // namespace ekaci
