#pragma once

#include <array>
#include <span>
#include <string_view>

#include "app/version.h"
#include "base/metrics.h"

/// Every metric of a server. docs/metrics.md says what each is good for; a test holds the two against each other.
///
/// No label tells a name of a repository, a branch or a person, nor any other text that somebody outside chooses.
namespace ekaci::app::metrics {

namespace labels {

/// Of the webhooks that GitHub sends to an App like ours.
inline constexpr std::array<std::string_view, 14> kEvents = {"pull_request",        "push",          "check_run",
                                                             "check_suite",         "issue_comment", "pull_request_review",
                                                             "merge_group",         "installation",  "installation_repositories",
                                                             "installation_target", "repository",    "ping",
                                                             "unverified",          "other"};
inline constexpr std::array<std::string_view, 8> kWebhookOutcomes = {"accepted",  "repeated", "bad_signature", "not_kept",
                                                                     "too_large", "too_slow", "no_room",       "malformed"};
inline constexpr std::array<std::string_view, 3> kUpdateOutcomes = {"sent", "postponed", "refused"};
inline constexpr std::array<std::string_view, 7> kCallOutcomes = {"good",   "not_modified", "limited", "refused",
                                                                  "failed", "unreachable",  "withheld"};
inline constexpr std::array<std::string_view, 6> kReviewEnds = {"merge", "do_not_merge", "wait", "cannot_tell", "stopped", "failed"};
inline constexpr std::array<std::string_view, 3> kEvaluationEnds = {"completed", "stopped", "failed"};
/// As model/outcome.h names outcomes and results of attempts.
inline constexpr std::array<std::string_view, 5> kBuildOutcomes = {"succeeded", "failed", "timed_out", "cancelled", "infrastructure"};
inline constexpr std::array<std::string_view, 15> kBuildResults = {
    "built",        "substituted", "already_valid", "builder_failed", "output_rejected", "hash_mismatch", "log_limit",
    "silence_time", "total_time",  "out_of_memory", "disk_full",      "builder_lost",    "fetch_failed",  "dependency_unavailable",
    "stopped"};
inline constexpr std::array<std::string_view, 5> kStatusClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
inline constexpr std::array<std::string_view, 1> kVersions = {kVersion};

inline constexpr std::array kWebhook = {MetricLabel{"event", kEvents}, MetricLabel{"outcome", kWebhookOutcomes}};
inline constexpr std::array kUpdate = {MetricLabel{"outcome", kUpdateOutcomes}};
inline constexpr std::array kCall = {MetricLabel{"outcome", kCallOutcomes}};
inline constexpr std::array kReview = {MetricLabel{"verdict", kReviewEnds}};
inline constexpr std::array kEvaluation = {MetricLabel{"outcome", kEvaluationEnds}};
inline constexpr std::array kBuild = {MetricLabel{"outcome", kBuildOutcomes}, MetricLabel{"result", kBuildResults}};
inline constexpr std::array kStatus = {MetricLabel{"status", kStatusClasses}};
inline constexpr std::array kBuildInfo = {MetricLabel{"version", kVersions}};

}  // namespace labels

/// From an evaluation that was remembered to a night of building.
inline constexpr std::array<double, 13> kReviewSeconds = {1, 5, 15, 30, 60, 120, 300, 600, 1200, 3600, 7200, 14400, 28800};
inline constexpr std::array<double, 10> kEvaluationSeconds = {1, 2, 5, 10, 30, 60, 120, 300, 900, 3600};

using enum MetricKind;
using enum MetricSource;

// ---- webhooks

inline constexpr MetricDescription kWebhooks{.name = "ekaci_webhooks_total",
                                             .kind = counter,
                                             .source = counted,
                                             .help = "Webhooks, by what they tell of and what came of receiving them.",
                                             .labels = labels::kWebhook};
inline constexpr MetricDescription kInboxWaiting{
    .name = "ekaci_inbox_waiting", .kind = gauge, .help = "Webhooks that were stored and are not handled yet, at most 10000."};
inline constexpr MetricDescription kInboxOldest{
    .name = "ekaci_inbox_oldest_seconds", .kind = gauge, .help = "How long ago the oldest webhook came that is not handled yet."};

// ---- GitHub

inline constexpr MetricDescription kChecksOwed{
    .name = "ekaci_checks_owed", .kind = gauge, .help = "Check runs that GitHub does not have as they are to be, at most 1000."};
inline constexpr MetricDescription kChecksOldest{
    .name = "ekaci_checks_owed_oldest_seconds", .kind = gauge, .help = "How long the check run has been owed that has been longest."};
inline constexpr MetricDescription kChecksRefused{
    .name = "ekaci_checks_refused",
    .kind = gauge,
    .help = "Check runs that GitHub will never take as they are, among the newest 1000 with trouble."};
inline constexpr MetricDescription kLabelsRefused{
    .name = "ekaci_labels_refused",
    .kind = gauge,
    .help = "Labels that GitHub refused to give or take, of pull requests that are remembered, at most 1000."};
inline constexpr MetricDescription kCommentsRefused{
    .name = "ekaci_comments_refused",
    .kind = gauge,
    .help = "Comments that GitHub refused, on pull requests that are remembered, at most 1000."};
inline constexpr MetricDescription kCheckUpdates{.name = "ekaci_check_updates_total",
                                                 .kind = counter,
                                                 .help = "Check runs that were to be made or updated, by what came of it.",
                                                 .labels = labels::kUpdate};
inline constexpr MetricDescription kCalls{
    .name = "ekaci_github_calls_total", .kind = counter, .help = "Calls of GitHub's API, by what came of them.", .labels = labels::kCall};
inline constexpr MetricDescription kCallsRemaining{
    .name = "ekaci_github_calls_remaining",
    .kind = gauge,
    .help = "Calls that GitHub allows in this hour, of the installation with the fewest; missing until GitHub has told."};
inline constexpr MetricDescription kRepositories{
    .name = "ekaci_repositories", .kind = gauge, .help = "Repositories that the App is installed in."};

// ---- reviews

inline constexpr MetricDescription kReviewsWaiting{.name = "ekaci_reviews_waiting", .kind = gauge, .help = "Reviews that wait for a slot."};
inline constexpr MetricDescription kReviewsRunning{.name = "ekaci_reviews_running", .kind = gauge, .help = "Reviews under way."};
inline constexpr MetricDescription kReviewsEnded{
    .name = "ekaci_reviews_ended_total",
    .kind = counter,
    .source = counted,
    .help = "Reviews that ended, by verdict; stopped ones and those that could not be made have none.",
    .labels = labels::kReview};
inline constexpr MetricDescription kReviewDuration{.name = "ekaci_review_seconds",
                                                   .kind = histogram,
                                                   .source = counted,
                                                   .help = "How long reviews took that came to a verdict, from fetching to the verdict.",
                                                   .buckets = kReviewSeconds};
inline constexpr MetricDescription kEvaluations{.name = "ekaci_evaluations_total",
                                                .kind = counter,
                                                .source = counted,
                                                .help = "Evaluations of a tree for a job and a system, by how they ended.",
                                                .labels = labels::kEvaluation};
inline constexpr MetricDescription kEvaluationDuration{.name = "ekaci_evaluation_seconds",
                                                       .kind = histogram,
                                                       .source = counted,
                                                       .help = "How long evaluations took that were completed.",
                                                       .buckets = kEvaluationSeconds};
inline constexpr MetricDescription kBuilds{.name = "ekaci_builds_total",
                                           .kind = counter,
                                           .source = counted,
                                           .help = "Attempts at building a derivation, by outcome and by what exactly happened.",
                                           .labels = labels::kBuild};

// ---- the server

inline constexpr MetricDescription kResponses{.name = "ekaci_http_responses_total",
                                              .kind = counter,
                                              .help = "Answers to requests on the public address, by class of status.",
                                              .labels = labels::kStatus};
inline constexpr MetricDescription kConnections{
    .name = "ekaci_http_connections", .kind = gauge, .help = "Connections to the public address."};
inline constexpr MetricDescription kConnectionsRefused{
    .name = "ekaci_http_connections_refused_total",
    .kind = counter,
    .help = "Connections to the public address that were refused because there were too many."};
inline constexpr MetricDescription kDatabaseBytes{.name = "ekaci_database_bytes", .kind = gauge, .help = "Size of the database's files."};
inline constexpr MetricDescription kDiskFree{
    .name = "ekaci_disk_free_bytes", .kind = gauge, .help = "What is free of the file system that has the state directory."};
inline constexpr MetricDescription kDiskKeepFree{
    .name = "ekaci_disk_keep_free_bytes", .kind = gauge, .help = "What has to be free of it: [retention] keep_free."};
inline constexpr MetricDescription kBuildInformation{
    .name = "ekaci_build_info", .kind = gauge, .help = "Always 1; its label is the version that runs.", .labels = labels::kBuildInfo};
inline constexpr MetricDescription kStartTime{
    .name = "process_start_time_seconds", .kind = gauge, .help = "When the server was started, in seconds since 1970 (UTC)."};
inline constexpr MetricDescription kResidentMemory{
    .name = "process_resident_memory_bytes", .kind = gauge, .help = "Memory of the server itself, without evaluators and builders."};

inline constexpr std::array kAll = {
    &kWebhooks,           &kInboxWaiting,   &kInboxOldest, &kChecksOwed,         &kChecksOldest,     &kChecksRefused,  &kLabelsRefused,
    &kCommentsRefused,    &kCheckUpdates,   &kCalls,       &kCallsRemaining,     &kRepositories,     &kReviewsWaiting, &kReviewsRunning,
    &kReviewsEnded,       &kReviewDuration, &kEvaluations, &kEvaluationDuration, &kBuilds,           &kResponses,      &kConnections,
    &kConnectionsRefused, &kDatabaseBytes,  &kDiskFree,    &kDiskKeepFree,       &kBuildInformation, &kStartTime,      &kResidentMemory};

}  // namespace ekaci::app::metrics
