#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "forge/desk.h"

/// A forge, a ledger and reviews, made up from a seed, for a desk to live with. Webhooks are lost, doubled and shuffled; the server dies at
/// any moment, and starts again from what the ledger kept.
namespace ekaci::forge::fake {

inline CommitId commit(std::uint64_t number) { return CommitId::parse(fmt::format("{:040x}", number)).value(); }

struct ForgeOptions {
  std::uint64_t seed = 0;
  std::size_t steps = 200;
  std::size_t pull_requests = 4;  ///< in each of two repositories
  unsigned lost_percent = 0;      ///< of webhooks
  unsigned crash_percent = 0;     ///< of steps
  unsigned full_percent = 0;      ///< of steps: the disk becomes full, or has room again
  unsigned failing_percent = 0;   ///< of reviews: could not be made, this time
  unsigned push_percent = 0;      ///< of changes: to the branch that pull requests go to
  unsigned order_percent = 0;     ///< of the moments at which an operator may order something
  unsigned group_percent = 0;     ///< of changes: the merge queue makes a group, or gives one up
};

class SimulatedForge {
 public:
  explicit SimulatedForge(ForgeOptions options) : options_(options), random_(options.seed), desk_(policy()) {
    for (std::int64_t id = 1; id <= 2; ++id) {
      repositories_.push_back({.id = {id}, .installation = {7}, .name = fmt::format("owner/repository{}", id), .default_branch = "main"});
    }
    begin();
  }

  /// Everything that may happen happens, and then all comes to rest.
  void run() {
    for (std::size_t step = 0; step < options_.steps; ++step) {
      if (chance(options_.crash_percent)) crash();
      if (chance(options_.full_percent)) tell_room(!has_room_);
      one_thing();
    }
    come_to_rest();
  }

  /// What is wrong with what was seen; empty where nothing is.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  void check_end() {
    if (desk_.docket().waiting() + desk_.docket().running() > 0) violate("something still waits or runs");
    for (const auto& [key, check] : checks_) {
      if (check.text.status != CheckStatus::completed)
        violate("a check of " + check.head.brief() + " is not concluded: " + check.text.title);
    }
    for (const auto& [key, truth] : truth_) check_pull_request(key, truth);
    for (const auto& [key, record] : subjects_) check_branch(record);
    check_groups();
  }

 private:
  using Key = std::pair<RepositoryId, PullRequestNumber>;
  struct Hook {
    DeliveryId id;
    Notice notice;
  };

  static DeskPolicy policy() {
    return {.pushes = DeskPolicy::Pushes::build,
            .labels = LabelPolicy{.prefix = "rebuilds: ", .thresholds = {1}},
            .tries = 1'000,
            .first_rest = std::chrono::seconds(0)};
  }

  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  void violate(std::string what) { violations_.push_back(fmt::format("seed {}: {}", options_.seed, what)); }

  void begin() {
    std::vector<SubjectRecord> subjects;
    for (const auto& [key, record] : subjects_) subjects.push_back(record);
    if (!has_room_) tell_room(false);
    obey(desk_.start(now_, {.repositories = known_, .subjects = std::move(subjects)}));
    obey(desk_.handle(now_, ReconcileDue{}));
    const std::vector<Hook> unhandled = inbox_;
    for (const Hook& hook : unhandled) obey(desk_.handle(now_, NoticeArrived{hook.id, hook.notice}));
  }

  void crash() {
    running_.clear();
    questions_.clear();
    desk_ = Desk(policy());
    begin();
  }

  void one_thing() {
    switch (below(6)) {
      case 0:
        change_truth();
        break;
      case 1:
        deliver();
        break;
      case 2:
        answer();
        break;
      case 3:
        end_review();
        break;
      case 4:
        if (chance(options_.order_percent)) order();
        break;
      default:
        wake();
    }
  }

  void tell_room(bool has_room) {
    has_room_ = has_room;
    obey(desk_.handle(now_, RoomTold{has_room}));
  }

