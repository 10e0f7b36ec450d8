#include "app/server_reviewer.h"

#include <fmt/core.h>

#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "app/server_progress.h"
#include "base/memory.h"
#include "engine/read_configuration.h"
#include "engine/runner.h"
#include "forge/desk_texts.h"
#include "git/repository.h"
#include "report/checks.h"
#include "report/json.h"
#include "review/judge.h"

namespace ekaci::app {
namespace {

/// Jobs and systems that a change may add to what its base has: each is evaluated, and is told to the forge.
constexpr std::size_t kMostAddedJobs = 8;

/// What is to be fetched of a subject: where its base is, then where its head is.
std::vector<std::string> refs_of(const forge::Subject& subject) {
  const auto branch = [](const std::string& name) { return "refs/heads/" + name; };
  if (const auto* pull_request = std::get_if<forge::PullRequest>(&subject)) {
    return {branch(pull_request->target), fmt::format("refs/pull/{}/head", pull_request->number.value)};
  }
  if (const auto* group = std::get_if<forge::MergeGroup>(&subject)) return {branch(group->branch)};
  return {branch(std::get<forge::TargetBranch>(subject).branch)};
}

/// What a branch's tip is compared with is itself: it is evaluated and remembered, and nothing is said to change.
std::string base_name_of(const forge::Subject& subject) {
  if (const auto* pull_request = std::get_if<forge::PullRequest>(&subject)) return pull_request->target;
  if (const auto* group = std::get_if<forge::MergeGroup>(&subject)) return group->base.brief();
  return std::get<forge::TargetBranch>(subject).branch;
}

/// What is built of a branch's tip decides nothing that anybody waits for.
engine::BuildPace pace_of(const forge::StartReview& order) {
  return std::holds_alternative<forge::TargetBranch>(order.subject) ? engine::BuildPace::idle : engine::BuildPace::prompt;
}

/// Whether a branch may have left the tip that it was to be compared with: it is not there any more, or follows the branch's.
bool has_other_history(const Error& error) { return error.code() == ErrorCode::not_found || error.code() == ErrorCode::invalid_argument; }

}  // namespace

Result<git::Mirror*> ServerReviewer::mirror_of(forge::RepositoryId repository) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path directory = settings_.state / "mirrors" / std::to_string(repository.value);
  const auto known = mirrors_.find(repository);
  std::error_code gone;
  // The mirror of a repository that we were taken out of for a while may have been dropped: then it is made again.
  if (known != mirrors_.end() && std::filesystem::exists(directory / "HEAD", gone)) return known->second.get();
  auto opened = git::Mirror::open({.directory = directory, .environment = settings_.environment});
  if (!opened) return fail(opened.error());
  if (known != mirrors_.end()) return known->second.get();
  return mirrors_.emplace(repository, std::move(*opened)).first->second.get();
}

Result<ServerReviewer::Sides> ServerReviewer::fetch(git::Mirror& mirror, const forge::StartReview& order, const CancelToken& cancel) const {
  const std::vector<std::string> refs = refs_of(order.subject);
  const Result<std::vector<CommitId>> tips = world_.fetch_into(mirror, order.repository, refs, cancel);
  if (!tips) return fail(tips.error());
  const CommitId& head = forge::head_of(order.subject);
  if (tips->back() != head) {
    // The forge tells us of it as well, and the review of what is there by then takes this one's place.
    return fail(ErrorCode::unavailable, "{} is at {} by now, not at {}", refs.back(), tips->back().brief(), head.brief());
  }
  if (order.since) {
    return Sides{.base = *order.since,
                 .base_name = order.since->brief(),
                 .head_name = forge::describe(forge::key_of(order.repository.id, order.subject))};
  }
  const auto* group = std::get_if<forge::MergeGroup>(&order.subject);
  return Sides{.base = group == nullptr ? tips->front() : group->base,
               .base_name = base_name_of(order.subject),
               .head_name = forge::describe(forge::key_of(order.repository.id, order.subject))};
}

