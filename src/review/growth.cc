#include "review/growth.h"

#include <utility>

#include "base/text.h"
#include "review/transitions.h"

namespace ekaci::review {
namespace {

constexpr std::size_t kNameColumns = 60;

/// Whether a change says too little without its sizes: both sides have a derivation, and neither is known to have failed.
bool has_to_be_known(const Change& change) {
  if (change.kind != ChangeKind::rebuilt) return false;
  if (!change.build) return true;
  return !is_failure(change.build->head) && !(change.build->base && is_failure(*change.build->base));
}

/// Fails closed: what is no number allows nothing.
bool exceeds(std::uint64_t base, std::uint64_t head, double allowed_percent) {
  if (head <= base) return false;
  return base == 0 || !(100 * static_cast<double>(head - base) <= allowed_percent * static_cast<double>(base));
}

/// Whether one grew by a larger part than the other; from nothing is the largest.
bool is_worse(const Growth& one, const Growth& other) {
  if (one.base == 0 || other.base == 0) return one.base == 0 && (other.base != 0 || one.head > other.head);
  return static_cast<double>(one.head) / static_cast<double>(one.base) > static_cast<double>(other.head) / static_cast<double>(other.base);
}

std::string name_of(const AttributePath& path) {
  return path.is_root() ? "the whole job" : clip(printable_line(path.to_string()), kNameColumns);
}

void add_unknown(SizeFindings& sizes, const SizePair& closure) {
  ++sizes.unknown;
  if (!closure.base) ++sizes.unknown_base;
  if (!closure.head) ++sizes.unknown_head;
}

void add_measured(SizeFindings& sizes, Growth growth) {
  ++sizes.measured;
  if (!exceeds(growth.base, growth.head, growth.allowed_percent)) return;
  ++sizes.exceeding;
  if (!sizes.worst || is_worse(growth, *sizes.worst)) sizes.worst = std::move(growth);
}

}  // namespace

void add_growth(SizeFindings& sizes, const JobReview& job) {
  if (!job.size_check) return;
  sizes.wanted = true;
  for (const Change& change : job.changes) {
    const SizePair closure = change.size ? change.size->closure : SizePair{};
    if (closure.base && closure.head) {
      add_measured(sizes, {.attribute = name_of(change.path),
                           .base = *closure.base,
                           .head = *closure.head,
                           .allowed_percent = job.size_check->max_increase_percent});
    } else if (has_to_be_known(change)) {
      add_unknown(sizes, closure);
    }
  }
}

}  // namespace ekaci::review