  void come_to_rest() {
    tell_room(true);
    // A reconciliation that was asked for before the last change may tell less than there is: the next tells it all.
    for (int round = 0; round < 3; ++round) {
      obey(desk_.handle(now_, ReconcileDue{}));
      while (!underway_.empty() || !questions_.empty() || !running_.empty() || desk_.alarm()) {
        deliver();
        answer();
        end_review();
        wake();
      }
    }
  }

  void wake() {
    if (desk_.alarm()) obey(desk_.handle(now_, DeskWoke{}));
  }

  // What an operator orders, of what there is and of what there is not.

  void order() {
    const Repository& repository = repositories_[below(repositories_.size())];
    const PullRequestNumber number{static_cast<std::int64_t>(1 + below(options_.pull_requests + 1))};
    const OperatorOrdered order{.subject = {.repository = repository.id, .number = number}, .kind = any_order()};
    const auto known = desk_.subjects().find(order.subject);
    const bool is_open =
        known != desk_.subjects().end() && std::get<PullRequest>(known->second.subject).state != PullRequest::State::closed;
    const bool is_awaited =
        desk_.docket().is_waiting(order.subject) || desk_.docket().review_of(order.subject) || desk_.resting().contains(order.subject);
    const DeskDecision decision = desk_.handle(now_, order);
    obey(decision);
    if (!decision.answer || decision.answer->has_value() != is_open) violate("an order is not answered as it should be");
    if (is_open) check_order(order, is_awaited);
  }

  OrderKind any_order() {
    const std::uint64_t kind = below(3);
    if (kind == 0) return OrderKind::cancel;
    return kind == 1 ? OrderKind::review : OrderKind::retry_failed;
  }

  void check_order(const OperatorOrdered& order, bool was_awaited) {
    const SubjectRecord& record = desk_.subjects().at(order.subject);
    const auto under_review = desk_.docket().review_of(order.subject);
    if (order.kind == OrderKind::cancel) {
      if (was_awaited) cancelled_.insert({order.subject, head_of(record.subject)});
      if (desk_.docket().is_waiting(order.subject)) violate("what is cancelled still waits");
      if (under_review && !desk_.running().at(*under_review).is_stopped) violate("what is cancelled goes on");
    } else if (desk_.is_reviewable(record) && !desk_.docket().is_waiting(order.subject) && !under_review) {
      violate("what is to be reviewed again neither waits nor runs");
    }
    if (order.kind == OrderKind::retry_failed && !subjects_.at(order.subject).retry_failed) violate("an order is not kept");
  }

  // The truth, and what is told of it.

  void change_truth() {
    if (chance(50)) now_ += std::chrono::seconds(1);
    const Repository& repository = repositories_[below(repositories_.size())];
    if (options_.push_percent > 0 && chance(options_.push_percent)) {
      push(repository);
      return;
    }
    if (options_.group_percent > 0 && chance(options_.group_percent)) {
      change_group(repository);
      return;
    }
    const Key key{repository.id, {static_cast<std::int64_t>(1 + below(options_.pull_requests))}};
    if (chance(15)) {
      if (const auto found = truth_.find(key); found != truth_.end()) {
        press(repository, found->second);
        return;
      }
    }
    const auto known = truth_.find(key);
    PullRequest& pull_request = known != truth_.end() ? known->second : truth_.emplace(key, opened(key)).first->second;
    if (known != truth_.end()) change(pull_request);
    pull_request.updated = now_;
    send(PullRequestNotice{repository, pull_request});
  }

  void push(const Repository& repository) {
    const CommitId before = tip_of(repository.id, "main");
    const CommitId tip = tips_.insert_or_assign(repository.id, commit(++commits_)).first->second;
    send(PushNotice{.repository = repository, .branch = "main", .tip = tip, .before = before});
  }