forge::Builds ServerReviewer::builds_of(const forge::StartReview& order, const CommitId& base, engine::Repository& repository) const {
  const forge::BuildsQuestion question{.repository = order.repository, .subject = order.subject, .is_approved = order.is_approved};
  if (!std::holds_alternative<forge::PullRequest>(order.subject)) return forge::builds_of(question, settings_.trust);
  const Result<TreeId> tree = repository.tree_of(base);
  if (!tree) return forge::Builds::withheld;
  const auto configuration = engine::read_configuration(repository, world_.configurations, *tree);
  // What cannot be read gives no rights; the review says what is wrong with it.
  if (!configuration) return forge::Builds::withheld;
  const std::optional<RepositoryConfiguration>& of_base = *configuration;
  return forge::builds_of(question, settings_.trust, of_base ? of_base->trust : TrustRules{});
}

Result<ServerReviewer::Prepared> ServerReviewer::prepare(const forge::StartReview& order, const CancelToken& cancel) {
  const Result<git::Mirror*> mirror = mirror_of(order.repository.id);
  if (!mirror) return fail(mirror.error());
  Result<Sides> sides = fetch(**mirror, order, cancel);
  if (!sides) return fail(sides.error());
  auto repository = git::open({.directory = (*mirror)->path(), .cache_directory = settings_.state});
  if (!repository) return fail(repository.error());
  const forge::Builds builds = builds_of(order, sides->base, **repository);
  return Prepared{.repository = std::move(*repository), .sides = std::move(*sides), .builds = builds};
}

engine::ReviewRequest ServerReviewer::request_for(const forge::StartReview& order, const Prepared& prepared) const {
  const Sides& sides = prepared.sides;
  engine::ReviewRequest request{.base = sides.base.to_string(),
                                .head = forge::head_of(order.subject).to_string(),
                                .base_name = sides.base_name,
                                .head_name = sides.head_name,
                                .if_empty = engine::EmptyRange::review,
                                .most_added = kMostAddedJobs,
                                .budget = settings_.budget,
                                .limits = settings_.limits,
                                .accepted = order.is_approved};
  if (world_.building != nullptr && prepared.builds == forge::Builds::allowed) {
    BuildOptions options = settings_.build;
    options.rebuild = order.retry_failed;
    request.build = world_.building->settings(options);
  }
  return request;
}

Result<Review> ServerReviewer::run(const Prepared& prepared, const Watched& watched, const CancelToken& cancel) {
  engine::ReviewRequest request = request_for(watched.order, prepared);
  engine::EvaluationShare evaluations(world_.evaluations);
  engine::Ports ports{*prepared.repository, evaluations, world_.database, world_.configurations};
  Shares shares{.evaluations = &evaluations};
  std::unique_ptr<ReviewBuilding> building;
  if (request.build) {
    auto begun = world_.building->begin_review(pace_of(watched.order), *world_.attempts, cancel);
    if (!begun) return fail(begun.error());
    building = std::move(*begun);
    ports.building = &building->world();
    shares.builds = &building->share();
  }
  const forge::ReviewId id = watched.order.id;
  shares_.with([&](auto& all) { all.insert_or_assign(id, shares); });
  ServerProgress observer(world_.clock, watched.watch, settings_.update_every, watched.progress);
  Result<Review> review = engine::run_review(std::move(request), ports, world_.clock, observer, cancel);
  shares_.with([&](auto& all) { all.erase(id); });
  return review;
}

void ServerReviewer::expect_successor(forge::ReviewId review) {
  shares_.with([&](const auto& all) {
    const auto found = all.find(review);
    if (found == all.end()) return;
    found->second.evaluations->expect_successor();
    if (engine::BuildShare* builds = found->second.builds) builds->expect_successor();
  });
}

forge::ReviewConclusion ServerReviewer::conclude(const Review& review, const forge::StartReview& order, forge::Builds builds,
                                                 Clock::Wall started) const {
  using Built = report::CheckOptions::Building;
  report::ReviewChecks checks = report::to_checks(review, {.repository = order.repository.id,
                                                           .head = review.head,
                                                           .details_path = forge::details_path_of(order.repository, order.subject),
                                                           .building = builds == forge::Builds::allowed ? Built::done : Built::withheld,
                                                           .shown = settings_.shown,
                                                           .attributes = settings_.checks_of_attributes,
                                                           .started = started,
                                                           .completed = world_.clock.wall()});
  return {.decision = review.verdict.decision,
          .base = review.base,
          .builds = builds,
          .rebuilds = review::known_rebuilds(review),
          .summary = std::move(checks.summary),
          .comment = std::move(checks.comment),
          .others = std::move(checks.others)};
}

