#include "forge/trust.h"

#include <variant>

#include "base/letter_case.h"

namespace ekaci::forge {
Builds builds_of(const SubjectRecord& record, const TrustPolicy& policy) {
  const auto* pull_request = std::get_if<PullRequest>(&record.subject);
  if (pull_request == nullptr) return Builds::allowed;
  const bool is_trusted =
      policy.associations.contains(pull_request->association) || policy.authors.contains(lower_case(pull_request->author));
  const bool is_approved = record.approved == pull_request->head;
  return is_trusted || is_approved ? Builds::allowed : Builds::withheld;
}

}  // namespace ekaci::forge
