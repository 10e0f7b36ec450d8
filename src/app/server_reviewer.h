#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "app/build_options.h"
#include "app/building.h"
#include "app/review_watch.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/sync.h"
#include "engine/ports.h"
#include "engine/shared_evaluations.h"
#include "engine/slots.h"
#include "forge/desk_runner.h"
#include "forge/trust.h"
#include "git/mirror.h"
#include "model/object_id.h"
#include "model/review.h"
#include "report/checks.h"

namespace ekaci::app {

/// Fetches refs of a repository of a forge into its mirror, as git::Mirror::fetch() does.
using FetchInto = std::function<Result<std::vector<CommitId>>(git::Mirror&, const forge::Repository&, std::span<const std::string> refs,
                                                              const CancelToken&)>;

struct ServerReviewerSettings {
  std::filesystem::path state{};      ///< the server's directory
  engine::EvaluationBudget budget{};  ///< of one review
  engine::EvaluationLimits limits{};
  BuildOptions build{};
  report::CheckOptions::Shown shown = report::CheckOptions::Shown::newly_failing;
  std::size_t checks_of_attributes = 20;
  forge::TrustPolicy trust{};  ///< whose pull requests are built, before what their base says of that
  std::chrono::seconds update_every{5};
  std::map<std::string, std::string> environment{};  ///< what git sees besides: proxies, certificates
};

/// What reviews stand on; all outlives the reviewer.
struct ServerReviewerWorld {
  engine::SharedEvaluations& evaluations;
  engine::Database& database;
  engine::ReviewArchive& archive;
  engine::ConfigurationParser& configurations;
  Building* building = nullptr;             ///< nullptr: nothing is built
  engine::BuildMemory* attempts = nullptr;  ///< takes what is built; there where `building` is
  FetchInto fetch_into;
  const Clock& clock;
  const Log& log;
};

/// Reviews subjects of a forge as `ekaci review` reviews a range: fetches both sides into the repository's mirror, and runs the same
/// review. Any thread.
class ServerReviewer final : public forge::Reviewer {
 public:
  ServerReviewer(ServerReviewerSettings settings, ServerReviewerWorld world) : settings_(std::move(settings)), world_(std::move(world)) {}

  Result<forge::ReviewConclusion> review(const forge::StartReview& order, const Progress& progress, const CancelToken& cancel) override;
  void expect_successor(forge::ReviewId review) override;
  /// How far each review under way has come.
  [[nodiscard]] std::map<forge::ReviewId, ReviewGlimpse> glimpses() const;
  /// The derivations at head of an attribute that a review under way knows so far; also those that it will not build.
  [[nodiscard]] std::vector<StorePath> derivations_of(forge::ReviewId review, const AttributePath& attribute) const;

  /// Once a day for each repository.
  Status tidy_up(const forge::TidyUp& chore, const CancelToken& cancel) override;

 private:
  /// Both sides of a subject, fetched.
  struct Sides {
    CommitId base;
    std::string base_name{};
    std::string head_name{};
  };
  /// What a review begins with.
  struct Prepared {
    std::unique_ptr<engine::Repository> repository{};  ///< never null
    Sides sides;
    forge::Builds builds = forge::Builds::withheld;
  };
  Result<Prepared> prepare(const forge::StartReview& order, const CancelToken& cancel);
  Result<Sides> fetch(git::Mirror& mirror, const forge::StartReview& order, const CancelToken& cancel) const;
  Result<git::Mirror*> mirror_of(forge::RepositoryId repository);
  /// Whether it may build: the server's rules, and what base's configuration makes of them.
  [[nodiscard]] forge::Builds builds_of(const forge::StartReview& order, const CommitId& base, engine::Repository& repository) const;
  [[nodiscard]] engine::ReviewRequest request_for(const forge::StartReview& order, const Prepared& prepared) const;
  /// A review under way, and who is told of it.
  struct Watched {
    const forge::StartReview& order;
    const Progress& progress;
    ReviewWatch& watch;
  };
  Result<Review> run(const Prepared& prepared, const Watched& watched, const CancelToken& cancel);
  /// A review's parts in what belongs to the process.
  struct Shares {
    engine::EvaluationShare* evaluations = nullptr;  ///< never null
    engine::BuildShare* builds = nullptr;            ///< null where nothing is built
  };
  Result<forge::ReviewConclusion> review_watched(const Watched& watched, const CancelToken& cancel);
  [[nodiscard]] forge::ReviewConclusion conclude(const Review& review, const forge::StartReview& order, forge::Builds builds,
                                                 Clock::Wall started) const;

  ServerReviewerSettings settings_;
  ServerReviewerWorld world_;
  Sync<std::map<forge::ReviewId, std::shared_ptr<ReviewWatch>>> watches_{};  ///< of those under way
  Sync<std::map<forge::ReviewId, Shares>> shares_{};                         ///< of those that evaluate or build
  std::mutex mutex_{};
  std::map<forge::RepositoryId, Clock::Instant> tidied_{};                 ///< when last; of tidy_up() alone
  std::map<forge::RepositoryId, std::unique_ptr<git::Mirror>> mirrors_{};  ///< by id: a name may come to mean another repository
};

}  // namespace ekaci::app
