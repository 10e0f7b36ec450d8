#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "forge/check.h"
#include "forge/comments.h"
#include "forge/desk_events.h"
#include "forge/desk_texts.h"
#include "forge/docket.h"
#include "forge/known_branches.h"
#include "forge/labels.h"
#include "forge/notice.h"
#include "forge/ports.h"
#include "forge/subject.h"
#include "forge/trust.h"

namespace ekaci::forge {

/// The operator's choices.
struct DeskPolicy {
  std::size_t reviews_at_once = 2;
  enum class Drafts { ignore, review };
  Drafts drafts = Drafts::ignore;
  enum class Abandoned { stop, finish };
  Abandoned superseded = Abandoned::stop;  ///< reviews of heads that a newer one took the place of
  Abandoned closed = Abandoned::stop;
  enum class Pushes {
    ignore,
    review,
    build,  ///< reviewed, and when nothing else is to be done, what they change is built
  };
  Pushes pushes = Pushes::review;  ///< to branches that pull requests are merged into
  TrustPolicy trust{};
  std::optional<LabelPolicy> labels{};  ///< empty: pull requests are not labelled
  CommentPolicy comments = CommentPolicy::never;
  std::uint32_t tries = 5;                  ///< of a review that could not be made
  std::chrono::seconds first_rest{30};      ///< before the second; doubled for each further one
  std::chrono::hours closed_kept{30 * 24};  ///< how long a closed pull request is known, so that late notices cannot open it again
};

/// Decides what the server does about what a forge tells it: which subjects are reviewed, when, and whether they may build; what their
/// summary checks say; whom to ask. Deterministic: no clock, no input or output. The same events in the same order give the same decisions,
/// and starting again from what was kept comes to the same end. One thread.
///
/// Notices are hints. They come late, twice, in any order, or not at all: a state is taken over only where it is newer than what is known,
/// the forge is asked where two are equally old, and all is compared with the forge's lists at start and from time to time.
class Desk {
 public:
  explicit Desk(DeskPolicy policy);

  /// What was kept before. Call once, before any event but RoomTold; then hand it ReconcileDue.
  DeskDecision start(Clock::Wall now, LedgerState state);
  DeskDecision handle(Clock::Wall now, const DeskEvent& event);
  /// When to hand it DeskWoke; nullopt where there is no need.
  [[nodiscard]] std::optional<Clock::Wall> alarm() const;

  [[nodiscard]] const std::map<RepositoryId, Repository>& repositories() const { return repositories_; }
  [[nodiscard]] const std::map<SubjectKey, SubjectRecord>& subjects() const { return subjects_; }
  [[nodiscard]] const Docket& docket() const { return docket_; }
  [[nodiscard]] const DeskPolicy& policy() const { return policy_; }

  /// A review under way.
  struct Running {
    SubjectKey subject;
    CommitId head;
    Docket::Pace pace = Docket::Pace::prompt;
    Clock::Wall since{};
    Builds builds = Builds::withheld;
    bool is_stopped = false;
  };
  [[nodiscard]] const std::map<ReviewId, Running>& running() const { return running_; }
  /// A review that could not be made, and when it is tried again.
  struct Resting {
    Docket::Pace pace = Docket::Pace::prompt;
    std::uint32_t failures = 0;
    std::optional<Clock::Wall> again{};
    Clock::Wall since{};  ///< the first failure
    std::string why{};    ///< the last; hostile
  };
  [[nodiscard]] const std::map<SubjectKey, Resting>& resting() const { return resting_; }
  [[nodiscard]] bool is_reviewable(const SubjectRecord& record) const;

 private:
  struct AboutRepositories {
    std::optional<DeliveryId> delivery{};
  };
  struct AboutPullRequests {
    RepositoryId repository{};
  };
  struct AboutPullRequest {
    RepositoryId repository{};
    PullRequestNumber number{};
    std::optional<DeliveryId> delivery{};
  };
  struct AboutBranches {
    RepositoryId repository{};
  };
  /// May this person have a button of ours do what it says?
  struct AboutButton {
    DeliveryId delivery{};
    RepositoryId repository{};
    CommitId head;
    std::string identifier{};
    std::string by{};
  };
  using Question = std::variant<AboutRepositories, AboutPullRequests, AboutPullRequest, AboutBranches, AboutButton>;

