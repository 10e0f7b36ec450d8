#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "forge/check.h"
#include "forge/comments.h"
#include "forge/labels.h"
#include "forge/notice.h"
#include "forge/subject.h"
#include "model/review.h"

/// What answering a forge needs of the world. Adapters (github/, db/) implement these; tests have fakes in tests/support. Calls may block
/// and are made from pool threads; implementations are safe to call from several threads at once.
namespace ekaci::forge {

/// A webhook as it came in, its signature found right.
struct Delivery {
  std::string guid{};   ///< the forge's id of it (`X-GitHub-Delivery`): the same when it is sent again
  std::string event{};  ///< `X-GitHub-Event`
  std::string payload{};
  Clock::Wall received{};
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// A webhook on the shelf.
struct StoredDelivery {
  DeliveryId id{};
  Delivery delivery{};
  friend bool operator==(const StoredDelivery&, const StoredDelivery&) = default;
};

/// Webhooks are kept here before they are answered, and until what follows from them is kept.
class Inbox {
 public:
  virtual ~Inbox() = default;
  /// Durable when it returns. false where one with this guid was received before: nothing is to be done.
  virtual Result<bool> receive(const Delivery& delivery) = 0;
  /// The oldest that were not handled, in the order of arrival, after `after`. May be fewer than there are, as large ones fill a page
  /// earlier; none where there are no more.
  virtual Result<std::vector<StoredDelivery>> unhandled(DeliveryId after, std::size_t limit) = 0;
};

/// What is to be remembered of a subject.
struct SubjectRecord {
  RepositoryId repository{};
  Subject subject;
  /// The head that someone with write access approved for building; a push after it voids it.
  std::optional<CommitId> approved{};
  std::string approved_by{};
  /// What came of the review of its head; empty where none has ended.
  std::optional<Decision> decision{};
  bool builds_withheld = false;  ///< of that review: it would go on if someone approved of building
  /// What it was reviewed against.
  std::optional<CommitId> base{};
  bool is_base_stale = false;  ///< the target moved since
  bool retry_failed = false;   ///< the next review is to build again what is known to fail
  /// Of a branch: the newest of its tips that was built, which a later one is compared with; empty where none is to be.
  std::optional<CommitId> built{};
  friend bool operator==(const SubjectRecord&, const SubjectRecord&) = default;
};

/// What all checks of a commit but its summary are to say, those that LedgerEntry::checks names and those that were never wanted excepted.
struct OtherChecks {
  RepositoryId repository{};
  CommitId head;
  CheckText text{};
  friend bool operator==(const OtherChecks&, const OtherChecks&) = default;
};

/// A delivery with what became of it.
struct HandledDelivery {
  DeliveryId id{};
  std::string outcome{};  ///< for the operator; what came of it, in a line
};

/// What follows from an event: kept together or not at all.
struct LedgerEntry {
  std::vector<Repository> repositories{};  ///< new or changed
  std::vector<RepositoryId> left{};        ///< we are in them no more: their subjects go as well
  std::vector<RepositoryId> permitted{};   ///< we may do something else there: what was refused of what is there now is owed again
  std::vector<SubjectRecord> subjects{};   ///< new or changed
  std::vector<SubjectKey> closed{};        ///< gone
  std::vector<Check> checks{};             ///< wanted; one of the same commit and name takes the other's place
  std::vector<OtherChecks> others{};       ///< wanted
  std::vector<WantedLabel> labels{};       ///< wanted; one of the same pull request takes the other's place
  std::vector<WantedComment> comments{};   ///< likewise
  std::vector<HandledDelivery> handled{};
  [[nodiscard]] bool is_empty() const {
    return repositories.empty() && left.empty() && permitted.empty() && subjects.empty() && closed.empty() && checks.empty() &&
           others.empty() && labels.empty() && comments.empty() && handled.empty();
  }
  /// Whether something may be owed to the forge that was not before.
  [[nodiscard]] bool owes_more() const {
    return !permitted.empty() || !checks.empty() || !others.empty() || !labels.empty() || !comments.empty();
  }
};

/// All that is known at a start.
struct LedgerState {
  std::vector<Repository> repositories{};
  std::vector<SubjectRecord> subjects{};
  friend bool operator==(const LedgerState&, const LedgerState&) = default;
};

/// What we know of the forge and owe it.
class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual Result<LedgerState> load() = 0;
  virtual Status keep(const LedgerEntry& entry) = 0;
};

/// A check that the forge does not have as it is wanted.
struct OwedCheck {
  CheckId id{};
  std::uint64_t version = 0;  ///< of what is wanted; grows with every change
  Repository repository{};
  Check check;
  std::optional<ForgeCheckId> forge_id{};  ///< empty where it may have to be created
  bool may_exist = false;                  ///< creating was tried before, and nobody knows what came of it
  std::uint32_t failures = 0;              ///< in a row
  friend bool operator==(const OwedCheck&, const OwedCheck&) = default;
};

/// Checks, labels and comments on their way to the forge.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Those that are due by now, the longest due first.
  virtual Result<std::vector<OwedCheck>> owed(Clock::Wall now, std::size_t limit) = 0;
  /// When the next check, label or comment is due that is not due now; nullopt where nothing is owed.
  virtual Result<std::optional<Clock::Wall>> next_due(Clock::Wall now) = 0;
  /// Says, durably and before it is tried, that it may from now on exist at the forge.
  virtual Status trying_to_create(CheckId id) = 0;
  /// The forge has this version. A newer one, where there is one, is due from `next` on, but at once where it concludes the check.
  virtual Status sent(CheckId id, ForgeCheckId forge_id, std::uint64_t version, Clock::Wall next) = 0;
  /// It could not be sent; it is due again then.
  virtual Status postponed(CheckId id, Clock::Wall due, Delay delay, std::string_view why) = 0;
  /// The forge will never take this version. Visible to the operator; a newer version is tried again.
  virtual Status refused(CheckId id, std::uint64_t version, std::string_view why) = 0;