  void change_group(const Repository& repository) {
    const bool is_given_up = !groups_.empty() && chance(50);
    if (!is_given_up) {
      const CommitId base = tip_of(repository.id, "main");
      const std::string branch = fmt::format("gh-readonly-queue/main/pr-{}-{}", 1 + below(options_.pull_requests), base.to_string());
      const MergeGroup group{.branch = branch, .head = commit(++commits_), .base = base};
      if (groups_.emplace(key_of(repository.id, group), group).second) send(MergeGroupNotice{repository, group});
      return;
    }
    const auto given_up = std::next(groups_.begin(), static_cast<std::ptrdiff_t>(below(groups_.size())));
    const auto of = std::ranges::find(repositories_, given_up->first.repository, &Repository::id);
    send(MergeGroupNotice{*of, given_up->second, true});
    groups_.erase(given_up);
  }

  PullRequest opened(const Key& key) {
    return {.number = key.second,
            .target = "main",
            .head = commit(++commits_),
            .head_owner = "author",
            .author = "author",
            .association = chance(50) ? Association::member : Association::none};
  }

  void change(PullRequest& pull_request) {
    switch (below(6)) {
      case 0:
        pull_request.state = PullRequest::State::closed;
        break;
      case 1:
        pull_request.state = PullRequest::State::draft;
        break;
      case 2:
        pull_request.target = pull_request.target == "main" ? "staging" : "main";
        break;
      case 3:
        pull_request.state = PullRequest::State::open;
        break;
      default:
        pull_request.head = chance(20) ? commit(1 + below(commits_)) : commit(++commits_);
    }
  }

  void press(const Repository& repository, const PullRequest& pull_request) {
    std::string button(kApprove);
    if (!chance(60)) button = chance(50) ? kRetry : "";
    const std::string by = chance(70) ? "reviewer" : "stranger";
    if (button == kApprove && by == "reviewer") approved_.insert(pull_request.head);
    send(CheckActionNotice{.repository = repository, .head = pull_request.head, .check = "EkaCI", .identifier = button, .by = by});
  }

  void send(const Notice& notice) {
    // A button that is pressed is told by nothing else than its webhook.
    const bool may_be_lost = !std::holds_alternative<CheckActionNotice>(notice);
    if (may_be_lost && chance(options_.lost_percent)) return;
    underway_.push_back(notice);
  }

  void deliver() {
    if (underway_.empty()) return;
    const auto next = underway_.begin() + static_cast<std::ptrdiff_t>(below(underway_.size()));
    const Hook hook{{++deliveries_}, *next};
    underway_.erase(next);
    inbox_.push_back(hook);
    obey(desk_.handle(now_, NoticeArrived{hook.id, hook.notice}));
  }

  void answer() {
    if (questions_.empty()) return;
    const auto next = questions_.begin() + static_cast<std::ptrdiff_t>(below(questions_.size()));
    const DeskEffect question = std::move(*next);
    questions_.erase(next);
    if (const auto* list = std::get_if<ListRepositories>(&question)) {
      obey(desk_.handle(now_, RepositoriesListed{list->id, repositories_}));
    } else if (const auto* open = std::get_if<ListPullRequests>(&question)) {
      obey(desk_.handle(now_, PullRequestsListed{open->id, open_in(open->repository.id)}));
    } else if (const auto* read = std::get_if<ReadPullRequest>(&question)) {
      obey(desk_.handle(now_, PullRequestRead{read->id, truth_.at({read->repository.id, read->number})}));
    } else if (const auto* branches = std::get_if<ReadBranches>(&question)) {
      obey(desk_.handle(now_, branches_read(*branches)));
    } else if (const auto* permission = std::get_if<AskPermission>(&question)) {
      obey(desk_.handle(now_, PermissionTold{permission->id, permission->login == "reviewer" ? Permission::write : Permission::read}));
    }
  }

  BranchesRead branches_read(const ReadBranches& question) {
    BranchesRead answer{.id = question.id};
    for (const std::string& branch : question.branches) {
      answer.tips.push_back({.branch = branch, .tip = tip_of(question.repository.id, branch)});
    }
    if (!question.with_groups) return answer;
    answer.groups.emplace();
    for (const auto& [key, group] : groups_) {
      if (key.repository == question.repository.id) answer.groups->push_back({.branch = group.branch, .tip = group.head});
    }
    return answer;
  }