Result<forge::ReviewConclusion> ServerReviewer::review(const forge::StartReview& order, const Progress& progress,
                                                       const CancelToken& cancel) {
  auto watch = std::make_shared<ReviewWatch>(world_.clock);
  watches_.with([&](auto& watches) { watches.insert_or_assign(order.id, watch); });
  Result<forge::ReviewConclusion> conclusion = review_watched({.order = order, .progress = progress, .watch = *watch}, cancel);
  watch.reset();
  const bool is_last = watches_.with([&](auto& watches) {
    watches.erase(order.id);
    return watches.empty();
  });
  // A review of a large package set takes ten times what the server does that waits for the next one.
  if (is_last) give_back_freed_memory();
  return conclusion;
}

std::map<forge::ReviewId, ReviewGlimpse> ServerReviewer::glimpses() const {
  const auto watches = watches_.with([](const auto& now) { return now; });
  std::map<forge::ReviewId, ReviewGlimpse> glimpses;
  for (const auto& [id, watch] : watches) glimpses.emplace(id, watch->glimpse());
  return glimpses;
}

std::vector<StorePath> ServerReviewer::derivations_of(forge::ReviewId review, const AttributePath& attribute) const {
  const auto watch = watches_.with([&](const auto& watches) -> std::shared_ptr<ReviewWatch> {
    const auto found = watches.find(review);
    return found == watches.end() ? nullptr : found->second;
  });
  return watch == nullptr ? std::vector<StorePath>() : watch->derivations_of(attribute);
}

Result<forge::ReviewConclusion> ServerReviewer::review_watched(const Watched& watched, const CancelToken& cancel) {
  const forge::StartReview& order = watched.order;
  const Log log = forge::log_of(world_.log, order);
  const Clock::Wall started = world_.clock.wall();
  Result<Prepared> prepared = prepare(order, cancel);
  if (!prepared) return fail(prepared.error());
  log.debug("fetched; the base is {}; builds are {}", prepared->sides.base.brief(),
            prepared->builds == forge::Builds::allowed ? "allowed" : "withheld");
  watched.watch.decide(prepared->builds);
  if (prepared->builds != order.builds) watched.progress(forge::running_text(started, prepared->builds));
  Result<Review> review = run(*prepared, watched, cancel);
  if (!review && order.since && has_other_history(review.error())) {
    prepared->sides.base = forge::head_of(order.subject);
    review = run(*prepared, watched, cancel);
  }
  if (!review) return fail(review.error());
  if (world_.building != nullptr) {
    for (std::string& note : world_.building->notes()) review->notes.push_back(std::move(note));
  }
  const engine::ReviewSummary summary{.repository = order.repository.name,
                                      .base_name = review->base_name,
                                      .head_name = review->head_name,
                                      .base = review->base,
                                      .head = review->head,
                                      .decision = review->verdict.decision,
                                      .made = world_.clock.wall()};
  if (const auto kept = world_.archive.store_review(summary, report::to_json(*review)); !kept) {
    log.error("the review could not be kept: {}", kept.error().to_string());
    review->notes.push_back("the review could not be kept: " + kept.error().to_string());
  }
  return conclude(*review, order, prepared->builds, started);
}

Status ServerReviewer::tidy_up(const forge::TidyUp& chore, const CancelToken& cancel) {
  constexpr std::chrono::hours kInterval{24};
  const auto tidied = tidied_.find(chore.repository.id);
  if (tidied != tidied_.end() && world_.clock.now() - tidied->second < kInterval) return {};
  const Result<git::Mirror*> mirror = mirror_of(chore.repository.id);
  if (!mirror) return fail(mirror.error());
  std::set<std::string> kept{"refs/heads/" + chore.repository.default_branch};
  for (const forge::Subject& subject : chore.needed) {
    for (std::string& ref : refs_of(subject)) kept.insert(std::move(ref));
  }
  tidied_.insert_or_assign(chore.repository.id, world_.clock.now());
  return (*mirror)->clean(kept, cancel);
}

}  // namespace ekaci::app
