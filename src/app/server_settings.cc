#include "app/server_settings.h"

#include <algorithm>
#include <chrono>

#include "app/machine.h"

namespace ekaci::app {
namespace {

using Abandoned = forge::DeskPolicy::Abandoned;

Abandoned abandoned(bool is_cancelled) { return is_cancelled ? Abandoned::stop : Abandoned::finish; }

forge::Permission permission_of(config::ApproverPermission permission) {
  switch (permission) {
    case config::ApproverPermission::write:
      return forge::Permission::write;
    case config::ApproverPermission::maintain:
      return forge::Permission::maintain;
    case config::ApproverPermission::admin:
      break;
  }
  return forge::Permission::admin;
}

forge::DeskPolicy::Pushes pushes_of(config::TargetPushes pushes, bool may_build) {
  using Pushes = forge::DeskPolicy::Pushes;
  switch (pushes) {
    case config::TargetPushes::ignore:
      return Pushes::ignore;
    case config::TargetPushes::record:
      return Pushes::review;
    case config::TargetPushes::build:
      break;
  }
  return may_build ? Pushes::build : Pushes::review;
}

engine::BaseBuilds base_builds(config::BaseBuilding base) {
  switch (base) {
    case config::BaseBuilding::none:
      return engine::BaseBuilds::none;
    case config::BaseBuilding::deciding:
      return engine::BaseBuilds::deciding;
    case config::BaseBuilding::all:
      break;
  }
  return engine::BaseBuilds::all;
}

report::CheckOptions::Shown shown_attributes(config::CheckMode mode) {
  using Shown = report::CheckOptions::Shown;
  switch (mode) {
    case config::CheckMode::summary:
      return Shown::none;
    case config::CheckMode::failing:
      return Shown::newly_failing;
    case config::CheckMode::changed:
      break;
  }
  return Shown::changed;
}

forge::TrustPolicy trust_policy(const config::TrustSettings& settings) {
  using OfRepository = forge::TrustPolicy::OfRepository;
  forge::TrustPolicy policy{.associations = {},
                            .approver = permission_of(settings.approvers),
                            .of_repository = settings.from_repository ? OfRepository::widens : OfRepository::narrows};
  for (const std::string& name : settings.associations) {
    if (const auto association = forge::parse_association(name)) policy.associations.insert(*association);
  }
  policy.authors.insert(settings.authors.begin(), settings.authors.end());
  policy.authors.insert(settings.bots.begin(), settings.bots.end());
  return policy;
}

std::optional<forge::LabelPolicy> label_policy(const config::LabelSettings& settings) {
  if (!settings.enabled) return std::nullopt;
  return forge::LabelPolicy{.prefix = settings.prefix, .thresholds = settings.thresholds};
}

forge::CommentPolicy comment_policy(config::CommentTimes when) {
  switch (when) {
    case config::CommentTimes::never:
      return forge::CommentPolicy::never;
    case config::CommentTimes::on_failure:
      return forge::CommentPolicy::on_failure;
    case config::CommentTimes::always:
      break;
  }
  return forge::CommentPolicy::always;
}

engine::EvaluationBudget budget_of_one(const config::ServerConfiguration& configuration) {
  const Machine machine = look_at_machine();
  const std::uint32_t sharers = std::max<std::uint32_t>(configuration.reviews.at_once, 1);
  engine::EvaluationBudget budget;
  budget.workers = std::max<std::uint32_t>(configuration.evaluation.workers.value_or(machine.processors) / sharers, 1);
  budget.memory = configuration.evaluation.memory.value_or(machine.available_memory / 4 * 3) / sharers;
  return budget;
}

}  // namespace

forge::DeskPolicy desk_policy(const config::ServerConfiguration& configuration) {
  const config::ReviewSettings& reviews = configuration.reviews;
  using Drafts = forge::DeskPolicy::Drafts;
  return {.reviews_at_once = reviews.at_once,
          .drafts = reviews.drafts == config::DraftReviews::review ? Drafts::review : Drafts::ignore,
          .superseded = abandoned(reviews.cancel_superseded),
          .closed = abandoned(reviews.cancel_closed),
          .pushes = pushes_of(reviews.push_to_target, configuration.build.enabled),
          .trust = trust_policy(configuration.trust),
          .labels = label_policy(configuration.labels),
          .comments = comment_policy(configuration.comments.when)};
}

forge::PublisherSettings publisher_settings(const config::ServerConfiguration& configuration) {
  forge::PublisherSettings settings{.update_every = configuration.checks.update_every};
  if (configuration.labels.enabled) settings.label_prefix = configuration.labels.prefix;
  settings.comments = configuration.comments.when != config::CommentTimes::never;
  return settings;
}

github::AppUse app_use(const config::ServerConfiguration& configuration) {
  return {.labels = configuration.labels.enabled, .comments = configuration.comments.when != config::CommentTimes::never};
}

BuildOptions build_options(const config::ServerConfiguration& configuration) {
  const config::BuildSettings& build = configuration.build;
  return {.build = build.enabled,
          .base = base_builds(build.base),
          .offline = build.offline,
          .sandbox = build.sandbox,
          .max_builds = build.max_builds,
          .jobs = std::max<std::uint32_t>(build.jobs.value_or(look_at_machine().processors), 1),
          .silence_seconds = static_cast<std::uint64_t>(build.silence.count()),
          .total_seconds = static_cast<std::uint64_t>(build.time.count()),
          .store = build.store.value_or(""),
          .keep_logs = BuildOptions::Logs::all};
}

db::DatabaseOptions database_options(const config::ServerConfiguration& configuration) {
  db::DatabaseOptions options{.file = configuration.server.state / "ekaci.db"};
  // The Keeper sees to age and room, in small steps; this is for what grows faster than it looks.
  options.bytes = std::max(options.bytes, configuration.retention.disk / 2);
  options.reviews = db::ReviewLimits::unlimited();
  return options;
}

ServerReviewerSettings reviewer_settings(const config::ServerConfiguration& configuration) {
  return {.state = configuration.server.state,
          .budget = budget_of_one(configuration),
          .limits = {.attribute_time = configuration.evaluation.attribute_time, .total_time = configuration.evaluation.total_time},
          .build = build_options(configuration),
          .shown = shown_attributes(configuration.checks.mode),
          .checks_of_attributes = configuration.checks.attributes,
          .trust = trust_policy(configuration.trust),
          .update_every = configuration.checks.update_every};
}

}  // namespace ekaci::app