  std::vector<PullRequest> open_in(RepositoryId repository) const {
    std::vector<PullRequest> open;
    for (const auto& [key, pull_request] : truth_) {
      if (key.first == repository && pull_request.state != PullRequest::State::closed) open.push_back(pull_request);
    }
    return open;
  }

  void end_review() {
    if (running_.empty()) return;
    const auto next = std::next(running_.begin(), static_cast<std::ptrdiff_t>(below(running_.size())));
    const StartReview review = next->second;
    running_.erase(next);
    if (chance(options_.failing_percent)) {
      obey(desk_.handle(now_, ReviewEnded{review.id, fail(ErrorCode::unavailable, "not now")}));
      return;
    }
    obey(desk_.handle(now_, ReviewEnded{review.id, conclusion_of(review)}));
  }

  /// What the review fetched when it began.
  CommitId base_of(const StartReview& review) const {
    const auto* pull_request = std::get_if<PullRequest>(&review.subject);
    return pull_request == nullptr ? commit(0) : tip_of(review.repository.id, pull_request->target);
  }

  ReviewConclusion conclusion_of(const StartReview& review) const {
    const Conclusion conclusion = review.builds == Builds::allowed ? Conclusion::success : Conclusion::action_required;
    return {.decision = review.builds == Builds::allowed ? Decision::merge : Decision::wait,
            .base = bases_.at(review.id),
            .rebuilds = review.builds == Builds::allowed ? std::optional<std::uint64_t>(1) : std::nullopt,
            .summary = {.status = CheckStatus::completed, .conclusion = conclusion, .title = "reviewed"},
            .others = others_of(review)};
  }

  /// Of a review that builds: another check than of one that does not.
  static std::vector<Check> others_of(const StartReview& review) {
    const std::string name = review.builds == Builds::allowed ? "EkaCI / build" : "EkaCI / evaluate";
    return {{.repository = review.repository.id,
             .head = head_of(review.subject),
             .name = name,
             .text = {.status = CheckStatus::completed, .conclusion = Conclusion::success, .title = "found"}}};
  }

  // What the desk decides.

  void obey(const DeskDecision& decision) {
    keep(decision.keep);
    for (const DeskEffect& effect : decision.then) {
      if (const auto* start = std::get_if<StartReview>(&effect)) {
        if (!has_room_) violate("a review was begun on a full disk");
        begin_review(*start);
      } else if (const auto* stop = std::get_if<StopReview>(&effect)) {
        if (!running_.contains(stop->id)) violate("a review is stopped that does not run");
      } else if (const auto* chore = std::get_if<TidyUp>(&effect)) {
        check_chore(*chore);
      } else {
        questions_.push_back(effect);
      }
    }
  }

  void check_chore(const TidyUp& chore) {
    for (const auto& [id, review] : running_) {
      const bool is_there = std::ranges::find(chore.needed, review.subject) != chore.needed.end();
      const bool is_stopped = desk_.docket().subject_of(id) && !is_there;
      if (review.repository.id == chore.repository.id && is_wanted(review) && is_stopped) violate("what a review needs is forgotten");
    }
  }

  /// Whether the desk still wants to know of what is reviewed.
  [[nodiscard]] bool is_wanted(const StartReview& review) const {
    const auto known = desk_.subjects().find(key_of(review.repository.id, review.subject));
    return known != desk_.subjects().end() && known->second.subject == review.subject;
  }

