#pragma once

#include <array>
#include <string_view>

/// What backlog.cc asks, beside forge_queries.h and under its rules: all go through indexes of what is not done yet, of which there is
/// little.
namespace ekaci::db::queries {

inline constexpr std::string_view kInboxBacklog =
    "SELECT count(*), min(received_us) FROM delivery INDEXED BY delivery_unhandled WHERE handled_us IS NULL";
/// What concludes nothing is not owed before its turn.
inline constexpr std::string_view kOwedBacklog =
    "SELECT count(*), min(max(owed_since_us, iif(conclusion IS NULL, next_us, 0))) FROM forge_check INDEXED BY forge_check_due "
    "WHERE due_us IS NOT NULL";
inline constexpr std::string_view kLongestDue =
    "SELECT repository, head, name, failures, max(owed_since_us, iif(conclusion IS NULL, next_us, 0)), due_us, trouble FROM forge_check "
    "INDEXED BY forge_check_due WHERE due_us IS NOT NULL ORDER BY due_us, id LIMIT ?1";
inline constexpr std::string_view kNewestTroubles =
    "SELECT repository, head, name, failures, owed_since_us, due_us, trouble FROM forge_check INDEXED BY forge_check_trouble "
    "WHERE trouble IS NOT NULL ORDER BY id DESC LIMIT ?1";

inline constexpr std::string_view kNewestRefusedLabels =
    "SELECT repository, number, wanted_us, trouble FROM forge_label INDEXED BY forge_label_refused WHERE due_us IS NULL "
    "ORDER BY id DESC LIMIT ?1";
inline constexpr std::string_view kNewestRefusedComments =
    "SELECT repository, number, wanted_us, trouble FROM forge_comment INDEXED BY forge_comment_refused WHERE due_us IS NULL "
    "AND trouble IS NOT NULL ORDER BY id DESC LIMIT ?1";

inline constexpr std::array kOfBacklog = {kInboxBacklog,   kOwedBacklog,         kLongestDue,
                                          kNewestTroubles, kNewestRefusedLabels, kNewestRefusedComments};

}  // namespace ekaci::db::queries
