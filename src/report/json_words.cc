#include "report/json_words.h"

namespace ekaci::report {

std::string_view identifier(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return "merge";
    case Decision::do_not_merge:
      return "do_not_merge";
    case Decision::wait:
      return "wait";
    case Decision::cannot_tell:
      return "cannot_tell";
  }
  return "cannot_tell";
}

std::string_view identifier(JobReview::Presence presence) {
  switch (presence) {
    case JobReview::Presence::both:
      return "both";
    case JobReview::Presence::added:
      return "added";
    case JobReview::Presence::removed:
      return "removed";
  }
  return "both";
}

bool is_listed(ChangeKind kind) { return kind != ChangeKind::unchanged && kind != ChangeKind::not_a_derivation; }

}  // namespace ekaci::report
