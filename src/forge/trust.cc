#include "forge/trust.h"

#include <variant>

namespace ekaci::forge {
namespace {

/// Logins are ASCII.
std::string in_lower_case(std::string login) {
  for (char& letter : login) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return login;
}

}  // namespace

Builds builds_of(const SubjectRecord& record, const TrustPolicy& policy) {
  const auto* pull_request = std::get_if<PullRequest>(&record.subject);
  if (pull_request == nullptr) return Builds::allowed;
  const bool is_trusted =
      policy.associations.contains(pull_request->association) || policy.authors.contains(in_lower_case(pull_request->author));
  const bool is_approved = record.approved == pull_request->head;
  return is_trusted || is_approved ? Builds::allowed : Builds::withheld;
}

}  // namespace ekaci::forge
