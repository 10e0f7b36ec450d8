#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/server_reviewer.h"
#include "app/subject_search.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/build_memory.h"
#include "engine/ports.h"
#include "logs/log_archive.h"

namespace ekaci::app {

/// The logs of builds that a server's reviews made, also of those under way. Any thread; blocks on the disk.
class ServerLogs {
 public:
  /// Of the server whose directory `state` is. What is given outlives this.
  static Result<std::unique_ptr<ServerLogs>> open(const std::filesystem::path& state, engine::ReviewArchive& archive,
                                                  const ServerReviewer& reviewer, const Clock& clock);

  struct Question {
    SubjectName subject{};
    std::optional<forge::ReviewId> review{};  ///< of it that is under way
    std::string what{};                       ///< an attribute, or a derivation
    std::optional<std::uint32_t> attempt{};   ///< empty: the newest that has a log
  };
  struct Choice {
    std::string name{};          ///< of the log
    std::string introduction{};  ///< what it is of; printable, one line
  };
  /// Which log is meant, of the subject's newest review that knows. not_found; conflict where its build has yet to begin, in a review that
  /// is under way.
  [[nodiscard]] Result<Choice> find(const Question& question) const;

  /// Whether a review of the subject is kept, also where it is closed.
  [[nodiscard]] bool has_review(const SubjectName& subject) const;

  /// A piece of a log.
  struct Page {
    std::string text{};          ///< as the builder wrote it; at most about a megabyte
    std::uint64_t next = 0;      ///< the place where the next piece begins
    bool may_have_more = false;  ///< now or, where its build still runs, later
  };
  /// From a place that a page gave as its next; 0: from the start.
  [[nodiscard]] Result<Page> read(std::string_view name, std::uint64_t place) const;

 private:
  ServerLogs(engine::ReviewArchive& archive, const ServerReviewer& reviewer, const Clock& clock)
      : archive_(archive), reviewer_(reviewer), clock_(clock) {}

  [[nodiscard]] Result<std::vector<StorePath>> derivations_of(const Question& question) const;
  /// The newest of the subject; nullopt where none is kept.
  [[nodiscard]] Result<std::optional<std::uint64_t>> review_of(const SubjectName& subject) const;
  [[nodiscard]] Result<std::vector<StorePath>> archived(const SubjectName& subject, const AttributePath& attribute) const;
  [[nodiscard]] Result<std::optional<Choice>> choice_of(const StorePath& derivation, const Question& question) const;
  [[nodiscard]] bool is_being_built(std::string_view log) const;

  engine::ReviewArchive& archive_;
  const ServerReviewer& reviewer_;
  const Clock& clock_;
  std::unique_ptr<db::SqliteBuildMemory> memory_{};
  std::unique_ptr<logs::FileLogArchive> logs_{};
};

}  // namespace ekaci::app
