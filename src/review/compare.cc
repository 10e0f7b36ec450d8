#include "review/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"

namespace ekaci::review {
namespace {

/// What an attribute is on one side, as far as kinds tell sides apart.
enum class Side { absent, derivation, refusal, error, other_value };

Side side_of(const AttributeResult* result) {
  struct Visitor {
    Side operator()(const EvaluatedDerivation& /*derivation*/) const { return Side::derivation; }
    Side operator()(const Refusal& /*refusal*/) const { return Side::refusal; }
    Side operator()(const EvaluationError& /*error*/) const { return Side::error; }
    Side operator()(const AttributeSet& /*set*/) const { return Side::other_value; }
    Side operator()(const OtherValue& /*value*/) const { return Side::other_value; }
  };
  return result == nullptr ? Side::absent : std::visit(Visitor{}, *result);
}

bool same_derivation(const AttributeResult& base, const AttributeResult& head) {
  return std::get<EvaluatedDerivation>(base).path == std::get<EvaluatedDerivation>(head).path;
}

/// Head has neither a derivation nor anything that kept it from having one.
ChangeKind classify_nothing_to_build(Side base, Side head) {
  switch (base) {
    case Side::absent:
    case Side::other_value:
      return ChangeKind::not_a_derivation;
    case Side::derivation:
      return ChangeKind::removed;
    case Side::refusal:
      return head == Side::absent ? ChangeKind::removed : ChangeKind::no_longer_refused;
    case Side::error:
      return head == Side::absent ? ChangeKind::removed : ChangeKind::error_fixed;
  }
  return ChangeKind::removed;
}

ChangeKind classify_derivation(const AttributeResult* base, const AttributeResult& head) {
  switch (side_of(base)) {
    case Side::absent:
    case Side::other_value:
      return ChangeKind::added;
    case Side::derivation:
      return same_derivation(*base, head) ? ChangeKind::unchanged : ChangeKind::rebuilt;
    case Side::refusal:
      return ChangeKind::no_longer_refused;
    case Side::error:
      return ChangeKind::error_fixed;
  }
  return ChangeKind::rebuilt;
}

Status check_order(const std::vector<Attribute>& attributes, std::string_view side) {
  const auto unordered = [](const Attribute& left, const Attribute& right) { return !(left.path < right.path); };
  const auto found = std::ranges::adjacent_find(attributes, unordered);
  if (found == attributes.end()) return {};
  const AttributePath& second = std::next(found)->path;
  return fail(ErrorCode::corrupt, "{}'s attributes are not in path order or not unique at '{}'; evaluate again", side,
              clip(printable_line(second.to_string()), 200));
}

std::optional<AttributeResult> taken(Attribute* attribute) {
  if (attribute == nullptr) return std::nullopt;
  return std::move(attribute->result);
}

/// At least one side is given; both have the same path.
Change make_change(Attribute* base, Attribute* head) {
  Change change;
  change.kind = classify(base == nullptr ? nullptr : &base->result, head == nullptr ? nullptr : &head->result);
  if (base != nullptr && head != nullptr) change.aspects = differing_aspects(base->metadata, head->metadata);
  const bool is_same = change.kind == ChangeKind::unchanged || change.kind == ChangeKind::still_refused;
  if (is_same && !change.aspects.empty()) change.kind = ChangeKind::metadata_only;
  if (change.kind != ChangeKind::unchanged) {
    if (base != nullptr) change.base_metadata = std::move(base->metadata);
    if (head != nullptr) change.head_metadata = std::move(head->metadata);
  }
  change.path = std::move(base == nullptr ? head->path : base->path);
  change.base = taken(base);
  change.head = taken(head);
  return change;
}

using Files = std::span<const std::string>;

/// Whether the package is defined in one of the files; nullopt where that is not known.
std::optional<bool> is_defined_in(Files files, const std::optional<Metadata>& metadata) {
  if (!metadata || !metadata->position) return std::nullopt;
  return std::ranges::binary_search(files, metadata->position->file);
}

bool is_direct(const Change& change, Files changed_files) {
  if (!is_change(change.kind)) return false;
  if (!change.aspects.empty()) return true;
  const std::optional<bool> at_base = is_defined_in(changed_files, change.base_metadata);
  const std::optional<bool> at_head = is_defined_in(changed_files, change.head_metadata);
  if (at_base || at_head) return at_base.value_or(false) || at_head.value_or(false);
  // Of what appears or goes without saying where it is defined, nothing else can be the reason.
  return change.kind == ChangeKind::added || change.kind == ChangeKind::removed;
}

}  // namespace

ChangeKind classify(const AttributeResult* base, const AttributeResult* head) {
  switch (side_of(head)) {
    case Side::error:
      return side_of(base) == Side::error ? ChangeKind::still_erroring : ChangeKind::newly_erroring;
    case Side::refusal:
      return side_of(base) == Side::refusal ? ChangeKind::still_refused : ChangeKind::newly_refused;
    case Side::derivation:
      return classify_derivation(base, *head);
    case Side::absent:
    case Side::other_value:
      return classify_nothing_to_build(side_of(base), side_of(head));
  }
  return ChangeKind::newly_erroring;
}

Result<std::vector<Change>> compare(std::vector<Attribute> base, std::vector<Attribute> head) {
  if (Status ordered = check_order(base, "base"); !ordered) return fail(ordered.error());
  if (Status ordered = check_order(head, "head"); !ordered) return fail(ordered.error());
  std::vector<Change> changes;
  changes.reserve(std::max(base.size(), head.size()));
  auto left = base.begin();
  auto right = head.begin();
  while (left != base.end() || right != head.end()) {
    const bool only_base = right == head.end() || (left != base.end() && left->path < right->path);
    const bool only_head = !only_base && (left == base.end() || right->path < left->path);
    changes.push_back(make_change(only_head ? nullptr : &*left, only_base ? nullptr : &*right));
    if (!only_head) ++left;
    if (!only_base) ++right;
  }
  return changes;
}

Change compare_attribute(Attribute base, Attribute head, std::span<const std::string> changed_files) {
  Change change = make_change(&base, &head);
  change.direct = is_direct(change, changed_files);
  return change;
}

std::map<ChangeKind, std::uint64_t> count(const std::vector<Change>& changes) {
  constexpr std::array kKinds = {ChangeKind::unchanged,         ChangeKind::added,          ChangeKind::removed,
                                 ChangeKind::rebuilt,           ChangeKind::metadata_only,  ChangeKind::newly_erroring,
                                 ChangeKind::error_fixed,       ChangeKind::still_erroring, ChangeKind::newly_refused,
                                 ChangeKind::no_longer_refused, ChangeKind::still_refused,  ChangeKind::not_a_derivation};
  std::map<ChangeKind, std::uint64_t> counts;
  for (const ChangeKind kind : kKinds) counts[kind] = 0;
  for (const Change& change : changes) ++counts[change.kind];
  return counts;
}

SideSummary summarise(const Evaluation& evaluation) {
  SideSummary summary{
      .attributes = evaluation.attributes.size(), .repeatable = evaluation.repeatable, .cost = evaluation.cost, .notes = evaluation.notes};
  for (const Attribute& attribute : evaluation.attributes) {
    switch (side_of(&attribute.result)) {
      case Side::derivation:
        ++summary.derivations;
        break;
      case Side::refusal:
        ++summary.refusals;
        break;
      case Side::error:
        ++summary.errors;
        break;
      case Side::absent:
      case Side::other_value:
        ++summary.others;
        break;
    }
  }
  return summary;
}

Result<JobReview> review_job(JobSides sides) {
  JobReview review;
  review.job = std::move(sides.job);
  review.system = std::move(sides.system);
  review.presence = sides.presence;
  review.base = summarise(sides.base.evaluation);
  review.base.graph_derivations = sides.base.graph_derivations;
  review.base.reused = sides.base.reused;
  review.head = summarise(sides.head.evaluation);
  review.head.graph_derivations = sides.head.graph_derivations;
  review.head.reused = sides.head.reused;
  review.rebuild_count = sides.rebuild_count;
  Result<std::vector<Change>> changes = compare(std::move(sides.base.evaluation.attributes), std::move(sides.head.evaluation.attributes));
  if (!changes) {
    return fail(std::move(changes).error(),
                fmt::format("while comparing job '{}' for {}", printable_line(review.job), printable_line(review.system)));
  }
  review.changes = std::move(*changes);
  review.attributes = review.changes.size();
  for (Change& change : review.changes) change.direct = is_direct(change, sides.changed_files);
  review.counts = count(review.changes);
  return review;
}

}  // namespace ekaci::review
