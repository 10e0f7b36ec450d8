#pragma once

#include <array>
#include <string_view>

/// Every statement on the tables of a server (migrations.cc, from version 5 on), so that a test can ask SQLite how it would run each. None
/// but kAllRepositories and kAllSubjects, which a start reads, may take longer the more was ever stored.
namespace ekaci::db::queries {

// ---- deliveries

inline constexpr std::string_view kFindDelivery = "SELECT 1 FROM delivery WHERE guid = ?1";
inline constexpr std::string_view kAddDelivery = "INSERT INTO delivery (guid, event, received_us, payload) VALUES (?1, ?2, ?3, ?4)";
inline constexpr std::string_view kUnhandled =
    "SELECT id, guid, event, received_us, payload FROM delivery INDEXED BY delivery_unhandled WHERE handled_us IS NULL AND id > ?1 "
    "ORDER BY id LIMIT ?2";
inline constexpr std::string_view kHandle =
    "UPDATE delivery SET payload = NULL, handled_us = ?2, outcome = ?3 WHERE id = ?1 AND handled_us IS NULL";
inline constexpr std::string_view kForgetDeliveries =
    "DELETE FROM delivery INDEXED BY delivery_handled WHERE handled_us IS NOT NULL AND id <= (SELECT max(id) FROM delivery) - ?1";
inline constexpr std::string_view kHandled =
    "SELECT id, guid, event, received_us, handled_us, outcome FROM delivery INDEXED BY delivery_handled WHERE handled_us IS NOT NULL "
    "ORDER BY id DESC LIMIT ?1";

// ---- repositories

inline constexpr std::string_view kAllRepositories =
    "SELECT id, installation, name, default_branch, private, permissions FROM forge_repository WHERE gone = 0 ORDER BY id";
inline constexpr std::string_view kKeepRepository =
    "INSERT INTO forge_repository (id, installation, name, default_branch, private, permissions) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (id) DO UPDATE SET installation = ?2, name = ?3, default_branch = ?4, private = ?5, permissions = ?6, gone = 0";
inline constexpr std::string_view kLeaveRepository = "UPDATE forge_repository SET gone = 1 WHERE id = ?1";
inline constexpr std::string_view kFindRepository = "SELECT gone FROM forge_repository WHERE id = ?1";
inline constexpr std::string_view kForgetRepositories =
    "DELETE FROM forge_repository INDEXED BY forge_repository_gone WHERE gone = 1 AND NOT EXISTS "
    "(SELECT 1 FROM forge_check WHERE forge_check.repository = forge_repository.id) AND NOT EXISTS "
    "(SELECT 1 FROM forge_label WHERE forge_label.repository = forge_repository.id) AND NOT EXISTS "
    "(SELECT 1 FROM forge_comment WHERE forge_comment.repository = forge_repository.id)";

// ---- subjects

inline constexpr std::string_view kAllSubjects =
    "SELECT repository, kind, number, branch, head, state, target, author, association, title, updated_us, group_base, approved, "
    "approved_by, decision, base, base_stale, retry_failed, built, head_owner, builds_withheld FROM subject "
    "ORDER BY repository, kind, number, branch";
inline constexpr std::string_view kAddSubject =
    "INSERT INTO subject (repository, kind, number, branch, head, state, target, author, association, title, updated_us, group_base, "
    "approved, approved_by, decision, base, base_stale, retry_failed, built, head_owner, builds_withheld) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
inline constexpr std::string_view kDropSubject =
    "DELETE FROM subject WHERE repository = ?1 AND kind = ?2 AND number = ?3 AND branch = ?4 RETURNING head";
inline constexpr std::string_view kDropSubjects = "DELETE FROM subject WHERE repository = ?1 RETURNING head";

// ---- checks

inline constexpr std::string_view kFindCheck =
    "SELECT id, content, version, sent, refused, failures, conclusion IS NOT NULL, owed_since_us, resume_us, next_us FROM forge_check "
    "WHERE repository = ?1 AND head = ?2 AND name = ?3";
inline constexpr std::string_view kAddCheck =
    "INSERT INTO forge_check (repository, head, name, status, conclusion, content, version, owed_since_us, due_us, may_exist) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, EXISTS (SELECT 1 FROM restoration))";
inline constexpr std::string_view kWantCheck =
    "UPDATE forge_check SET status = ?2, conclusion = ?3, content = ?4, version = ?5, owed_since_us = ?6, due_us = ?7, retired = NULL "
    "WHERE id = ?1";
inline constexpr std::string_view kChecksAt =
    "SELECT name, content FROM forge_check WHERE repository = ?1 AND head = ?2 AND conclusion IS NULL ORDER BY name";
inline constexpr std::string_view kCheckNamesAt = "SELECT name FROM forge_check WHERE repository = ?1 AND head = ?2 ORDER BY name";
inline constexpr std::string_view kOwed =
    "SELECT forge_check.id, version, forge_id, may_exist, failures, repository, installation, forge_repository.name, default_branch, "
    "private, head, forge_check.name, content FROM forge_check INDEXED BY forge_check_due JOIN forge_repository ON "
    "forge_repository.id = repository WHERE due_us <= ?1 ORDER BY due_us, forge_check.id LIMIT ?2";
inline constexpr std::string_view kNextDue = "SELECT min(due_us) FROM forge_check WHERE due_us > ?1";
inline constexpr std::string_view kCheckProgress =
    "SELECT version, sent, refused, failures, conclusion IS NOT NULL, owed_since_us, resume_us, next_us FROM forge_check WHERE id = ?1";
inline constexpr std::string_view kTryToCreate = "UPDATE forge_check SET may_exist = 1 WHERE id = ?1 RETURNING id";
inline constexpr std::string_view kNoteProgress =
    "UPDATE forge_check SET sent = ?2, refused = ?3, failures = ?4, resume_us = ?5, next_us = ?6, due_us = ?7, trouble = ?8, "
    "forge_id = coalesce(?9, forge_id) WHERE id = ?1";
inline constexpr std::string_view kTroubles =
    "SELECT forge_check.id, repository, head, forge_check.name, failures, due_us, trouble FROM forge_check INDEXED BY forge_check_trouble "
    "WHERE trouble IS NOT NULL ORDER BY forge_check.id LIMIT ?1";

/// Those that were refused as they are wanted, of commits that something has as its head. As long as what is reviewed of the repository.
inline constexpr std::string_view kRefusedOfSubjects =
    "SELECT forge_check.id FROM subject CROSS JOIN forge_check INDEXED BY forge_check_place ON forge_check.repository = subject.repository "
    "AND forge_check.head = subject.head WHERE subject.repository = ?1 AND refused = version";
inline constexpr std::string_view kOweAgain =
    "UPDATE forge_check SET refused = ?2, owed_since_us = ?3, due_us = ?4, trouble = NULL WHERE id = ?1";

// ---- labels

inline constexpr std::string_view kDropLabelWish = "DELETE FROM forge_label WHERE repository = ?1 AND number = ?2";
inline constexpr std::string_view kDropLabelWishes = "DELETE FROM forge_label WHERE repository = ?1";
inline constexpr std::string_view kWantLabel =
    "INSERT INTO forge_label (repository, number, name, due_us, wanted_us) VALUES (?1, ?2, ?3, ?4, ?4)";
inline constexpr std::string_view kOwedLabels =
    "SELECT forge_label.id, repository, installation, forge_repository.name, default_branch, private, number, forge_label.name, failures "
    "FROM forge_label INDEXED BY forge_label_due JOIN forge_repository ON forge_repository.id = repository WHERE due_us <= ?1 "
    "ORDER BY due_us, forge_label.id LIMIT ?2";
inline constexpr std::string_view kNextLabelDue = "SELECT min(due_us) FROM forge_label WHERE due_us > ?1";
inline constexpr std::string_view kForgetLabel = "DELETE FROM forge_label WHERE id = ?1";
inline constexpr std::string_view kPostponeLabel =
    "UPDATE forge_label SET failures = failures + ?4, due_us = ?2, trouble = ?3 WHERE id = ?1";

inline constexpr std::string_view kOweLabelsAgain =
    "UPDATE forge_label INDEXED BY forge_label_place SET due_us = ?2, failures = 0, trouble = NULL WHERE repository = ?1 AND due_us IS "
    "NULL";

// ---- comments

inline constexpr std::string_view kFindComment =
    "SELECT id, head, content, due_us IS NULL AND trouble IS NULL FROM forge_comment WHERE repository = ?1 AND number = ?2";
inline constexpr std::string_view kAddComment =
    "INSERT INTO forge_comment (repository, number, head, content, makes_comment, version, wanted_us, due_us) "
    "VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6)";
inline constexpr std::string_view kChangeComment =
    "UPDATE forge_comment SET head = ?2, content = ?3, makes_comment = ?4, version = version + 1, wanted_us = ?5, due_us = ?5, "
    "failures = 0, trouble = NULL WHERE id = ?1";
inline constexpr std::string_view kDropComment = "DELETE FROM forge_comment WHERE repository = ?1 AND number = ?2";
inline constexpr std::string_view kDropComments = "DELETE FROM forge_comment WHERE repository = ?1";
inline constexpr std::string_view kOwedComments =
    "SELECT forge_comment.id, version, forge_id, repository, installation, forge_repository.name, default_branch, private, number, head, "
    "content, makes_comment, failures FROM forge_comment INDEXED BY forge_comment_due JOIN forge_repository ON "
    "forge_repository.id = repository WHERE due_us <= ?1 ORDER BY due_us, forge_comment.id LIMIT ?2";
inline constexpr std::string_view kNextCommentDue = "SELECT min(due_us) FROM forge_comment WHERE due_us > ?1";
inline constexpr std::string_view kNoteCommented =
    "UPDATE forge_comment SET forge_id = ?3, due_us = CASE WHEN version = ?2 THEN NULL ELSE due_us END, failures = 0, trouble = NULL "
    "WHERE id = ?1";
inline constexpr std::string_view kForgetComment = "DELETE FROM forge_comment WHERE id = ?1 AND version = ?2";
inline constexpr std::string_view kPostponeComment =
    "UPDATE forge_comment SET failures = failures + ?4, due_us = ?2, trouble = ?3 WHERE id = ?1 AND due_us IS NOT NULL";
inline constexpr std::string_view kRefuseComment =
    "UPDATE forge_comment SET due_us = NULL, trouble = ?3 WHERE id = ?1 AND version = ?2 AND due_us IS NOT NULL";
inline constexpr std::string_view kOweCommentsAgain =
    "UPDATE forge_comment INDEXED BY forge_comment_place SET due_us = ?2, failures = 0, trouble = NULL WHERE repository = ?1 AND due_us IS "
    "NULL AND trouble IS NOT NULL";

// ---- checks that nobody needs any more

inline constexpr std::string_view kFindSubjectAt = "SELECT 1 FROM subject WHERE repository = ?1 AND head = ?2 LIMIT 1";
inline constexpr std::string_view kReviveChecks = "UPDATE forge_check SET retired = NULL WHERE repository = ?1 AND head = ?2";
inline constexpr std::string_view kUnretiredChecksAt = "SELECT id FROM forge_check WHERE repository = ?1 AND head = ?2 AND retired IS NULL";
inline constexpr std::string_view kRetireCheck =
    "UPDATE forge_check SET retired = 1 + coalesce((SELECT max(other.retired) FROM forge_check AS other WHERE other.retired IS NOT NULL), "
    "0) "
    "WHERE id = ?1 AND retired IS NULL AND conclusion IS NOT NULL AND due_us IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM subject WHERE subject.repository = forge_check.repository AND subject.head = forge_check.head) RETURNING id";
inline constexpr std::string_view kForgetChecks =
    "DELETE FROM forge_check WHERE retired IS NOT NULL AND retired <= "
    "(SELECT max(other.retired) FROM forge_check AS other WHERE other.retired IS NOT NULL) - ?1";

// ---- figures, each of as many rows at most as the caller says

inline constexpr std::string_view kCountUnhandled =
    "SELECT count(*) FROM (SELECT 1 FROM delivery INDEXED BY delivery_unhandled WHERE handled_us IS NULL LIMIT ?1)";
inline constexpr std::string_view kOldestUnhandled =
    "SELECT received_us FROM delivery INDEXED BY delivery_unhandled WHERE handled_us IS NULL ORDER BY id LIMIT 1";
/// What concludes nothing is not owed before its turn.
inline constexpr std::string_view kCountOwed =
    "SELECT count(*), min(owed_us) FROM (SELECT max(owed_since_us, iif(conclusion IS NULL, next_us, 0)) AS owed_us FROM forge_check "
    "INDEXED BY forge_check_due WHERE due_us IS NOT NULL ORDER BY due_us, id LIMIT ?1)";
inline constexpr std::string_view kCountRefused =
    "SELECT count(*) FROM (SELECT due_us FROM forge_check INDEXED BY forge_check_trouble WHERE trouble IS NOT NULL ORDER BY id DESC LIMIT "
    "?1) WHERE due_us IS NULL";

inline constexpr std::string_view kCountRefusedLabels =
    "SELECT count(*) FROM (SELECT 1 FROM forge_label INDEXED BY forge_label_refused WHERE due_us IS NULL LIMIT ?1)";
inline constexpr std::string_view kCountRefusedComments =
    "SELECT count(*) FROM (SELECT 1 FROM forge_comment INDEXED BY forge_comment_refused WHERE due_us IS NULL AND trouble IS NOT NULL LIMIT "
    "?1)";

// ---- after a start from a backup

inline constexpr std::string_view kIsRestored = "SELECT count(*) FROM restoration";
inline constexpr std::string_view kAddRestoration = "INSERT INTO restoration (made_us) VALUES (?1)";
inline constexpr std::string_view kBeginRestoration = "UPDATE restoration SET begun_us = ?1 WHERE begun_us IS NULL";
inline constexpr std::string_view kEndRestoration = "DELETE FROM restoration WHERE begun_us < ?1";
inline constexpr std::string_view kForgetRestoration = "DELETE FROM restoration";
/// Of a copy alone: it reads the table through.
inline constexpr std::string_view kMayExist = "UPDATE forge_check SET may_exist = 1 WHERE forge_id IS NULL";

inline constexpr std::array kAll = {kFindDelivery,
                                    kAddDelivery,
                                    kUnhandled,
                                    kHandle,
                                    kForgetDeliveries,
                                    kHandled,
                                    kAllRepositories,
                                    kKeepRepository,
                                    kLeaveRepository,
                                    kFindRepository,
                                    kForgetRepositories,
                                    kAllSubjects,
                                    kAddSubject,
                                    kDropSubject,
                                    kDropSubjects,
                                    kFindCheck,
                                    kAddCheck,
                                    kWantCheck,
                                    kChecksAt,
                                    kCheckNamesAt,
                                    kOwed,
                                    kNextDue,
                                    kCheckProgress,
                                    kTryToCreate,
                                    kNoteProgress,
                                    kTroubles,
                                    kFindSubjectAt,
                                    kReviveChecks,
                                    kUnretiredChecksAt,
                                    kRetireCheck,
                                    kForgetChecks,
                                    kCountUnhandled,
                                    kOldestUnhandled,
                                    kCountOwed,
                                    kCountRefused,
                                    kDropLabelWish,
                                    kDropLabelWishes,
                                    kWantLabel,
                                    kOwedLabels,
                                    kNextLabelDue,
                                    kForgetLabel,
                                    kPostponeLabel,
                                    kRefusedOfSubjects,
                                    kOweAgain,
                                    kOweLabelsAgain,
                                    kFindComment,
                                    kAddComment,
                                    kChangeComment,
                                    kDropComment,
                                    kDropComments,
                                    kOwedComments,
                                    kNextCommentDue,
                                    kNoteCommented,
                                    kForgetComment,
                                    kPostponeComment,
                                    kRefuseComment,
                                    kOweCommentsAgain,
                                    kCountRefusedLabels,
                                    kCountRefusedComments};

}  // namespace ekaci::db::queries
