#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "forge/ports.h"

/// A stand-in for what a server keeps of forges: in memory, deterministic, honest to the contracts of forge/ports.h.
namespace ekaci::fake {

/// Forgets nothing. Calls can be made to fail, before or after they did what they do: the latter is a process that dies before it hears.
/// Any thread.
class ForgeMemory final : public forge::Inbox, public forge::Ledger, public forge::Outbox {
 public:
  enum class Moment { before, after };

  /// What was told of a delivery; `outcome` where it was handled.
  struct Received {
    forge::Delivery delivery{};
    std::optional<std::string> outcome{};
  };
  /// A check, and how far it came.
  struct Owed {
    forge::OwedCheck owed;
    std::uint64_t sent = 0;     ///< version; 0: none
    std::uint64_t refused = 0;  ///< version; 0: none
    Clock::Wall since{};        ///< while something is owed
    Clock::Wall resume{};
    Clock::Wall next{};
    std::string trouble{};  ///< why it could not be sent
    [[nodiscard]] bool is_owed() const { return owed.version > std::max(sent, refused); }
    [[nodiscard]] Clock::Wall due() const {
      const bool is_concluded = owed.check.text.status == forge::CheckStatus::completed;
      return is_concluded ? std::max(since, resume) : std::max({since, resume, next});
    }
  };

  explicit ForgeMemory(const Clock& clock) : clock_(clock) {}

