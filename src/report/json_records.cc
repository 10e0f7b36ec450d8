#include "report/json_records.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "base/text.h"
#include "report/json_sizes.h"
#include "report/json_words.h"

namespace ekaci::report {
namespace {

/// Keeps the order of insertion: a reader sees what matters first.
using Json = nlohmann::ordered_json;

template <class Value, class Writer>
Json value_or_null(const std::optional<Value>& value, const Writer& write) {
  return value ? Json(write(*value)) : Json(nullptr);
}

Json path_or_null(const std::optional<StorePath>& path) {
  return value_or_null(path, [](const StorePath& each) { return each.to_string(); });
}

Json text_or_null(const std::optional<std::string>& text) {
  return value_or_null(text, [](const std::string& each) { return to_utf8(each); });
}

Json position_of(const SourcePosition& position) {
  return {{"file", to_utf8(position.file)}, {"line", position.line}, {"column", position.column}};
}

Json position_or_null(const std::optional<SourcePosition>& position) { return value_or_null(position, position_of); }

Json metadata_of(const Metadata& metadata) {
  return {{"pname", to_utf8(metadata.pname)},
          {"version", to_utf8(metadata.version)},
          {"description", to_utf8(metadata.description)},
          {"licences", text_array(metadata.licences)},
          {"maintainers", text_array(metadata.maintainers)},
          {"vulnerabilities", text_array(metadata.vulnerabilities)},
          {"broken", metadata.broken},
          {"insecure", metadata.insecure},
          {"position", position_or_null(metadata.position)},
          {"problem", metadata.problem.empty() ? Json(nullptr) : Json(to_utf8(metadata.problem))}};
}

struct ResultWriter {
  Json operator()(const EvaluatedDerivation& derivation) const {
    return {{"drvPath", derivation.path.to_string()}, {"name", to_utf8(derivation.name)}, {"outputs", text_array(derivation.outputs)}};
  }
  Json operator()(const Refusal& refusal) const {
    Json reasons = Json::array();
    for (const RefusalReason reason : refusal.reasons) reasons.push_back(to_string(reason));
    return {{"refusal", std::move(reasons)}};
  }
  Json operator()(const EvaluationError& error) const {
    return {{"error",
             {{"failure", to_string(error.failure)}, {"message", to_utf8(error.message)}, {"position", position_or_null(error.position)}}}};
  }
  Json operator()(const AttributeSet& /*set*/) const { return {{"value", "set"}}; }
  Json operator()(const OtherValue& value) const { return {{"value", to_utf8(value.type)}}; }
};

Json side_of(const std::optional<AttributeResult>& side, const std::optional<Metadata>& metadata) {
  if (!side) return nullptr;
  Json object = std::visit(ResultWriter{}, *side);
  if (metadata) object["metadata"] = metadata_of(*metadata);
  return object;
}

Json aspects_of(const std::set<MetadataAspect>& aspects) {
  Json array = Json::array();
  for (const MetadataAspect aspect : aspects) array.push_back(to_string(aspect));
  return array;
}

Json texts_of(const std::vector<TextDifference>& differences) {
  Json array = Json::array();
  for (const TextDifference& each : differences)
    array.push_back({{"name", to_utf8(each.name)}, {"base", text_or_null(each.base)}, {"head", text_or_null(each.head)}});
  return array;
}

Json paths_of(const std::vector<PathDifference>& differences) {
  Json array = Json::array();
  for (const PathDifference& each : differences) array.push_back({{"base", path_or_null(each.base)}, {"head", path_or_null(each.head)}});
  return array;
}

Json difference_of(const DerivationDifference& difference) {
  return {{"fields", texts_of(difference.fields)},
          {"arguments", texts_of(difference.arguments)},
          {"environment", texts_of(difference.environment)},
          {"outputs", texts_of(difference.outputs)},
          {"sources", paths_of(difference.sources)},
          {"inputs", paths_of(difference.inputs)},
          {"cut", difference.cut},
          {"sameOutputs", difference.same_outputs}};
}

Json lines_of(const std::vector<ChangedLine>& lines) {
  Json array = Json::array();
  for (const ChangedLine& line : lines) array.push_back({{"position", position_of(line.position)}, {"text", to_utf8(line.text)}});
  return array;
}

template <class Number>
Json number_or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json build_of(const BuildChange& build) {
  const auto microseconds = [](std::chrono::microseconds time) { return time.count(); };
  Json object = {{"transition", to_string(build.transition)},
                 {"head", to_string(build.head)},
                 {"base", value_or_null(build.base, [](OutcomeKind kind) { return to_string(kind); })}};
  if (build.head_time || build.base_time) {
    object["headMicroseconds"] = value_or_null(build.head_time, microseconds);
    object["baseMicroseconds"] = value_or_null(build.base_time, microseconds);
  }
  return object;
}

Json filled_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(to_utf8(text)); }

}  // namespace

Json text_array(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(to_utf8(text));
  return array;
}

Json record_of(const JobReview& job, const Change& change) {
  Json record = {{"attribute", change.path.to_string()},
                 {"path", text_array(change.path.names())},
                 {"job", to_utf8(job.job)},
                 {"system", to_utf8(job.system)},
                 {"change", identifier(change.kind)},
                 {"direct", change.direct},
                 {"aspects", aspects_of(change.aspects)},
                 {"rebuild", number_or_null(change.rebuild)},
                 {"base", side_of(change.base, change.base_metadata)},
                 {"head", side_of(change.head, change.head_metadata)}};
  if (change.build) record["build"] = build_of(*change.build);
  if (change.size) record["size"] = json_of(*change.size);
  if (change.size || !change.retained.empty()) record["retained"] = change.retained;
  return record;
}

Json record_of(const RebuiltDerivation& rebuilt) {
  return {{"head", rebuilt.head.to_string()},
          {"base", path_or_null(rebuilt.base)},
          {"towards", number_or_null(rebuilt.towards)},
          {"distance", rebuilt.distance},
          {"origin", rebuilt.origin}};
}

Json record_of(const Origin& origin) {
  return {{"derivation", origin.derivation},
          {"attributes", origin.attributes},
          {"explained", origin.explained},
          {"derivations", origin.derivations},
          {"difference", value_or_null(origin.difference, difference_of)},
          {"position", position_or_null(origin.position)},
          {"lines", lines_of(origin.lines)}};
}

Json record_of(const StepDifference& difference) {
  return {{"derivation", difference.derivation}, {"difference", difference_of(difference.difference)}};
}

Json record_of(const RootFailure& root) {
  return {{"derivation", root.derivation.to_string()},
          {"system", to_utf8(root.system)},
          {"outcome", to_string(root.kind)},
          {"result", root.attempts > 0 ? Json(to_string(root.result)) : Json(nullptr)},
          {"attempts", root.attempts},
          {"newlyFailing", root.newly_failing},
          {"affected", root.affected},
          {"attributes", text_array(root.attributes)},
          {"message", filled_or_null(root.message)},
          {"phase", filled_or_null(root.phase)},
          {"lastLines", text_array(root.last_lines)},
          {"log", filled_or_null(root.log)}};
}

}  // namespace ekaci::report