  void begin_review(const StartReview& start) {
    for (const auto& [id, other] : running_) {
      if (key_of(other.repository.id, other.subject) == key_of(start.repository.id, start.subject)) violate("two reviews of one subject");
    }
    running_.emplace(start.id, start);
    bases_.insert_or_assign(start.id, base_of(start));
    if (running_.size() > policy().reviews_at_once) violate("more reviews at once than allowed");
    if (start.since && running_.size() > 1) violate("what has time is built while something else is under review");
    const auto* pull_request = std::get_if<PullRequest>(&start.subject);
    if (pull_request == nullptr) return;
    const bool may_build = pull_request->association == Association::member || approved_.contains(pull_request->head);
    if (start.builds == Builds::allowed && !may_build) violate("built without an approval of this head");
  }

  void keep(const LedgerEntry& entry) {
    for (const Repository& repository : entry.repositories) {
      std::erase_if(known_, [&](const Repository& other) { return other.id == repository.id; });
      known_.push_back(repository);
    }
    for (const SubjectRecord& record : entry.subjects) subjects_.insert_or_assign(key_of(record.repository, record.subject), record);
    for (const SubjectKey& key : entry.closed) subjects_.erase(key);
    for (const WantedLabel& label : entry.labels) labels_.insert_or_assign({label.repository, label.pull_request}, label.name);
    for (const Check& check : entry.checks) checks_.insert_or_assign({check.repository, check.head, check.name}, check);
    for (const OtherChecks& others : entry.others) keep_others(others, entry.checks);
    for (const HandledDelivery& handled : entry.handled) {
      if (std::erase_if(inbox_, [&](const Hook& hook) { return hook.id == handled.id; }) != 1) violate("a delivery is handled twice");
    }
  }

  void keep_others(const OtherChecks& others, const std::vector<Check>& told) {
    for (auto& [key, check] : checks_) {
      const auto is_told = [&](const Check& one) {
        return one.repository == check.repository && one.head == check.head && one.name == check.name;
      };
      const bool is_other = check.repository == others.repository && check.head == others.head && check.name != kSummaryCheck;
      if (is_other && std::ranges::none_of(told, is_told)) check.text = others.text;
    }
  }

  void check_pull_request(const Key& key, const PullRequest& truth) {
    const auto found = desk_.subjects().find(key_of(key.first, truth));
    if (found == desk_.subjects().end()) {
      if (truth.state != PullRequest::State::closed) violate(fmt::format("#{} is not known", truth.number.value));
      return;
    }
    const auto& known = std::get<PullRequest>(found->second.subject);
    // What becomes of a closed one is nobody's business until it is opened again.
    const bool both_closed = known.state == PullRequest::State::closed && truth.state == PullRequest::State::closed;
    if (known != truth && !both_closed) violate(fmt::format("#{} is known otherwise than it is", truth.number.value));
    if (truth.state != PullRequest::State::open) return;
    if (!found->second.decision) violate("an open pull request has no decision");
    const auto label = labels_.find(key);
    const bool is_known = found->second.decision == Decision::merge;
    if (label == labels_.end() || label->second.has_value() != is_known) violate("an open pull request is labelled by something else");
    const auto check = checks_.find({key.first, truth.head, std::string(kSummaryCheck)});
    if (check == checks_.end()) {
      violate("an open pull request has no check");
      return;
    }
    const std::optional<Conclusion> conclusion = check->second.text.conclusion;
    const bool may_be_cancelled = is_any_at(key, truth.head, [this](RepositoryId repository, const PullRequest& one) {
      return cancelled_.contains({key_of(repository, one), one.head});
    });
    if (may_be_cancelled && (conclusion == Conclusion::cancelled || conclusion == Conclusion::failure)) return;
    // Pull requests of one head share its check: what one of them waits for, it says.
    const bool is_withheld = is_any_at(key, truth.head, [this](RepositoryId repository, const PullRequest& one) {
      return one.association != Association::member && desk_.subjects().at(key_of(repository, one)).approved != one.head;
    });
    const Conclusion wanted = is_withheld ? Conclusion::action_required : Conclusion::success;
    if (conclusion != wanted) violate("an open pull request's check says: " + check->second.text.title);
    check_sharing(key, truth, check->second.text);
    if (found->second.base && found->second.is_base_stale != is_moved(key.first, truth.target, *found->second.base)) {
      violate("a verdict is about another base than it says");
    }
  }