  void on(const NoticeArrived& event);
  void on(const NoticeUnreadable& event);
  void on(const RepositoriesListed& event);
  void on(const PullRequestsListed& event);
  void on(const PullRequestRead& event);
  void on(const BranchesRead& event);
  void on(const PermissionTold& event);
  void on(const QuestionFailed& event);
  void on(const ReviewMoved& event);
  void on(const ReviewEnded& event);
  void on(const OperatorOrdered& event);
  void on(const ReconcileDue& event);
  void on(const DeskWoke& event);
  void on(const RoomTold& event);

  // Each says what becomes of the delivery, or nothing where a question has to be answered first.
  std::optional<std::string> heed(DeliveryId delivery, const PullRequestNotice& notice);
  std::optional<std::string> heed(DeliveryId delivery, const PushNotice& notice);
  std::optional<std::string> heed(DeliveryId delivery, const CheckActionNotice& notice);
  std::optional<std::string> heed(DeliveryId delivery, const MergeGroupNotice& notice);
  std::optional<std::string> heed(DeliveryId delivery, const InstallationNotice& notice);
  std::optional<std::string> heed(DeliveryId delivery, const RepositoryNotice& notice);
  static std::optional<std::string> heed(DeliveryId delivery, const NothingToDo& notice);

  /// Whether we are installed in what a notice is about. Names and rights are taken over from the forge's list alone, which is asked for
  /// where the notice has others: a notice may be older than what is known.
  bool knows(const Repository& told);
  void learn(const Repository& repository);
  void leave(RepositoryId repository);
  /// Takes over a state of a pull request, unless a newer one is known; asks where two are equally old. The delivery is answered then.
  std::optional<std::string> consider(const Repository& repository, const PullRequest& told, std::optional<DeliveryId> delivery);
  /// What becomes of a notice about a repository that we are not known to be in.
  static constexpr const char* kUnknownRepository = "of a repository that we are not known to be in: asked where we are";
  void take_over(RepositoryId repository, const Subject& told);
  void reconcile_open(const Repository& repository, const std::vector<PullRequest>& open);
  void forget_long_closed(RepositoryId repository);
  void press(const AboutButton& button);
  /// What a button that asks for a review does to one subject.
  void press(SubjectRecord& record, const AboutButton& button);

  // Branches: where pull requests are merged into, and those of merge groups.

  /// Whether pull requests are merged into it, as far as is known.
  [[nodiscard]] bool is_target(RepositoryId repository, const std::string& branch) const;
  void reconcile_branches(const Repository& repository);
  void ask_about_branches(const Repository& repository, std::set<std::string> branches, bool with_groups);
  /// What was asked for while an earlier question about them was open.
  void ask_about_more_branches(RepositoryId repository);
  void reconcile_groups(const Repository& repository, const std::vector<BranchTip>& branches, QuestionId asked);
  /// The branch is there by now; nullopt: it is gone.
  void move_branch(const Repository& repository, const BranchTip& told);
  /// Says of a pull request whether its target is elsewhere than it was reviewed against.
  void compare_base(SubjectRecord& record);
  /// Where a review was made against another base than is known: asks which is the newer one.
  void look_for_newer_base(const SubjectRecord& record);
  void compare_bases(RepositoryId repository, const std::string& branch);
  /// Has the tip of a branch evaluated, where that is to be done.
  void review_branch(RepositoryId repository, const std::string& branch, const CommitId& tip);
  /// What an order comes to, in words.
  std::string obey(SubjectRecord& record, OrderKind kind);

  /// An approval is of a commit: it holds for another subject that comes to have it as its head.
  void inherit_approval(SubjectRecord& record) const;
  /// No review, and no answer, until someone asks for one.
  void cancel(SubjectRecord& record, const Abandonment& why);
  /// Likewise of all subjects at a commit; not of none.
  void cancel_at(const std::vector<SubjectKey>& keys, const CommitId& head, const Abandonment& why);
  /// Where nothing was decided of it, nobody can tell from here on.
  void leave_undecided(SubjectRecord& record);
  /// A review from its beginning; of what is not reviewed now, when it is.
  void review_again(SubjectRecord& record);
  /// A review from its beginning.
  void want(SubjectRecord& record);
  /// No review any more: of a commit that was not answered, the check is concluded.
  void abandon(const SubjectRecord& record, const Abandonment& why, DeskPolicy::Abandoned running);
  /// The same but for the check of its head; false where the review that runs is to be finished.
  bool give_up(const SubjectRecord& record, const Abandonment& why, DeskPolicy::Abandoned running);
  /// Whether a review of it will end, or be made.
  [[nodiscard]] bool is_awaited(const SubjectKey& key) const;
  /// A subject leaves a commit: its summary check says the last words, if any, unless another subject has that commit as its head, too.
  void hand_over_check(const SubjectKey& key, const CommitId& head, std::optional<CheckText> last_words);
  void close(const SubjectKey& key, const Abandonment& why);
  void conclude(const Running& running, const ReviewConclusion& conclusion);
  /// Of a head that its subject has left.
  void conclude_older(const Running& running, const ReviewConclusion& conclusion);
  void fail_review(const Running& running, const Error& error);
  void begin_reviews();
  /// Stops what has time while something else waits; it goes on when there is time again.
  void make_way();
  /// Has what a push changed built when there is time.
  void build_later(SubjectRecord& record);