  /// Labels that are due by now, the longest due first. Each of the following is about a wish, and says nothing of a newer one.
  virtual Result<std::vector<OwedLabel>> owed_labels(Clock::Wall now, std::size_t limit) = 0;
  /// The pull request has it.
  virtual Status labelled(LabelId id) = 0;
  /// It could not be given; it is due again then.
  virtual Status label_postponed(LabelId id, Clock::Wall due, Delay delay, std::string_view why) = 0;
  /// The forge will never take it. Visible to the operator; a newer wish is tried again.
  virtual Status label_refused(LabelId id, std::string_view why) = 0;

  /// Comments that are due by now, the longest due first. A comment that is no more is none to say anything of.
  virtual Result<std::vector<OwedComment>> owed_comments(Clock::Wall now, std::size_t limit) = 0;
  /// The forge has it, under this number, and it says this version. A newer one stays due.
  virtual Status commented(CommentId id, ForgeCommentId forge_id, std::uint64_t version) = 0;
  /// There is none at the forge, and this version makes none.
  virtual Status uncommented(CommentId id, std::uint64_t version) = 0;
  /// It could not be sent; it is due again then.
  virtual Status comment_postponed(CommentId id, Clock::Wall due, Delay delay, std::string_view why) = 0;
  /// The forge will never take this version. Visible to the operator; a newer one is tried again.
  virtual Status comment_refused(CommentId id, std::uint64_t version, std::string_view why) = 0;
};

/// What someone may do in a repository. Later is more.
enum class Permission { none, read, triage, write, maintain, admin };
std::string_view to_string(Permission permission);
std::optional<Permission> parse_permission(std::string_view text);

/// A branch of a repository, and the commit that it points to.
struct BranchTip {
  std::string branch{};           ///< without `refs/heads/`
  std::optional<CommitId> tip{};  ///< empty: there is no such branch
  friend bool operator==(const BranchTip&, const BranchTip&) = default;
};

/// The forge, asked and told. Errors: `unavailable` (try later; not before resume_at(), where that says something), `not_found`,
/// `permission_denied`, `invalid_argument` (it will never take this), `cancelled`.
class Forge {
 public:
  virtual ~Forge() = default;
  /// Every repository that we are installed in.
  virtual Result<std::vector<Repository>> repositories(const CancelToken& cancel) = 0;
  virtual Result<std::vector<PullRequest>> open_pull_requests(const Repository& repository, const CancelToken& cancel) = 0;
  virtual Result<PullRequest> pull_request(const Repository& repository, PullRequestNumber number, const CancelToken& cancel) = 0;
  virtual Result<Permission> permission_of(const Repository& repository, std::string_view login, const CancelToken& cancel) = 0;
  /// The tips of these branches, in their order. A repository without a commit has no branch. One call for each: those that matter.
  virtual Result<std::vector<BranchTip>> branch_tips(const Repository& repository, const std::vector<std::string>& branches,
                                                     const CancelToken& cancel) = 0;
  /// The branches that the forge's merge queue has made (merge_queue.h), each at its tip: names that git lets a branch have, and nothing
  /// else is said of them. None where there is no queue. A branch may stay for a while after its group was merged or given up.
  virtual Result<std::vector<BranchTip>> merge_group_branches(const Repository& repository, const CancelToken& cancel) = 0;

  virtual Result<ForgeCheckId> create_check(const OwedCheck& check, const CancelToken& cancel) = 0;
  virtual Status update_check(const OwedCheck& check, ForgeCheckId id, const CancelToken& cancel) = 0;
  /// The one that we created before, told by its idempotency key; nullopt where there is none.
  virtual Result<std::optional<ForgeCheckId>> find_check(const OwedCheck& check, const CancelToken& cancel) = 0;

  /// Gives the pull request the label that is wanted, if one is, and takes away all others that begin with the prefix; touches no other.
  /// May be repeated: what is as it is wanted stays.
  virtual Status put_label(const OwedLabel& label, std::string_view prefix, const CancelToken& cancel) = 0;

  virtual Result<ForgeCommentId> create_comment(const OwedComment& comment, const CancelToken& cancel) = 0;
  /// not_found where there is no such comment any more.
  virtual Status update_comment(const OwedComment& comment, ForgeCommentId id, const CancelToken& cancel) = 0;
  /// The one that we created before on that pull request, whatever it says; nullopt where there is none.
  virtual Result<std::optional<ForgeCommentId>> find_comment(const OwedComment& comment, const CancelToken& cancel) = 0;

  /// Until when the forge wants to be left alone by calls for this installation; nullopt where it does not.
  [[nodiscard]] virtual std::optional<Clock::Wall> resume_at(InstallationId installation) const = 0;
  /// From when on calls for this installation may be spent on what can be left out, as the progress of a check can; nullopt where they may
  /// be now. Until then, what is left of its budget is for what cannot.
  [[nodiscard]] virtual std::optional<Clock::Wall> spares_from(InstallationId installation) const = 0;
};

}  // namespace ekaci::forge