  /// Where others have the head as well, its check says so, and of whom.
  void check_sharing(const Key& key, const PullRequest& truth, const CheckText& text) {
    const bool is_shared = is_any_at(key, truth.head, [&](RepositoryId, const PullRequest& one) { return one.number != truth.number; });
    for (const auto& [other, one] : truth_) {
      if (other.first != key.first) continue;
      const bool has_head = one.head == truth.head && one.state == PullRequest::State::open;
      const bool is_named = text.summary.find(fmt::format("- #{}: ", one.number.value)) != std::string::npos;
      if (is_named == (is_shared && has_head)) continue;
      violate(fmt::format("the check of #{} is wrong of #{}", truth.number.value, one.number.value));
    }
  }

  /// Whether it holds for an open pull request of that head.
  template <class Holds>
  bool is_any_at(const Key& key, const CommitId& head, Holds holds) const {
    return std::ranges::any_of(truth_, [&](const auto& entry) {
      const auto& [other, one] = entry;
      return other.first == key.first && one.head == head && one.state == PullRequest::State::open && holds(other.first, one);
    });
  }

  bool is_moved(RepositoryId repository, const std::string& branch, const CommitId& base) const {
    return base != tip_of(repository, branch);
  }

  CommitId tip_of(RepositoryId repository, const std::string& branch) const {
    const auto tip = tips_.find(repository);
    return branch == "main" && tip != tips_.end() ? tip->second : commit(0);
  }

  void check_groups() {
    for (const auto& [key, group] : groups_) {
      const auto known = desk_.subjects().find(key);
      // The queue makes groups anew on what it merged: one on an older base is there only where its notice came.
      if (known == desk_.subjects().end() && group.base != tip_of(key.repository, "main")) continue;
      if (known == desk_.subjects().end() || known->second.subject != Subject(group)) {
        violate("a merge group is not known");
      } else if (!known->second.decision) {
        violate("a merge group has no decision");
      }
    }
    for (const auto& [key, record] : desk_.subjects()) {
      if (key.kind == SubjectKey::Kind::merge_group && !groups_.contains(key)) violate("a merge group that was given up is known yet");
    }
  }

  void check_branch(const SubjectRecord& record) {
    const auto* branch = std::get_if<TargetBranch>(&record.subject);
    if (branch == nullptr) return;
    if (!record.decision) violate("a branch was not reviewed");
    if (record.built != branch->tip) violate("what was pushed was not built");
  }

  ForgeOptions options_;
  std::mt19937_64 random_;
  Clock::Wall now_{std::chrono::seconds(1'700'000'000)};
  std::vector<Repository> repositories_{};
  std::map<Key, PullRequest> truth_{};
  std::map<SubjectKey, MergeGroup> groups_{};
  std::set<CommitId> approved_{};
  std::set<std::pair<SubjectKey, CommitId>> cancelled_{};  ///< by the operator, while something was to come of it
  std::uint64_t commits_ = 0;
  std::map<RepositoryId, CommitId> tips_{};  ///< of main, where it was pushed to
  std::vector<Notice> underway_{};

  // What the server keeps.
  std::int64_t deliveries_ = 0;
  std::vector<Hook> inbox_{};
  std::vector<Repository> known_{};
  std::map<SubjectKey, SubjectRecord> subjects_{};
  std::map<std::tuple<RepositoryId, CommitId, std::string>, Check> checks_{};
  std::map<Key, std::optional<std::string>> labels_{};

  bool has_room_ = true;

  // What is lost when it dies.
  Desk desk_;
  std::vector<DeskEffect> questions_{};
  std::map<ReviewId, StartReview> running_{};
  std::map<ReviewId, CommitId> bases_{};  ///< of reviews that ever began
  std::vector<std::string> violations_{};
};

}  // namespace ekaci::forge::fake
