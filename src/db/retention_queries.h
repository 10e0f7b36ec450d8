#pragma once

#include <array>
#include <string_view>

/// What retention asks of tables that grow with history (kept_rows.h): each through an index, and as much as asked for.
namespace ekaci::db::queries {

inline constexpr std::string_view kOldestReviews =
    "SELECT id, made_us, length(report) + 200, repository, head_commit FROM review INDEXED BY review_made ORDER BY made_us LIMIT ?1";
inline constexpr std::string_view kOldestAttempts =
    "SELECT id, used_us, length(message) + length(last_lines) + 400 FROM attempt INDEXED BY attempt_used ORDER BY used_us LIMIT ?1";
inline constexpr std::string_view kOldestEvaluations =
    "SELECT id, used_us, length(content) + length(roots) + 100 FROM evaluation INDEXED BY evaluation_used ORDER BY used_us LIMIT ?1";
/// Without the newest: see kForgetPaths.
inline constexpr std::string_view kOldestPaths =
    "SELECT used_day, id FROM path INDEXED BY path_used WHERE used_day < ?2 AND id < (SELECT max(id) FROM path) ORDER BY used_day, id "
    "LIMIT ?1";
inline constexpr std::string_view kForgetReview = "DELETE FROM review WHERE id = ?1";
inline constexpr std::string_view kForgetAttempt = "DELETE FROM attempt WHERE id = ?1 RETURNING log";
inline constexpr std::string_view kForgetEvaluation = "DELETE FROM evaluation WHERE id = ?1";
inline constexpr std::string_view kForgetLog = "UPDATE attempt SET log = x'' WHERE derivation = ?1 AND log = ?2";
inline constexpr std::string_view kTouchAttempt = "UPDATE attempt SET used_us = max(used_us, ?2) WHERE id = ?1";
inline constexpr std::string_view kTouchPath = "UPDATE path SET used_day = ?2 WHERE id = ?1 AND used_day < ?2";
/// The newest stays, so that no id is ever given twice: lists of references may name ids whose rows are gone.
inline constexpr std::string_view kForgetPaths =
    "DELETE FROM path WHERE used_day = ?1 AND id BETWEEN ?2 AND ?3 AND id < (SELECT max(id) FROM path)";
inline constexpr std::string_view kForgetDerivation = "DELETE FROM derivation WHERE id = ?1 RETURNING chunk";
inline constexpr std::string_view kForgetChunk =
    "DELETE FROM chunk WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM derivation WHERE derivation.chunk = ?1)";

inline constexpr std::array kOfRetention = {kOldestReviews, kOldestAttempts,   kOldestEvaluations, kOldestPaths,  kForgetReview,
                                            kForgetAttempt, kForgetEvaluation, kForgetLog,         kTouchAttempt, kTouchPath,
                                            kForgetPaths,   kForgetDerivation, kForgetChunk};

}  // namespace ekaci::db::queries