  /// The n-th call from now on fails, counted from 1.
  void fail_at(std::size_t n, Moment moment, ErrorCode code = ErrorCode::unavailable) {
    const std::scoped_lock lock(mutex_);
    failure_ = {.call = calls_ + n, .moment = moment, .code = code};
  }
  /// Every call fails from now on, until recover().
  void fail_from_now(ErrorCode code = ErrorCode::unavailable) {
    const std::scoped_lock lock(mutex_);
    broken_ = code;
  }
  void recover() {
    const std::scoped_lock lock(mutex_);
    broken_.reset();
  }
  /// Calls of the ports until now, those that failed included.
  [[nodiscard]] std::size_t calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  [[nodiscard]] std::map<std::int64_t, Received> deliveries() const {
    const std::scoped_lock lock(mutex_);
    return deliveries_;
  }
  [[nodiscard]] std::map<std::int64_t, Owed> checks() const {
    const std::scoped_lock lock(mutex_);
    return checks_;
  }
  /// What is wanted of it; nullopt where nothing is.
  [[nodiscard]] std::optional<forge::CheckText> wanted(forge::RepositoryId repository, const CommitId& head, std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, check] : checks_) {
      const forge::Check& one = check.owed.check;
      if (one.repository == repository && one.head == head && one.name == name) return one.text;
    }
    return std::nullopt;
  }

  Result<bool> receive(const forge::Delivery& delivery) override {
    return call<bool>([&]() -> Result<bool> {
      const auto same = [&](const auto& known) { return known.second.delivery.guid == delivery.guid; };
      if (std::ranges::any_of(deliveries_, same)) return false;
      deliveries_[static_cast<std::int64_t>(deliveries_.size()) + 1].delivery = delivery;
      return true;
    });
  }
  Result<std::vector<forge::StoredDelivery>> unhandled(forge::DeliveryId after, std::size_t limit) override {
    return call<std::vector<forge::StoredDelivery>>([&] {
      std::vector<forge::StoredDelivery> page;
      for (const auto& [id, received] : deliveries_) {
        if (page.size() < limit && id > after.value && !received.outcome) page.push_back({.id = {id}, .delivery = received.delivery});
      }
      return page;
    });
  }

  Result<forge::LedgerState> load() override {
    return call<forge::LedgerState>([&] {
      forge::LedgerState state;
      for (const auto& [id, repository] : repositories_) {
        if (!left_.contains(id)) state.repositories.push_back(repository);
      }
      for (const auto& [key, record] : subjects_) state.subjects.push_back(record);
      return state;
    });
  }
  Status keep(const forge::LedgerEntry& entry) override {
    return call<void>([&]() -> Status {
      if (Status known = check_entry(entry); !known) return known;
      for (const forge::Repository& repository : entry.repositories) keep_repository(repository);
      for (const forge::RepositoryId repository : entry.left) leave(repository);
      for (const forge::RepositoryId repository : entry.permitted) owe_again(repository);
      for (const forge::SubjectRecord& record : entry.subjects) {
        subjects_.insert_or_assign(forge::key_of(record.repository, record.subject), record);
      }
      for (const forge::SubjectKey& key : entry.closed) {
        subjects_.erase(key);
        if (key.kind == forge::SubjectKey::Kind::pull_request) comments_.erase({key.repository, key.number});
      }
      for (const forge::Check& check : entry.checks) want(check);
      for (const forge::WantedLabel& label : entry.labels) want(label);
      for (const forge::WantedComment& comment : entry.comments) want(comment);
      for (const forge::HandledDelivery& handled : entry.handled) handle(handled);
      return {};
    });
  }
  Result<std::vector<forge::Check>> open_checks(forge::RepositoryId repository, const CommitId& head) {
    return call<std::vector<forge::Check>>([&] {
      std::vector<forge::Check> open;
      for (const auto& [place, id] : places_) {
        const forge::Check& check = checks_.at(id).owed.check;
        const bool is_there = check.repository == repository && check.head == head;
        if (is_there && check.text.status != forge::CheckStatus::completed) open.push_back(check);
      }
      return open;
    });
  }

  Result<std::vector<forge::OwedCheck>> owed(Clock::Wall now, std::size_t limit) override {
    return call<std::vector<forge::OwedCheck>>([&] {
      std::vector<const Owed*> ready;
      for (const auto& [id, check] : checks_) {
        if (check.is_owed() && check.due() <= now) ready.push_back(&check);
      }
      std::ranges::sort(ready, {}, [](const Owed* check) { return std::pair(check->due(), check->owed.id); });
      std::vector<forge::OwedCheck> list;
      for (const Owed* check : ready) {
        if (list.size() < limit) list.push_back(as_owed(*check));
      }
      return list;
    });
  }
  Result<std::optional<Clock::Wall>> next_due(Clock::Wall now) override {
    return call<std::optional<Clock::Wall>>([&] {
      std::optional<Clock::Wall> first;
      for (const auto& [id, check] : checks_) {
        if (check.is_owed() && check.due() > now) first = std::min(first.value_or(check.due()), check.due());
      }
      for (const auto& [id, wish] : labels_) {
        if (wish.due && *wish.due > now) first = std::min(first.value_or(*wish.due), *wish.due);
      }
      for (const auto& [place, comment] : comments_) {
        if (comment.due && *comment.due > now) first = std::min(first.value_or(*comment.due), *comment.due);
      }
      return first;
    });
  }
  Status trying_to_create(forge::CheckId id) override {
    return with_check(id, [](Owed& check) -> Status {
      check.owed.may_exist = true;
      return {};
    });
  }
  Status sent(forge::CheckId id, forge::ForgeCheckId forge_id, std::uint64_t version, Clock::Wall next) override {
    return with_check(id, [&](Owed& check) -> Status {
      if (version == 0 || version > check.owed.version) return fail(ErrorCode::invalid_argument, "no version {}", version);
      check.owed.forge_id = forge_id;
      check.sent = std::max(check.sent, version);
      check.next = next;
      check.trouble.clear();
      answered(check);
      return {};
    });
  }
  Status postponed(forge::CheckId id, Clock::Wall due, forge::Delay delay, std::string_view why) override {
    return with_check(id, [&](Owed& check) -> Status {
      if (!check.is_owed()) return {};
      if (delay == forge::Delay::failed) ++check.owed.failures;
      check.resume = due;
      check.trouble = why;
      return {};
    });
  }
  Status refused(forge::CheckId id, std::uint64_t version, std::string_view why) override {
    return with_check(id, [&](Owed& check) -> Status {
      if (version == 0 || version > check.owed.version) return fail(ErrorCode::invalid_argument, "no version {}", version);
      check.refused = std::max(check.refused, version);
      check.trouble = why;
      answered(check);
      return {};
    });
  }
  Result<std::vector<forge::OwedLabel>> owed_labels(Clock::Wall now, std::size_t limit) override {
    return call<std::vector<forge::OwedLabel>>([&] {
      std::vector<forge::OwedLabel> list;
      for (const auto& [id, wish] : labels_) {
        if (list.size() >= limit || !wish.due || *wish.due > now) continue;
        list.push_back(wish.owed);
        list.back().repository = repositories_.at(wish.owed.wanted.repository);
      }
      return list;
    });
  }
  Status labelled(forge::LabelId id) override {
    return call<void>([&]() -> Status {
      labels_.erase(id.value);
      return {};
    });
  }
  Status label_postponed(forge::LabelId id, Clock::Wall due, forge::Delay delay, std::string_view why) override {
    return label_trouble(id, due, delay, why);
  }
  Status label_refused(forge::LabelId id, std::string_view why) override {
    return label_trouble(id, std::nullopt, forge::Delay::failed, why);
  }
  /// Why labels could not be given, by pull request.
  [[nodiscard]] std::map<std::int64_t, std::string> label_troubles() const {
    const std::scoped_lock lock(mutex_);
    std::map<std::int64_t, std::string> troubles;
    for (const auto& [id, wish] : labels_) troubles.emplace(wish.owed.wanted.pull_request.value, wish.trouble);
    return troubles;
  }

  Result<std::vector<forge::OwedComment>> owed_comments(Clock::Wall now, std::size_t limit) override {
    return call<std::vector<forge::OwedComment>>([&] {
      std::vector<const Comment*> ready;
      for (const auto& [place, comment] : comments_) {
        if (comment.due && *comment.due <= now) ready.push_back(&comment);
      }
      std::ranges::sort(ready, {}, [](const Comment* comment) { return std::pair(*comment->due, comment->owed.id); });
      std::vector<forge::OwedComment> list;
      for (const Comment* comment : ready) {
        if (list.size() >= limit) break;
        list.push_back(comment->owed);
        list.back().repository = repositories_.at(comment->owed.wanted.repository);
      }
      return list;
    });
  }
  Status commented(forge::CommentId id, forge::ForgeCommentId forge_id, std::uint64_t version) override {
    return with_comment(id, [&](Comment& comment) {
      comment.owed.forge_id = forge_id;
      comment.owed.failures = 0;
      comment.trouble.clear();
      if (comment.owed.version == version) comment.due.reset();
    });
  }
  Status uncommented(forge::CommentId id, std::uint64_t version) override {
    return call<void>([&]() -> Status {
      std::erase_if(comments_, [&](const auto& entry) { return entry.second.owed.id == id && entry.second.owed.version == version; });
      return {};
    });
  }
  Status comment_postponed(forge::CommentId id, Clock::Wall due, forge::Delay delay, std::string_view why) override {
    return with_comment(id, [&](Comment& comment) {
      if (!comment.due) return;
      if (delay == forge::Delay::failed) ++comment.owed.failures;
      comment.due = due;
      comment.trouble = why;
    });
  }
  Status comment_refused(forge::CommentId id, std::uint64_t version, std::string_view why) override {
    return with_comment(id, [&](Comment& comment) {
      if (comment.owed.version != version || !comment.due) return;
      comment.due.reset();
      comment.trouble = why;
    });
  }
  /// Why comments could not be made, by pull request.
  [[nodiscard]] std::map<std::int64_t, std::string> comment_troubles() const {
    const std::scoped_lock lock(mutex_);
    std::map<std::int64_t, std::string> troubles;
    for (const auto& [place, comment] : comments_) {
      if (!comment.trouble.empty()) troubles.emplace(place.second.value, comment.trouble);
    }
    return troubles;
  }

 private:
  /// What a pull request's comment is to say.
  struct Comment {
    forge::OwedComment owed;
    std::optional<Clock::Wall> due{};  ///< empty: the forge has it, or refused it
    std::string trouble{};
  };
  template <class Do>
  Status with_comment(forge::CommentId id, const Do& act) {
    return call<void>([&]() -> Status {
      for (auto& [place, comment] : comments_) {
        if (comment.owed.id == id) act(comment);
      }
      return {};
    });
  }
  void want(const forge::WantedComment& wanted) {
    const std::pair place{wanted.repository, wanted.pull_request};
    auto found = comments_.find(place);
    if (found == comments_.end() && !wanted.makes_comment) return;
    if (found == comments_.end()) {
      found = comments_.emplace(place, Comment{.owed = {.id = {++last_comment_}, .wanted = wanted}}).first;
    } else {
      const bool is_there = !found->second.due && found->second.trouble.empty();
      const forge::WantedComment& known = found->second.owed.wanted;
      if (is_there && known.head == wanted.head && known.text == wanted.text) return;
    }
    Comment& comment = found->second;
    comment.owed.wanted = wanted;
    comment.owed.failures = 0;
    ++comment.owed.version;
    comment.due = clock_.wall();
    comment.trouble.clear();
  }
  void owe_again(forge::RepositoryId repository) {
    const auto is_current = [&](const CommitId& head) {
      return std::ranges::any_of(subjects_, [&](const auto& entry) {
        return entry.first.repository == repository && forge::head_of(entry.second.subject) == head;
      });
    };
    for (auto& [id, check] : checks_) {
      if (check.owed.check.repository != repository || check.refused != check.owed.version || !is_current(check.owed.check.head)) continue;
      check.refused = 0;
      check.since = clock_.wall();
      check.trouble.clear();
    }
    for (auto& [id, wish] : labels_) {
      if (wish.owed.wanted.repository == repository && !wish.due) wish = {.owed = wish.owed, .due = clock_.wall()};
    }
    for (auto& [place, comment] : comments_) {
      if (place.first == repository && !comment.due && !comment.trouble.empty()) {
        comment.due = clock_.wall();
        comment.trouble.clear();
      }
    }
  }
  /// A wish for a label.
  struct Wish {
    forge::OwedLabel owed{};
    std::optional<Clock::Wall> due{};  ///< empty: refused
    std::string trouble{};
  };
  Status label_trouble(forge::LabelId id, std::optional<Clock::Wall> due, forge::Delay delay, std::string_view why) {
    return call<void>([&]() -> Status {
      const auto found = labels_.find(id.value);
      if (found == labels_.end()) return {};
      if (delay == forge::Delay::failed) ++found->second.owed.failures;
      found->second.due = due;
      found->second.trouble = why;
      return {};
    });
  }
  void want(const forge::WantedLabel& label) {
    std::erase_if(labels_, [&](const auto& entry) {
      const forge::WantedLabel& other = entry.second.owed.wanted;
      return other.repository == label.repository && other.pull_request == label.pull_request;
    });
    ++last_label_;
    labels_.emplace(last_label_, Wish{.owed = {.id = {last_label_}, .wanted = label}, .due = clock_.wall()});
  }

  using Place = std::tuple<forge::RepositoryId, CommitId, std::string>;
  struct PlannedFailure {
    std::size_t call = 0;
    Moment moment = Moment::before;
    ErrorCode code = ErrorCode::unavailable;
  };

  template <class T, class Do>
  Result<T> call(const Do& act) {
    const std::scoped_lock lock(mutex_);
    ++calls_;
    const bool fails = calls_ == failure_.call;
    if (broken_ || (fails && failure_.moment == Moment::before)) {
      return fail(broken_.value_or(failure_.code), "the fake was told to fail at call {}", calls_);
    }
    Result<T> result = act();
    if (fails) return fail(failure_.code, "the fake was told to fail after call {}", calls_);
    return result;
  }
  template <class Do>
  Status with_check(forge::CheckId id, const Do& act) {
    return call<void>([&]() -> Status {
      const auto found = checks_.find(id.value);
      if (found == checks_.end()) return fail(ErrorCode::not_found, "there is no check {}", id.value);
      return act(found->second);
    });
  }

  /// The repositories that the entry's subjects and checks may name.
  Status check_entry(const forge::LedgerEntry& entry) const {
    std::set<forge::RepositoryId> known;
    for (const auto& [id, repository] : repositories_) known.insert(id);
    for (const forge::Repository& repository : entry.repositories) known.insert(repository.id);
    std::set<forge::RepositoryId> here = known;
    for (const forge::RepositoryId id : left_) here.erase(id);
    for (const forge::Repository& repository : entry.repositories) here.insert(repository.id);
    for (const forge::RepositoryId id : entry.left) here.erase(id);
    const auto is_unknown = [](const auto& among) { return [&among](const auto& one) { return !among.contains(one.repository); }; };
    if (std::ranges::any_of(entry.subjects, is_unknown(here)) || std::ranges::any_of(entry.checks, is_unknown(known))) {
      return fail(ErrorCode::invalid_argument, "a repository that is not known");
    }
    const auto is_broken = [](const forge::Check& check) {
      return check.name.empty() || check.text.conclusion.has_value() != (check.text.status == forge::CheckStatus::completed);
    };
    if (std::ranges::any_of(entry.checks, is_broken)) return fail(ErrorCode::invalid_argument, "a check that is none");
    const auto is_empty = [](const forge::WantedComment& comment) { return comment.text.empty(); };
    if (std::ranges::any_of(entry.comments, is_unknown(here)) || std::ranges::any_of(entry.comments, is_empty)) {
      return fail(ErrorCode::invalid_argument, "a comment that is none");
    }
    return {};
  }
  void keep_repository(const forge::Repository& repository) {
    repositories_.insert_or_assign(repository.id, repository);
    left_.erase(repository.id);
  }
  void leave(forge::RepositoryId repository) {
    if (repositories_.contains(repository)) left_.insert(repository);
    std::erase_if(subjects_, [&](const auto& subject) { return subject.first.repository == repository; });
    std::erase_if(comments_, [&](const auto& comment) { return comment.first.first == repository; });
  }
  void want(const forge::Check& check) {
    const auto next_id = static_cast<std::int64_t>(checks_.size()) + 1;
    const auto [place, is_new] = places_.try_emplace({check.repository, check.head, check.name}, next_id);
    if (is_new) {
      checks_.emplace(place->second, Owed{.owed = {.id = {place->second}, .check = check}});
    } else if (checks_.at(place->second).owed.check == check) {
      return;
    }
    Owed& known = checks_.at(place->second);
    if (!known.is_owed()) known.since = clock_.wall();
    known.owed.check = check;
    ++known.owed.version;
  }
  void handle(const forge::HandledDelivery& handled) {
    const auto found = deliveries_.find(handled.id.value);
    if (found == deliveries_.end() || found->second.outcome) return;
    found->second.outcome = handled.outcome;
    found->second.delivery.payload.clear();
  }
  static void answered(Owed& check) {
    check.owed.failures = 0;
    check.resume = {};
  }
  forge::OwedCheck as_owed(const Owed& check) const {
    forge::OwedCheck owed = check.owed;
    owed.repository = repositories_.at(owed.check.repository);
    return owed;
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::size_t calls_ = 0;
  PlannedFailure failure_{};
  std::optional<ErrorCode> broken_{};
  std::map<std::int64_t, Received> deliveries_{};
  std::map<forge::RepositoryId, forge::Repository> repositories_{};
  std::set<forge::RepositoryId> left_{};
  std::map<forge::SubjectKey, forge::SubjectRecord> subjects_{};
  std::map<Place, std::int64_t> places_{};
  std::map<std::int64_t, Owed> checks_{};
  std::int64_t last_label_ = 0;
  std::map<std::int64_t, Wish> labels_{};
  std::int64_t last_comment_ = 0;
  std::map<std::pair<forge::RepositoryId, forge::PullRequestNumber>, Comment> comments_{};
};

}  // namespace ekaci::fake
