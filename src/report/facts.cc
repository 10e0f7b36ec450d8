#include "report/facts.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <variant>

#include "base/text.h"
#include "report/facts_builds.h"
#include "review/derivation_name.h"

namespace ekaci::report {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return list;
}

/// Of a side without metadata, which says nothing.
const Metadata& metadata_of(const std::optional<Metadata>& side) {
  static const Metadata none;
  return side ? *side : none;
}

/// From the derivations' names: what is left to go by where there is no metadata.
std::optional<Statement> name_statement(const Change& change) {
  const EvaluatedDerivation* base = derivation_of(change.base);
  const EvaluatedDerivation* head = derivation_of(change.head);
  if (base == nullptr || head == nullptr || review::full_name(*base) == review::full_name(*head)) return std::nullopt;
  const review::DerivationName before = review::split_derivation_name(review::full_name(*base));
  const review::DerivationName after = review::split_derivation_name(review::full_name(*head));
  if (before.name != after.name) return Statement{"name", review::full_name(*base), review::full_name(*head)};
  return Statement{"version", before.version, after.version};
}

Statement statement_of(MetadataAspect aspect, const Metadata& base, const Metadata& head) {
  switch (aspect) {
    case MetadataAspect::name:
      return {"name", base.pname, head.pname};
    case MetadataAspect::version:
      return {"version", base.version, head.version};
    case MetadataAspect::licences:
      return {"licence", joined(base.licences), joined(head.licences)};
    case MetadataAspect::maintainers:
      return {"maintainers", joined(base.maintainers), joined(head.maintainers)};
    case MetadataAspect::broken:
      return {head.broken ? "marked broken" : "no longer marked broken"};
    case MetadataAspect::insecure:
      return {head.insecure ? "insecure" : "no longer insecure", joined(base.vulnerabilities), joined(head.vulnerabilities)};
    case MetadataAspect::description:
      return {"description", base.description, head.description};
    case MetadataAspect::unreadable:
      return {head.problem.empty() ? "metadata evaluates again" : "metadata no longer evaluates", "", head.problem};
  }
  return {};
}

std::string reasons_in_words(const Refusal& refusal) {
  std::string words;
  for (const RefusalReason reason : refusal.reasons) {
    const std::string_view word = reason == RefusalReason::unsupported_system ? "unsupported system" : to_string(reason);
    words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
  }
  return words.empty() ? "not available" : words;
}

struct NowWords {
  std::string operator()(const EvaluatedDerivation& derivation) const { return review::full_name(derivation); }
  std::string operator()(const Refusal& refusal) const { return reasons_in_words(refusal); }
  std::string operator()(const EvaluationError& /*error*/) const { return "does not evaluate"; }
  std::string operator()(const AttributeSet& /*set*/) const { return "a set"; }
  std::string operator()(const OtherValue& value) const { return "a " + value.type; }
};

std::string side_in_words(const std::optional<AttributeResult>& side) { return side ? std::visit(NowWords{}, *side) : "nothing"; }