  /// What the summary check of a commit is to say; nothing for branches, which have none. Its other checks follow: they are open while it
  /// waits, and what of them is not told besides is withdrawn when it is completed.
  void tell(const SubjectKey& key, const CommitId& head, CheckText text);
  /// What the checks of a commit say of a subject that was reviewed: where others have that commit as their head as well, the worst of all
  /// verdicts counts.
  void tell_verdict(const SubjectKey& key, const CommitId& head, const ReviewConclusion& conclusion);
  /// Subjects that are reviewed and have this commit as their head, but for one.
  [[nodiscard]] std::vector<SubjectKey> others_at(const SubjectKey& key, const CommitId& head) const;
  /// A pull request's label by what was found of its head; none where nobody could tell.
  void label(const SubjectKey& key, std::optional<std::uint64_t> rebuilds);
  /// What a pull request's comment is to say from now on, where there is one or the conclusion asks for one.
  void comment(const SubjectKey& key, const CommitId& head, const CheckText& summary, std::string text);
  void keep(const SubjectRecord& record);
  void settle(DeliveryId delivery, std::string outcome);
  QuestionId ask(Question question);
  std::optional<Question> answered(QuestionId id);
  template <class Kind>
  std::optional<Kind> answered_as(QuestionId id);
  void read(const Repository& repository, PullRequestNumber number, std::optional<DeliveryId> delivery);
  void list_repositories(std::optional<DeliveryId> delivery);
  /// Lists them once more where that is not being done already; else after that.
  void list_repositories_again();
  void list_pull_requests(const Repository& repository);
  template <class Kind, class Matches>
  [[nodiscard]] bool is_asked(Matches matches) const;
  [[nodiscard]] const Repository* find_repository(RepositoryId id) const;
  SubjectRecord* find_subject(const SubjectKey& key);
  /// The subjects whose checks stand on this commit, but for what is closed.
  [[nodiscard]] std::vector<SubjectKey> subjects_at(RepositoryId repository, const CommitId& head) const;

  DeskPolicy policy_;
  std::map<RepositoryId, Repository> repositories_{};
  std::map<SubjectKey, SubjectRecord> subjects_{};
  KnownBranches branches_{};
  /// What is to be asked of branches when the question that is open is answered.
  struct Unasked {
    std::set<std::string> branches{};
    bool with_groups = false;
  };
  std::map<RepositoryId, Unasked> unasked_branches_{};
  bool are_repositories_unsure_ = false;  ///< since the question that is open was asked
  Docket docket_;
  bool has_room_ = true;  ///< for another review
  std::map<ReviewId, Running> running_{};
  std::map<SubjectKey, Resting> resting_{};
  std::uint64_t questions_asked_ = 0;
  std::map<QuestionId, Question> questions_{};
  Clock::Wall now_{};        ///< of the event that is handled
  DeskDecision decision_{};  ///< on it, so far
};

template <class Kind, class Matches>
bool Desk::is_asked(Matches matches) const {
  return std::ranges::any_of(questions_, [&](const auto& asked) {
    const auto* one = std::get_if<Kind>(&asked.second);
    return one != nullptr && matches(*one);
  });
}

template <class Kind>
std::optional<Kind> Desk::answered_as(QuestionId id) {
  std::optional<Question> question = answered(id);
  if (!question || !std::holds_alternative<Kind>(*question)) return std::nullopt;
  return std::get<Kind>(std::move(*question));
}

}  // namespace ekaci::forge
