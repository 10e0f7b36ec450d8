#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "forge/desk_events.h"
#include "forge/subject.h"

namespace ekaci::forge {

/// Which subjects wait for a review, which are under review, and who is next: merge groups first, for a queue waits for them; then pull
/// requests, then branches; within each the order of asking. Last is what has time: it begins only when nothing else waits or runs. A
/// value; one thread.
class Docket {
 public:
  /// `at_once`: how many reviews run at the same time; at least 1.
  explicit Docket(std::size_t at_once);

  enum class Pace { prompt, idle };

  /// Waits from now on; where it waits already it keeps its place, unless it had time and has no longer. Where it is under review, it
  /// waits for another one.
  void add(const SubjectKey& subject, Clock::Wall now, Pace pace = Pace::prompt);
  /// Waits no more.
  void drop(const SubjectKey& subject);
  /// Takes the next that a review may begin for; it is under review until end(). A subject has one review at a time.
  struct Begun {
    ReviewId id;
    SubjectKey subject;
    Pace pace = Pace::prompt;
  };
  std::optional<Begun> begin();
  /// The review has ended; the subject it was of, or nullopt where there is no such review.
  std::optional<SubjectKey> end(ReviewId id);

  /// A review under way that has time while something waits that has none.
  [[nodiscard]] std::optional<ReviewId> in_the_way() const;
  [[nodiscard]] bool is_waiting(const SubjectKey& subject) const { return places_.contains(subject); }
  /// The review that is under way.
  [[nodiscard]] std::optional<ReviewId> review_of(const SubjectKey& subject) const;
  [[nodiscard]] std::optional<SubjectKey> subject_of(ReviewId id) const;
  [[nodiscard]] std::size_t waiting() const { return places_.size(); }
  /// One that waits.
  struct Waiting {
    SubjectKey subject;
    Clock::Wall since{};
    int rank = 0;  ///< all of a lower one come first
  };
  /// In the order in which they begin; but one that is under review waits until that has ended, and others overtake it.
  [[nodiscard]] std::vector<Waiting> in_order() const;
  [[nodiscard]] std::size_t at_once() const { return at_once_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  using Place = std::tuple<int, std::uint64_t>;  ///< rank and turn
  std::size_t at_once_;
  std::uint64_t turns_ = 0;
  std::uint64_t reviews_ = 0;
  std::map<Place, Waiting> queue_{};
  std::map<SubjectKey, Place> places_{};
  std::map<ReviewId, SubjectKey> running_{};
  std::set<ReviewId> idle_{};  ///< of those that run
  std::map<SubjectKey, ReviewId> reviews_of_{};
};

}  // namespace ekaci::forge
