#include "db/ledger.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/checks.h"
#include "db/comments.h"
#include "db/inbox.h"
#include "db/labels.h"
#include "db/retirement.h"
#include "db/subjects.h"

namespace ekaci::db {
namespace {

/// Commits at which subjects came or went.
class Heads {
 public:
  void add(forge::RepositoryId repository, std::string head) { heads_.emplace(repository, std::move(head)); }
  /// Adds those that were found, or hands on why they were not.
  Status add(forge::RepositoryId repository, Result<std::vector<std::string>> found) {
    if (!found) return fail(found.error());
    for (std::string& head : *found) add(repository, std::move(head));
    return {};
  }
  [[nodiscard]] Status review_checks(const Connection& connection) const {
    for (const auto& [repository, head] : heads_) {
      Status reviewed = review_checks_at(connection, repository, head);
      if (!reviewed) return reviewed;
    }
    return {};
  }

 private:
  std::set<std::pair<forge::RepositoryId, std::string>> heads_;
};

Status write_repositories(const Connection& connection, const forge::LedgerEntry& entry, Heads& heads) {
  for (const forge::Repository& repository : entry.repositories) {
    Status kept = keep_repository(connection, repository);
    if (!kept) return kept;
  }
  for (const forge::RepositoryId repository : entry.left) {
    if (Status left = leave_repository(connection, repository); !left) return left;
    if (Status unwanted = drop_label_wishes(connection, repository); !unwanted) return unwanted;
    if (Status unwanted = drop_comments(connection, repository); !unwanted) return unwanted;
    Status dropped = heads.add(repository, drop_subjects(connection, repository));
    if (!dropped) return dropped;
  }
  return {};
}

Status write_subjects(const Connection& connection, const forge::LedgerEntry& entry, Heads& heads) {
  for (const forge::SubjectRecord& record : entry.subjects) {
    if (Status kept = heads.add(record.repository, keep_subject(connection, record)); !kept) return kept;
    heads.add(record.repository, forge::head_of(record.subject).to_string());
  }
  for (const forge::SubjectKey& key : entry.closed) {
    if (key.kind == forge::SubjectKey::Kind::pull_request) {
      if (Status unwanted = drop_label_wish(connection, key.repository, key.number); !unwanted) return unwanted;
      if (Status unwanted = drop_comment(connection, key.repository, key.number); !unwanted) return unwanted;
    }
    Status dropped = heads.add(key.repository, drop_subject(connection, key));
    if (!dropped) return dropped;
  }
  return {};
}

bool is_told(const forge::LedgerEntry& entry, const forge::OtherChecks& others, std::string_view name) {
  return std::ranges::any_of(entry.checks, [&](const forge::Check& check) {
    return check.repository == others.repository && check.head == others.head && check.name == name;
  });
}

Status write_others(const Connection& connection, CheckWriter& writer, const forge::LedgerEntry& entry, Clock::Wall now) {
  for (const forge::OtherChecks& others : entry.others) {
    Result<std::vector<std::string>> names = load_check_names(connection, others.repository, others.head);
    if (!names) return fail(names.error());
    for (std::string& name : *names) {
      if (name == forge::kSummaryCheck || is_told(entry, others, name)) continue;
      const forge::Check other{.repository = others.repository, .head = others.head, .name = std::move(name), .text = others.text};
      if (Status wanted = writer.want(other, now); !wanted) return wanted;
    }
  }
  return {};
}

Status write_checks(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now) {
  if (entry.checks.empty() && entry.others.empty()) return {};
  Result<CheckWriter> writer = CheckWriter::open(connection);
  if (!writer) return fail(writer.error());
  for (const forge::Check& check : entry.checks) {
    Status wanted = writer->want(check, now);
    if (!wanted) return wanted;
  }
  return write_others(connection, *writer, entry, now);
}

Status write_labels(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now) {
  for (const forge::WantedLabel& label : entry.labels) {
    Status wanted = want_label(connection, label, now);
    if (!wanted) return wanted;
  }
  return {};
}

Status write_comments(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now) {
  for (const forge::WantedComment& comment : entry.comments) {
    Status wanted = want_comment(connection, comment, now);
    if (!wanted) return wanted;
  }
  return {};
}

/// Of commits that were current before this entry: what it wants is owed anyway.
Status owe_again(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now) {
  for (const forge::RepositoryId repository : entry.permitted) {
    if (Status owed = owe_checks_again(connection, repository, now); !owed) return owed;
    if (Status owed = owe_labels_again(connection, repository, now); !owed) return owed;
    if (Status owed = owe_comments_again(connection, repository, now); !owed) return owed;
  }
  return {};
}

}  // namespace

Status write_entry(const Connection& connection, const forge::LedgerEntry& entry, Clock::Wall now) {
  Heads heads;
  if (Status written = write_repositories(connection, entry, heads); !written) return written;
  if (Status owed = owe_again(connection, entry, now); !owed) return owed;
  if (Status written = write_subjects(connection, entry, heads); !written) return written;
  if (Status written = write_checks(connection, entry, now); !written) return written;
  if (Status written = write_labels(connection, entry, now); !written) return written;
  if (Status written = write_comments(connection, entry, now); !written) return written;
  if (Status reviewed = heads.review_checks(connection); !reviewed) return reviewed;
  return mark_handled(connection, entry.handled, now);
}

Result<forge::LedgerState> load_state(const Connection& connection) {
  Result<std::vector<forge::Repository>> repositories = load_repositories(connection);
  if (!repositories) return fail(repositories.error());
  Result<std::vector<forge::SubjectRecord>> subjects = load_subjects(connection);
  if (!subjects) return fail(subjects.error());
  return forge::LedgerState{.repositories = std::move(*repositories), .subjects = std::move(*subjects)};
}

}  // namespace ekaci::db