/// What an attribute becomes where that is more than another derivation.
std::optional<Statement> becoming(const Change& change) {
  switch (change.kind) {
    case ChangeKind::removed:
      return Statement{"was", "", side_in_words(change.base)};
    case ChangeKind::added:
    case ChangeKind::newly_refused:
    case ChangeKind::no_longer_refused:
    case ChangeKind::error_fixed:
    case ChangeKind::still_refused:
      return Statement{"", "", side_in_words(change.head)};
    case ChangeKind::newly_erroring:
    case ChangeKind::still_erroring:
      return Statement{"does not evaluate"};
    case ChangeKind::unchanged:
    case ChangeKind::rebuilt:
    case ChangeKind::metadata_only:
    case ChangeKind::not_a_derivation:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<SourcePosition> position_of(const Change& change) {
  const std::optional<SourcePosition>& at_head = metadata_of(change.head_metadata).position;
  return at_head ? at_head : metadata_of(change.base_metadata).position;
}

std::string in_words(const Statement& statement) {
  const std::string words = statement.words == "version" ? "" : statement.words;
  const std::string arrow = statement.before.empty() ? "" : " → ";
  const std::string sides = statement.before + arrow + (statement.after.empty() && !arrow.empty() ? "none" : statement.after);
  return words.empty() || sides.empty() ? words + sides : words + " " + sides;
}

bool has_new_version(const DirectChange& change) {
  return std::ranges::find(change.statements, "version", &Statement::words) != change.statements.end();
}

bool takes_away(const DirectChange& change) { return change.kind == ChangeKind::removed || change.kind == ChangeKind::newly_refused; }

/// Whether the reasons of a refusal that is told say it already.
bool is_told_as_refusal(const Change& change, MetadataAspect aspect) {
  const auto* refusal = change.kind == ChangeKind::newly_refused && change.head ? std::get_if<Refusal>(&*change.head) : nullptr;
  if (refusal == nullptr) return false;
  if (aspect == MetadataAspect::broken) return refusal->reasons.contains(RefusalReason::broken);
  const bool names_vulnerabilities = !metadata_of(change.head_metadata).vulnerabilities.empty();
  return aspect == MetadataAspect::insecure && refusal->reasons.contains(RefusalReason::insecure) && !names_vulnerabilities;
}

template <class Value>
void keep_each_once(std::vector<Value>& values) {
  std::ranges::sort(values);
  const auto [first, last] = std::ranges::unique(values);
  values.erase(first, last);
}

}  // namespace

std::vector<std::string> place_names(const std::vector<JobReview>& jobs) {
  std::set<std::string> job_names;
  for (const JobReview& job : jobs) job_names.insert(job.job);
  std::vector<std::string> names;
  names.reserve(jobs.size());
  for (const JobReview& job : jobs) names.push_back(job_names.size() > 1 ? job.job + " " + job.system : job.system);
  return names;
}

std::vector<std::string> places_shown(const std::vector<std::string>& names, const Places& places) {
  std::vector<std::string> shown;
  if (places.size() == names.size()) return shown;
  for (const std::size_t place : places) shown.push_back(names[place]);
  return shown;
}

std::uint64_t count_of(const JobReview& job, ChangeKind kind) {
  const auto found = job.counts.find(kind);
  return found == job.counts.end() ? 0 : found->second;
}

std::uint64_t count_of(const std::vector<JobReview>& jobs, ChangeKind kind) {
  std::uint64_t sum = 0;
  for (const JobReview& job : jobs) sum += count_of(job, kind);
  return sum;
}

const std::vector<ChangeKind>& kinds_in_order() {
  static const std::vector<ChangeKind> kinds = {ChangeKind::newly_erroring, ChangeKind::newly_refused,     ChangeKind::removed,
                                                ChangeKind::rebuilt,        ChangeKind::metadata_only,     ChangeKind::added,
                                                ChangeKind::error_fixed,    ChangeKind::no_longer_refused, ChangeKind::still_erroring,
                                                ChangeKind::still_refused,  ChangeKind::unchanged,         ChangeKind::not_a_derivation};
  return kinds;
}

std::string kind_in_words(ChangeKind kind) { return spelled_out(to_string(kind)); }

std::vector<Statement> statements_of(const Change& change) {
  const Metadata& base = metadata_of(change.base_metadata);
  const Metadata& head = metadata_of(change.head_metadata);
  std::vector<Statement> statements;
  if (const auto become = becoming(change)) statements.push_back(*become);
  const bool named = change.aspects.contains(MetadataAspect::version) || change.aspects.contains(MetadataAspect::name);
  if (change.aspects.contains(MetadataAspect::version)) statements.push_back(statement_of(MetadataAspect::version, base, head));
  if (const auto name = named ? std::nullopt : name_statement(change)) statements.push_back(*name);
  for (const MetadataAspect aspect : change.aspects) {
    if (aspect == MetadataAspect::version || is_told_as_refusal(change, aspect)) continue;
    statements.push_back(statement_of(aspect, base, head));
  }
  return statements;
}

std::string summary_of(const Change& change) {
  std::vector<std::string> parts;
  for (const Statement& statement : statements_of(change)) parts.push_back(in_words(statement));
  return joined(parts);
}

std::vector<DirectChange> direct_changes(const std::vector<JobReview>& jobs) {
  using Key = std::tuple<ChangeKind, std::vector<Statement>, std::optional<SourcePosition>, std::optional<Transition>>;
  std::map<Key, DirectChange> found;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      if (!change.direct || !is_change(change.kind) || change.kind == ChangeKind::newly_erroring) continue;
      const Key key = {change.kind, statements_of(change), position_of(change), trouble_of(change)};
      DirectChange& direct = found[key];
      std::tie(direct.kind, direct.statements, direct.position, direct.trouble) = key;
      direct.attributes.push_back(change.path);
      direct.places.insert(place);
    }
  }
  std::vector<DirectChange> changes;
  changes.reserve(found.size());
  for (auto& [key, direct] : found) {
    keep_each_once(direct.attributes);
    changes.push_back(std::move(direct));
  }
  std::ranges::sort(changes, {}, [](const DirectChange& change) {
    return std::tuple(!takes_away(change), !has_new_version(change), change.attributes.front());
  });
  return changes;
}

std::size_t count_attributes(const std::vector<DirectChange>& changes) {
  std::set<AttributePath> attributes;
  for (const DirectChange& change : changes) attributes.insert(change.attributes.begin(), change.attributes.end());
  return attributes.size();
}

std::vector<Maintained> maintainers_of(const std::vector<JobReview>& jobs) {
  std::map<std::string, std::vector<AttributePath>> found;
  for (const JobReview& job : jobs) {
    for (const Change& change : job.changes) {
      if (!change.direct || !is_change(change.kind)) continue;
      for (const std::optional<Metadata>* side : {&change.base_metadata, &change.head_metadata}) {
        for (const std::string& name : metadata_of(*side).maintainers) found[name].push_back(change.path);
      }
    }
  }
  std::vector<Maintained> maintained;
  for (auto& [name, attributes] : found) {
    keep_each_once(attributes);
    maintained.push_back({name, std::move(attributes)});
  }
  std::ranges::sort(maintained, {},
                    [](const Maintained& one) { return std::pair(~one.attributes.size(), std::string_view(one.maintainer)); });
  return maintained;
}

std::vector<Listed> listed(const std::vector<JobReview>& jobs, ChangeKind kind) {
  std::map<std::tuple<AttributePath, std::string, std::optional<Transition>>, Places> found;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      if (change.kind == kind) found[{change.path, summary_of(change), trouble_of(change)}].insert(place);
    }
  }
  std::vector<Listed> list;
  list.reserve(found.size());
  for (const auto& [key, places] : found)
    list.push_back({.path = std::get<0>(key), .detail = std::get<1>(key), .places = places, .trouble = std::get<2>(key)});
  return list;
}

std::string position_text(const SourcePosition& position) {
  std::string text = position.file;
  if (position.line > 0) text += fmt::format(":{}", position.line);
  if (position.line > 0 && position.column > 0) text += fmt::format(":{}", position.column);
  return text;
}

}  // namespace ekaci::report
