#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "forge/check.h"
#include "forge/notice.h"
#include "forge/ports.h"
#include "forge/subject.h"
#include "model/review.h"

/// What the desk is told (events) and what it asks for (effects). Values. Deciding is forge/desk.h's work; whoever carries out answers
/// every effect that says so with exactly one event, however late.
namespace ekaci::forge {

/// One review that is under way. Never given twice in one process.
using ReviewId = StrongId<struct ReviewIdTag, std::uint64_t>;
/// Something that was asked of the forge.
using QuestionId = StrongId<struct QuestionIdTag, std::uint64_t>;

/// Whether a review may build, which runs code of the pull request's author for as long as it likes; evaluating is always allowed.
enum class Builds { allowed, withheld };

// Effects.

/// Review the subject. Answered by ReviewEnded, also where it is stopped; ReviewMoved may come before.
struct StartReview {
  ReviewId id;
  Repository repository{};
  Subject subject;
  /// As far as the server's own rules say; what base's configuration makes of it the conclusion says.
  Builds builds = Builds::withheld;
  bool is_approved = false;   ///< by someone who may, for this very head: building it, and what no evidence can tell
  bool retry_failed = false;  ///< build again what is known to fail
  /// Of a branch: an older tip, to compare with and to build what differs; empty: the tip is only evaluated.
  std::optional<CommitId> since{};
};
/// Has no answer of its own: the review ends. It may have ended already.
struct StopReview {
  ReviewId id;
  bool has_successor = false;  ///< its subject is reviewed at another head: what it builds may be wanted again soon
};
/// Which repositories are we in? Answered by RepositoriesListed or QuestionFailed.
struct ListRepositories {
  QuestionId id;
};
/// Which pull requests are open? Answered by PullRequestsListed or QuestionFailed.
struct ListPullRequests {
  QuestionId id;
  Repository repository{};
};
/// What is its state now? Answered by PullRequestRead or QuestionFailed.
struct ReadPullRequest {
  QuestionId id;
  Repository repository{};
  PullRequestNumber number{};
};
/// Where do these branches point to now? Answered by BranchesRead or QuestionFailed.
struct ReadBranches {
  QuestionId id;
  Repository repository{};
  std::vector<std::string> branches{};
  bool with_groups = false;  ///< all branches of merge groups as well
};
/// What may this person do? Answered by PermissionTold or QuestionFailed.
struct AskPermission {
  QuestionId id;
  Repository repository{};
  std::string login{};
};
/// What was fetched of a repository for other subjects than these may be forgotten. Has no answer.
struct TidyUp {
  Repository repository{};
  std::vector<Subject> needed{};
};
using DeskEffect =
    std::variant<StartReview, StopReview, ListRepositories, ListPullRequests, ReadPullRequest, ReadBranches, AskPermission, TidyUp>;

/// What follows from one event. First all of `keep` is kept, durably; only then is the rest begun. Where it cannot be kept nothing else is
/// begun, and the event is handled again after a restart: deliveries that were not kept as handled come again.
struct DeskDecision {
  LedgerEntry keep{};
  std::vector<DeskEffect> then{};
  /// What becomes of an operator's order, in words; there exactly where the event was one. To be told once `keep` is kept.
  std::optional<Result<std::string>> answer{};
};

// Events.

/// A delivery, read.
struct NoticeArrived {
  DeliveryId delivery{};
  Notice notice;
};
/// A delivery that is not what the forge says it is.
struct NoticeUnreadable {
  DeliveryId delivery{};
  std::string why{};
};
struct RepositoriesListed {
  QuestionId id;
  std::vector<Repository> repositories{};
};
struct PullRequestsListed {
  QuestionId id;
  std::vector<PullRequest> open{};
};
struct PullRequestRead {
  QuestionId id;
  PullRequest pull_request;
};
struct BranchesRead {
  QuestionId id;
  std::vector<BranchTip> tips{};                   ///< of those that were asked about
  std::optional<std::vector<BranchTip>> groups{};  ///< there where they were asked for
};
struct PermissionTold {
  QuestionId id;
  Permission permission = Permission::none;
};
/// The forge has no answer, and asking again would not help; whoever carries out has tried again where it might.
struct QuestionFailed {
  QuestionId id;
  Error error;
};

/// A review goes on: what its check says by now.
struct ReviewMoved {
  ReviewId id;
  CheckText progress{};
};
/// What a review has come to.
struct ReviewConclusion {
  Decision decision = Decision::cannot_tell;
  CommitId base;
  Builds builds = Builds::allowed;          ///< whether it might build
  std::optional<std::uint64_t> rebuilds{};  ///< derivations that are new in head; empty where that is not known
  CheckText summary{};                      ///< completed
  std::string comment{};                    ///< the same in short, as markdown of at most kMaxComment bytes
  std::vector<Check> others{};              ///< completed; of the same commit
};
struct ReviewEnded {
  ReviewId id;
  Result<ReviewConclusion> result;
};

/// What an operator can have done with a subject: what the buttons of its check do.
enum class OrderKind {
  review,        ///< again, and believe what is known of builds
  retry_failed,  ///< review again, and build again what is known to fail
  cancel,
};
/// An operator has the rights of whoever owns the server: nobody is asked. Errors of the answer: not_found, conflict (it is closed).
struct OperatorOrdered {
  SubjectKey subject{};
  OrderKind kind = OrderKind::review;
};

/// Time to compare what is known with what the forge says.
struct ReconcileDue {};
/// Desk::alarm() has come, or later.
struct DeskWoke {};

/// Whether there is room on the disk for another review; there is where nothing else was told. Those that run go on.
struct RoomTold {
  bool has_room = true;
};

using DeskEvent = std::variant<NoticeArrived, NoticeUnreadable, RepositoriesListed, PullRequestsListed, PullRequestRead, BranchesRead,
                               PermissionTold, QuestionFailed, ReviewMoved, ReviewEnded, OperatorOrdered, ReconcileDue, DeskWoke, RoomTold>;

}  // namespace ekaci::forge
