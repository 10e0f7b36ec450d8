#include "report/listing.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_builds.h"
#include "review/derivation_name.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// Worst first: what a reviewer has to look at before the rest.
constexpr std::array kOrder = {ChangeKind::newly_erroring, ChangeKind::newly_refused,     ChangeKind::removed,
                               ChangeKind::rebuilt,        ChangeKind::metadata_only,     ChangeKind::added,
                               ChangeKind::error_fixed,    ChangeKind::no_longer_refused, ChangeKind::still_erroring,
                               ChangeKind::still_refused};

/// Names the jobs and systems of a review, as briefly as its number of them allows.
class PlaceNames {
 public:
  explicit PlaceNames(const std::vector<JobReview>& jobs) {
    std::set<std::string> names;
    for (const JobReview& job : jobs) names.insert(job.job);
    for (const JobReview& job : jobs) {
      const std::string system = printable_line(job.system);
      names_.push_back(names.size() > 1 ? printable_line(job.job) + " " + system : system);
    }
  }

  /// Empty where the places are all there are.
  [[nodiscard]] std::string text(const Places& places) const {
    if (places.size() == names_.size()) return {};
    std::vector<std::string> named;
    for (const std::size_t place : places) named.push_back(names_[place]);
    return review::enumerated(named, 3);
  }

 private:
  std::vector<std::string> names_;
};

std::string reasons_in_words(const Refusal& refusal) {
  if (refusal.reasons.empty()) return "not available";
  std::string words;
  for (const RefusalReason reason : refusal.reasons) {
    if (!words.empty()) words += ", ";
    words += reason == RefusalReason::unsupported_system ? "unsupported system" : to_string(reason);
  }
  return words;
}

/// What head has: for kinds where something new can be used or is gone.
struct NowWords {
  std::string operator()(const EvaluatedDerivation& derivation) const { return review::full_name(derivation); }
  std::string operator()(const Refusal& refusal) const { return reasons_in_words(refusal); }
  std::string operator()(const EvaluationError& /*error*/) const { return "does not evaluate"; }
  std::string operator()(const AttributeSet& /*set*/) const { return "now a set"; }
  std::string operator()(const OtherValue& value) const { return "now a " + value.type; }
};

struct BeforeWords {
  std::string operator()(const EvaluatedDerivation& derivation) const { return "was " + review::full_name(derivation); }
  std::string operator()(const Refusal& /*refusal*/) const { return "was refused"; }
  std::string operator()(const EvaluationError& /*error*/) const { return "did not evaluate"; }
  std::string operator()(const AttributeSet& /*set*/) const { return "was a set"; }
  std::string operator()(const OtherValue& value) const { return "was a " + value.type; }
};

std::string before_words(const Change& change) { return change.base ? std::visit(BeforeWords{}, *change.base) : ""; }
std::string now_words(const Change& change) { return change.head ? std::visit(NowWords{}, *change.head) : ""; }

std::string joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + ", " + second;
}

std::optional<std::string> bump_of(const Change& change) {
  const EvaluatedDerivation* base = derivation_of(change.base);
  const EvaluatedDerivation* head = derivation_of(change.head);
  return base != nullptr && head != nullptr ? review::name_change(*base, *head) : std::nullopt;
}

std::string detail_of(const Change& change) {
  switch (change.kind) {
    case ChangeKind::rebuilt:
      return bump_of(change).value_or("rebuilt");
    case ChangeKind::metadata_only: {
      std::string words;
      for (const MetadataAspect aspect : change.aspects) words = joined(words, std::string(to_string(aspect)));
      return words;
    }
    case ChangeKind::removed:
      return joined(before_words(change), now_words(change));
    case ChangeKind::newly_refused:
      return joined(now_words(change), before_words(change));
    case ChangeKind::added:
    case ChangeKind::error_fixed:
    case ChangeKind::no_longer_refused:
    case ChangeKind::still_refused:
      return now_words(change);
    case ChangeKind::unchanged:
    case ChangeKind::newly_erroring:
    case ChangeKind::still_erroring:
    case ChangeKind::not_a_derivation:
      return {};
  }
  return {};
}

/// A change and the job it belongs to.
struct Located {
  const Change* change;
  std::size_t place;
};

std::vector<Row> plain_rows(const std::vector<Located>& changes, const PlaceNames& names) {
  std::map<std::tuple<AttributePath, std::string, std::optional<Transition>>, Places> places;
  for (const auto& [change, place] : changes) places[{change->path, printable_line(detail_of(*change)), trouble_of(*change)}].insert(place);
  std::vector<Row> rows;
  rows.reserve(places.size());
  for (const auto& [key, found] : places) {
    const auto& [path, detail, trouble] = key;
    rows.push_back({.name = shown_path(path),
                    .detail = with_trouble(detail, trouble),
                    .where = names.text(found),
                    .attributes = found.size(),
                    .trouble = trouble});
  }
  return rows;
}

