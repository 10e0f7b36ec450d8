#include "report/json_sizes.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/text.h"
#include "report/json_parsing.h"
#include "report/json_records.h"

namespace ekaci::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLargestSize = std::numeric_limits<std::int64_t>::max();
/// As much as a repository's configuration can ask for.
constexpr double kLargestPercent = 1e6;

Json size_or_null(const std::optional<std::uint64_t>& size) { return size ? Json(*size) : Json(nullptr); }

Json pair_of(const SizePair& pair) { return {{"base", size_or_null(pair.base)}, {"head", size_or_null(pair.head)}}; }

std::uint64_t bytes_from(const JsonNode& node) { return node.number(kLargestSize); }

SizePair pair_from(const JsonNode& node) {
  return {.base = value_or_none(node.at("base"), bytes_from), .head = value_or_none(node.at("head"), bytes_from)};
}

OutputSize output_from(const JsonNode& node) {
  return {.name = node.at("name").text(),
          .base = value_or_none(node.at("base"), bytes_from),
          .head = value_or_none(node.at("head"), bytes_from)};
}

PackageSize package_from(const JsonNode& node) {
  return {.name = node.at("name").text(), .base = bytes_from(node.at("base")), .head = bytes_from(node.at("head"))};
}

RetainedKind kind_from(const JsonNode& node) {
  const std::optional<RetainedKind> kind = parse_retained_kind(node.text());
  if (!kind) node.refuse("is nothing that happens to a dependency");
  return kind.value_or(RetainedKind::gained);
}

AttributePath example_from(const JsonNode& node) {
  const Result<AttributePath> path = AttributePath::parse(node.text());
  if (!path) node.refuse("is no attribute path");
  return path.value_or(AttributePath());
}

}  // namespace

Json json_of(const SizeChange& size) {
  Json outputs = Json::array();
  for (const OutputSize& output : size.outputs)
    outputs.push_back({{"name", to_utf8(output.name)}, {"base", size_or_null(output.base)}, {"head", size_or_null(output.head)}});
  Json responsible = Json::array();
  for (const PackageSize& package : size.responsible)
    responsible.push_back({{"name", to_utf8(package.name)}, {"base", package.base}, {"head", package.head}});
  return {{"outputs", std::move(outputs)},
          {"closure", pair_of(size.closure)},
          {"buildClosure", pair_of(size.build_closure)},
          {"responsible", std::move(responsible)}};
}

Json json_of(const SizeCheck& check) { return {{"maxIncreasePercent", check.max_increase_percent}}; }

Json record_of(const RetainedDependency& retained) {
  Json way = Json::array();
  for (const StorePath& path : retained.way) way.push_back(path.to_string());
  return {{"kind", to_string(retained.kind)},
          {"name", to_utf8(retained.name)},
          {"baseVersions", text_array(retained.base_versions)},
          {"headVersions", text_array(retained.head_versions)},
          {"baseBytes", retained.base_bytes},
          {"headBytes", retained.head_bytes},
          {"attributes", retained.attributes},
          {"example", retained.example.to_string()},
          {"way", std::move(way)}};
}

SizeChange size_from(const JsonNode& node) {
  return {.outputs = all_from(node.at("outputs"), output_from),
          .closure = pair_from(node.at("closure")),
          .build_closure = pair_from(node.at("buildClosure")),
          .responsible = all_from(node.at("responsible"), package_from)};
}

SizeCheck size_check_from(const JsonNode& node) { return {.max_increase_percent = node.at("maxIncreasePercent").real(kLargestPercent)}; }

RetainedDependency retained_from(const JsonNode& node) {
  RetainedDependency retained{.kind = kind_from(node.at("kind")),
                              .name = node.at("name").text(),
                              .base_versions = node.at("baseVersions").texts(),
                              .head_versions = node.at("headVersions").texts(),
                              .base_bytes = bytes_from(node.at("baseBytes")),
                              .head_bytes = bytes_from(node.at("headBytes")),
                              .attributes = node.at("attributes").number(),
                              .example = example_from(node.at("example")),
                              .way = all_from(node.at("way"), path_from)};
  if (retained.kind == RetainedKind::gained && !retained.base_versions.empty())
    node.at("baseVersions").refuse("cannot be there where the dependency is gained");
  if (retained.kind == RetainedKind::lost && !retained.head_versions.empty())
    node.at("headVersions").refuse("cannot be there where the dependency is lost");
  return retained;
}

std::vector<std::uint32_t> indices_from(const JsonNode& node) {
  return all_from(node, [](const JsonNode& element) { return element.small_number(); });
}

}  // namespace ekaci::report
