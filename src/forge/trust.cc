#include "forge/trust.h"

#include <string_view>
#include <variant>

#include "base/letter_case.h"

namespace ekaci::forge {
namespace {

/// Policy and rules as one.
class Trust {
 public:
  Trust(const TrustPolicy& policy, const TrustRules& of_base) : policy_(policy), of_base_(of_base) {}

  [[nodiscard]] bool is_author_trusted(const PullRequest& pull_request) const {
    return has_trusted_association(pull_request) || is_listed(pull_request.author);
  }

  /// Whoever can push to the head decides what is built, not who opened the pull request.
  [[nodiscard]] bool is_head_trusted(const PullRequest& pull_request, const Repository& repository) const {
    if (pull_request.head_owner.empty()) return false;
    const std::string owner = lower_case(pull_request.head_owner);
    return owner == lower_case(pull_request.author) || owner == lower_case(owner_of(repository)) || is_listed(owner);
  }

 private:
  [[nodiscard]] bool is_listed(std::string_view login) const {
    const std::string name = lower_case(login);
    return policy_.authors.contains(name) ||
           (policy_.of_repository == TrustPolicy::OfRepository::widens && of_base_.authors.contains(name));
  }

  [[nodiscard]] bool has_trusted_association(const PullRequest& pull_request) const {
    const auto& kept = of_base_.associations;
    return policy_.associations.contains(pull_request.association) &&
           (!kept || kept->contains(std::string(to_string(pull_request.association))));
  }

  const TrustPolicy& policy_;
  const TrustRules& of_base_;
};

}  // namespace

Builds builds_of(const BuildsQuestion& asked, const TrustPolicy& policy, const TrustRules& of_base) {
  const auto* pull_request = std::get_if<PullRequest>(&asked.subject);
  if (pull_request == nullptr || asked.is_approved) return Builds::allowed;
  if (of_base.builds == TrustRules::Builds::approved) return Builds::withheld;
  const Trust trust(policy, of_base);
  const bool is_trusted = trust.is_author_trusted(*pull_request) && trust.is_head_trusted(*pull_request, asked.repository);
  return is_trusted ? Builds::allowed : Builds::withheld;
}

}  // namespace ekaci::forge
