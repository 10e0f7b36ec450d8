#include "report/json_parsing.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "report/json_sizes.h"
#include "report/json_words.h"

namespace ekaci::report {
namespace {

/// Stands where no path could be read; the problem has been noted.
StorePath no_path() { return StorePath::from_parts({}, "none").value(); }

std::string text_from(const JsonNode& node) { return node.text(); }

SourcePosition position_from(const JsonNode& node) {
  return {.file = node.at("file").text(), .line = node.at("line").small_number(), .column = node.at("column").small_number()};
}

Metadata metadata_from(const JsonNode& node) {
  return {.pname = node.at("pname").text(),
          .version = node.at("version").text(),
          .description = node.at("description").text(),
          .licences = node.at("licences").texts(),
          .maintainers = node.at("maintainers").texts(),
          .vulnerabilities = node.at("vulnerabilities").texts(),
          .broken = node.at("broken").boolean(),
          .insecure = node.at("insecure").boolean(),
          .position = value_or_none(node.at("position"), position_from),
          .problem = value_or_none(node.at("problem"), text_from).value_or("")};
}

Refusal refusal_from(const JsonNode& node) {
  Refusal refusal;
  for (const JsonNode& element : node.elements()) {
    if (const auto reason = parse_refusal_reason(element.text())) {
      refusal.reasons.insert(*reason);
    } else {
      element.refuse("is no reason of a refusal");
    }
  }
  return refusal;
}

EvaluationError error_from(const JsonNode& node) {
  const std::optional<EvaluationFailure> failure = parse_evaluation_failure(node.at("failure").text());
  if (!failure) node.at("failure").refuse("is no kind of failure");
  return {.failure = failure.value_or(EvaluationFailure::evaluation),
          .message = node.at("message").text(),
          .position = value_or_none(node.at("position"), position_from)};
}

AttributeResult value_from(const JsonNode& node) {
  std::string type = node.text();
  if (type == "set") return AttributeSet{};
  return OtherValue{std::move(type)};
}

AttributeResult result_from(const JsonNode& node) {
  if (node.has("drvPath"))
    return EvaluatedDerivation{
        .path = path_from(node.at("drvPath")), .name = node.at("name").text(), .outputs = node.at("outputs").texts()};
  if (node.has("refusal")) return refusal_from(node.at("refusal"));
  if (node.has("error")) return error_from(node.at("error"));
  if (node.has("value")) return value_from(node.at("value"));
  node.refuse("has to be null or to have drvPath, refusal, error or value");
  return AttributeSet{};
}

std::optional<Metadata> metadata_of(const JsonNode& side) {
  if (!side.has("metadata")) return std::nullopt;
  return metadata_from(side.at("metadata"));
}

std::set<MetadataAspect> aspects_from(const JsonNode& node) {
  std::set<MetadataAspect> aspects;
  for (const JsonNode& element : node.elements()) {
    if (const auto aspect = parse_metadata_aspect(element.text())) {
      aspects.insert(*aspect);
    } else {
      element.refuse("is nothing in which metadata can differ");
    }
  }
  return aspects;
}

ChangeKind kind_from(const JsonNode& node) {
  const std::optional<ChangeKind> kind = identified(kKinds, node.text());
  if (!kind || !is_listed(*kind)) node.refuse("is no kind of change that is listed");
  return kind.value_or(ChangeKind::rebuilt);
}

/// The written form has every byte; `path` shows what is not UTF-8 as U+FFFD.
AttributePath attribute_from(const JsonNode& node) {
  const Result<AttributePath> written = AttributePath::parse(node.at("attribute").text());
  const std::vector<std::string> names = node.at("path").texts();
  const auto is_shown = [](const std::string& name, const std::string& shown) { return to_utf8(name) == shown; };
  if (written && std::ranges::equal(written->names(), names, is_shown)) return *written;
  node.at("attribute").refuse("is not what its path is written as");
  return AttributePath(names);
}

std::uint32_t index_from(const JsonNode& node) { return node.small_number(); }

TextDifference text_difference_from(const JsonNode& node) {
  return {
      .name = node.at("name").text(), .base = value_or_none(node.at("base"), text_from), .head = value_or_none(node.at("head"), text_from)};
}

PathDifference path_difference_from(const JsonNode& node) {
  return {.base = value_or_none(node.at("base"), path_from), .head = value_or_none(node.at("head"), path_from)};
}

ChangedLine line_from(const JsonNode& node) { return {.position = position_from(node.at("position")), .text = node.at("text").text()}; }

DerivationDifference difference_from(const JsonNode& node) {
  return {.fields = all_from(node.at("fields"), text_difference_from),
          .arguments = all_from(node.at("arguments"), text_difference_from),
          .environment = all_from(node.at("environment"), text_difference_from),
          .outputs = all_from(node.at("outputs"), text_difference_from),
          .sources = all_from(node.at("sources"), path_difference_from),
          .inputs = all_from(node.at("inputs"), path_difference_from),
          .cut = node.at("cut").boolean(),
          .same_outputs = node.at("sameOutputs").boolean()};
}

OutcomeKind outcome_from(const JsonNode& node) {
  const std::optional<OutcomeKind> kind = parse_outcome_kind(node.text());
  if (!kind) node.refuse("is no outcome");
  return kind.value_or(OutcomeKind::not_built);
}

AttemptResult attempt_result_from(const JsonNode& node) {
  const std::optional<AttemptResult> result = parse_attempt_result(node.text());
  if (!result) node.refuse("is no result of an attempt");
  return result.value_or(AttemptResult::builder_failed);
}

std::optional<std::chrono::microseconds> time_of(const JsonNode& build, const std::string& key) {
  if (!build.has(key)) return std::nullopt;
  return value_or_none(build.at(key), [](const JsonNode& node) {
    return std::chrono::microseconds(static_cast<std::chrono::microseconds::rep>(node.number(INT64_MAX)));
  });
}

std::optional<BuildChange> build_of(const JsonNode& change) {
  if (!change.has("build")) return std::nullopt;
  const JsonNode node = change.at("build");
  const std::optional<Transition> transition = parse_transition(node.at("transition").text());
  if (!transition) node.at("transition").refuse("is no transition");
  return BuildChange{.transition = transition.value_or(Transition::unknown),
                     .head = outcome_from(node.at("head")),
                     .base = value_or_none(node.at("base"), outcome_from),
                     .head_time = time_of(node, "headMicroseconds"),
                     .base_time = time_of(node, "baseMicroseconds")};
}

std::string text_or_empty(const JsonNode& node) { return value_or_none(node, text_from).value_or(""); }

std::optional<SizeChange> size_of(const JsonNode& change) {
  if (!change.has("size")) return std::nullopt;
  return size_from(change.at("size"));
}

std::vector<std::uint32_t> retained_of(const JsonNode& change) {
  if (!change.has("retained")) return {};
  return indices_from(change.at("retained"));
}

}  // namespace

StorePath path_from(const JsonNode& node) {
  Result<StorePath> path = StorePath::parse(node.text());
  if (path) return *std::move(path);
  node.refuse("has to be a store path: " + path.error().message());
  return no_path();
}

ParsedChange change_from(const JsonNode& node) {
  const JsonNode base = node.at("base");
  const JsonNode head = node.at("head");
  return {.change = {.path = attribute_from(node),
                     .kind = kind_from(node.at("change")),
                     .base = value_or_none(base, result_from),
                     .head = value_or_none(head, result_from),
                     .base_metadata = metadata_of(base),
                     .head_metadata = metadata_of(head),
                     .aspects = aspects_from(node.at("aspects")),
                     .direct = node.at("direct").boolean(),
                     .rebuild = value_or_none(node.at("rebuild"), index_from),
                     .build = build_of(node),
                     .size = size_of(node),
                     .retained = retained_of(node)},
          .job = node.at("job").text(),
          .system = node.at("system").text()};
}

RebuiltDerivation rebuilt_from(const JsonNode& node) {
  return {.head = path_from(node.at("head")),
          .base = value_or_none(node.at("base"), path_from),
          .towards = value_or_none(node.at("towards"), index_from),
          .distance = node.at("distance").small_number(),
          .origin = node.at("origin").small_number()};
}

Origin origin_from(const JsonNode& node) {
  return {.derivation = node.at("derivation").small_number(),
          .attributes = node.at("attributes").number(),
          .explained = node.at("explained").number(),
          .derivations = node.at("derivations").number(),
          .difference = value_or_none(node.at("difference"), difference_from),
          .position = value_or_none(node.at("position"), position_from),
          .lines = all_from(node.at("lines"), line_from)};
}

StepDifference step_difference_from(const JsonNode& node) {
  return {.derivation = node.at("derivation").small_number(), .difference = difference_from(node.at("difference"))};
}

RootFailure root_failure_from(const JsonNode& node) {
  RootFailure root{.derivation = path_from(node.at("derivation")),
                   .system = node.at("system").text(),
                   .kind = outcome_from(node.at("outcome")),
                   .attempts = node.at("attempts").small_number(),
                   .newly_failing = node.at("newlyFailing").number(),
                   .affected = node.at("affected").number(),
                   .attributes = node.at("attributes").texts(),
                   .message = text_or_empty(node.at("message")),
                   .phase = text_or_empty(node.at("phase")),
                   .last_lines = node.at("lastLines").texts(),
                   .log = text_or_empty(node.at("log"))};
  const std::optional<AttemptResult> result = value_or_none(node.at("result"), attempt_result_from);
  if (result.has_value() != (root.attempts > 0)) node.at("result").refuse("does not go with the number of attempts");
  if (root.newly_failing > root.affected) node.at("newlyFailing").refuse("is more than are affected");
  root.result = result.value_or(root.result);
  return root;
}

BuildSummary builds_from(const JsonNode& node) {
  BuildSummary builds{.built = node.at("built").number(),
                      .reused = node.at("reused").number(),
                      .substituted = node.at("substituted").number(),
                      .builders = node.at("builders").texts()};
  for (const OutcomeKind kind : kOutcomeKinds) {
    const std::uint64_t number = node.at("outcomes").at(std::string(to_string(kind))).number();
    if (number > 0) builds.outcomes[kind] = number;
  }
  return builds;
}

Change named_change_from(const JsonNode& node, ChangeKind kind) {
  const Result<AttributePath> path = AttributePath::parse(node.text());
  if (!path) node.refuse("is no attribute path");
  return {.path = path.value_or(AttributePath()), .kind = kind, .base = {}, .head = {}};
}

}  // namespace ekaci::report