std::string failure_in_words(EvaluationFailure failure) { return spelled_out(to_string(failure)); }

/// The lines of an error's message, without the evaluator's own `error:` and without empty ones; the failure's kind in front where
/// the message is not the evaluator's answer.
std::vector<std::string> message_lines(const EvaluationError& error) {
  std::vector<std::string> lines;
  const std::string message = printable(error.message);
  for (const std::string_view part : split(message, '\n')) {
    std::string line = printable_line(part);
    constexpr std::string_view kPrefix = "error:";
    if (lines.empty() && line.starts_with(kPrefix)) line = trim(std::string_view(line).substr(kPrefix.size()));
    if (!line.empty()) lines.push_back(std::move(line));
  }
  if (error.failure != EvaluationFailure::evaluation) {
    const std::string words = failure_in_words(error.failure);
    if (lines.empty()) return {words};
    if (!lines.front().starts_with(words)) lines.front() = words + ": " + lines.front();
  }
  return lines.empty() ? std::vector<std::string>{"failed without a message"} : lines;
}

std::string shown_position(const std::optional<SourcePosition>& position) {
  return position ? printable_line(position_text(*position)) : std::string();
}

/// Attributes that fail alike.
struct SameError {
  std::vector<std::string> message;
  std::map<AttributePath, Places> attributes;
  std::optional<AttributePath> at_home;  ///< the first that is defined in the file where the error is
};

bool is_defined_in(const Change& change, const std::string& file) {
  const std::optional<Metadata>& metadata = change.head_metadata ? change.head_metadata : change.base_metadata;
  return metadata && metadata->position && metadata->position->file == file;
}

Row error_row(const SameError& error, const std::string& position, const PlaceNames& names) {
  const auto& [first, places] = error.at_home ? *error.attributes.find(*error.at_home) : *error.attributes.begin();
  Row row{.name = shown_path(first), .detail = {}, .where = names.text(places), .message = error.message, .position = position};
  for (const auto& [path, found] : error.attributes) {
    row.attributes += found.size();
    if (path != first) row.others.push_back(shown_path(path));
  }
  return row;
}

std::vector<Row> error_rows(const std::vector<Located>& changes, const PlaceNames& names) {
  std::map<std::pair<std::string, std::string>, SameError> errors;
  for (const auto& [change, place] : changes) {
    const EvaluationError* error = error_of(change->head);
    if (error == nullptr) continue;
    std::vector<std::string> message = message_lines(*error);
    SameError& same = errors[{message.front(), shown_position(error->position)}];
    same.attributes[change->path].insert(place);
    if (!same.at_home && error->position && is_defined_in(*change, error->position->file)) same.at_home = change->path;
    if (same.message.empty()) same.message = std::move(message);
  }
  std::vector<Row> rows;
  rows.reserve(errors.size());
  for (const auto& [key, error] : errors) rows.push_back(error_row(error, key.second, names));
  std::ranges::sort(rows, [](const Row& left, const Row& right) {
    return std::tie(right.attributes, left.name, left.position) < std::tie(left.attributes, right.name, right.position);
  });
  return rows;
}

bool is_rebuilt_below(const Change& change) { return change.kind == ChangeKind::rebuilt && !change.direct && !bump_of(change); }

/// Whether the attribute stands in a section: the direct changes and what is rebuilt because of them are told otherwise.
bool is_in_section(const Change& change) {
  if (change.kind == ChangeKind::unchanged || change.kind == ChangeKind::not_a_derivation) return false;
  if (change.kind == ChangeKind::newly_erroring) return true;
  return !(change.direct && is_change(change.kind)) && !is_rebuilt_below(change);
}

bool is_error_kind(ChangeKind kind) { return kind == ChangeKind::newly_erroring || kind == ChangeKind::still_erroring; }

}  // namespace

std::string shown_path(const AttributePath& path) { return path.is_root() ? "(the whole job)" : printable_line(path.to_string()); }

std::vector<Section> sections_of(const std::vector<JobReview>& jobs) {
  std::map<ChangeKind, std::vector<Located>> by_kind;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      if (is_in_section(change)) by_kind[change.kind].push_back({&change, place});
    }
  }
  const PlaceNames names(jobs);
  std::vector<Section> sections;
  for (const ChangeKind kind : kOrder) {
    const auto found = by_kind.find(kind);
    if (found == by_kind.end()) continue;
    Section section{.kind = kind, .rows = is_error_kind(kind) ? error_rows(found->second, names) : plain_rows(found->second, names)};
    for (const Row& row : section.rows) section.attributes += row.attributes;
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace ekaci::report
