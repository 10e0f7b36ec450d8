#include "report/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

using Json = nlohmann::json;

/// As much of JSON Schema (2020-12) as docs/schema/review-1.json uses; a keyword that it does not know is an error, so that the
/// schema cannot ask for what is not checked.
class SchemaCheck {
 public:
  explicit SchemaCheck(Json schema) : schema_(std::move(schema)) {}

  /// What is wrong with the document, each with its place; empty where it conforms.
  [[nodiscard]] std::vector<std::string> problems(const Json& document) const {
    std::vector<std::string> found;
    check(document, schema_, "$", found);
    return found;
  }

 private:
  using Problems = std::vector<std::string>;

  void check(const Json& value, const Json& schema, const std::string& where, Problems& problems) const {
    for (const auto& [keyword, rule] : schema.items()) {
      if (!holds(value, schema, keyword, rule, where, problems))
        problems.push_back(where + ": " + keyword + " " + rule.dump().substr(0, 80));
    }
  }

  // Six parameters: a keyword means nothing without its surroundings.
  [[nodiscard]] bool holds(const Json& value, const Json& schema, const std::string& keyword, const Json& rule, const std::string& where,
                           Problems& problems) const {
    if (keyword == "type") return has_type(value, rule.get<std::string>());
    if (keyword == "const") return value == rule;
    if (keyword == "enum") return std::ranges::find(rule, value) != rule.end();
    if (keyword == "minimum") return value.is_number() && value >= rule;
    if (keyword == "pattern") return value.is_string() && std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
    if (keyword == "required")
      return std::ranges::all_of(rule, [&value](const Json& name) { return value.contains(name.get<std::string>()); });
    if (keyword == "additionalProperties") return has_only(value, schema.at("properties"));
    if (keyword == "oneOf") return matching(value, rule, where) == 1;
    if (keyword == "$ref") {
      check(value, schema_.at(Json::json_pointer(rule.get<std::string>().substr(1))), where, problems);
      return true;
    }
    if (keyword == "properties") {
      for (const auto& [name, inner] : rule.items()) {
        if (value.contains(name)) check(value.at(name), inner, where + "." + name, problems);
      }
      return true;
    }
    if (keyword == "items") {
      for (const Json& element : value) check(element, rule, where + "[]", problems);
      return true;
    }
    return keyword == "description" || keyword == "title" || keyword == "$defs" || keyword == "$schema" || keyword == "$id";
  }

  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  static bool has_only(const Json& value, const Json& properties) {
    return std::ranges::all_of(value.items(), [&properties](const auto& item) { return properties.contains(item.key()); });
  }

  [[nodiscard]] std::int64_t matching(const Json& value, const Json& choices, const std::string& where) const {
    return std::ranges::count_if(choices, [&](const Json& choice) {
      Problems inner;
      check(value, choice, where, inner);
      return inner.empty();
    });
  }

  Json schema_;
};

SchemaCheck published_schema() {
  std::ifstream file(std::string(EKACI_SOURCE_DIR) + "/docs/schema/review-1.json");
  return SchemaCheck(Json::parse(file));
}

Review sample(const std::string& name) {
  const auto all = samples();
  return std::ranges::find(all, name, &Sample::name)->review;
}

TEST(Json, IsWhatItWas) {
  for (const auto& [name, review] : samples()) {
    if (name != "mass-rebuild") expect_golden(name + ".json", to_json(review));
  }
}

TEST(Json, ConformsToThePublishedSchema) {
  const SchemaCheck schema = published_schema();
  for (const auto& [name, review] : samples()) {
    const auto problems = schema.problems(Json::parse(to_json(review)));
    EXPECT_TRUE(problems.empty()) << name << ": " << (problems.empty() ? "" : problems.front());
  }
}

TEST(Json, TheSchemaRefusesWhatIsNotAReview) {
  const SchemaCheck schema = published_schema();
  const Json good = Json::parse(to_json(sample("errors")));
  Json extra = good;
  extra["changes"][0]["surprise"] = 1;
  Json kindless = good;
  kindless["changes"][0].erase("change");
  Json both = good;
  both["changes"][0]["head"] = {{"drvPath", "/nix/store/x"}, {"error", nullptr}};
  Json unknown = good;
  unknown["verdict"]["decision"] = "perhaps";
  for (const Json& bad : {extra, kindless, both, unknown, Json::array()}) EXPECT_FALSE(schema.problems(bad).empty());
}

TEST(Json, ListsEveryAttributeThatChangedOrStillFails) {
  for (const auto& [name, review] : samples()) {
    const Json document = Json::parse(to_json(review));
    std::uint64_t expected = 0;
    for (const auto& [kind, number] : document["totals"]["counts"].items()) {
      if (kind != "unchanged" && kind != "not_a_derivation") expected += number.get<std::uint64_t>();
    }
    EXPECT_EQ(document["changes"].size(), expected) << name;
  }
}

TEST(Json, CountsSumToTheTotals) {
  for (const auto& [name, review] : samples()) {
    const Json document = Json::parse(to_json(review));
    std::uint64_t attributes = 0;
    for (const Json& job : document["jobs"]) {
      std::uint64_t sum = 0;
      for (const Json& number : job["counts"]) sum += number.get<std::uint64_t>();
      EXPECT_EQ(job["attributes"], sum) << name;
      attributes += sum;
    }
    EXPECT_EQ(document["totals"]["attributes"], attributes) << name;
  }
}

TEST(Json, SaysWhatAReaderAsksFor) {
  const Json document = Json::parse(to_json(sample("bump")));
  EXPECT_EQ(document["schema"], "ekaci.review/1");
  const Json& change = document["changes"][0];
  EXPECT_EQ(change["attribute"], "hello");
  EXPECT_EQ(change["path"], Json::array({"hello"}));
  EXPECT_EQ(change["system"], "x86_64-linux");
  EXPECT_EQ(change["change"], "rebuilt");
  EXPECT_TRUE(change["base"]["drvPath"].get<std::string>().ends_with("-hello-2.12.drv"));
  EXPECT_TRUE(change["head"]["drvPath"].get<std::string>().ends_with("-hello-2.12.1.drv"));
}

TEST(Json, IsPrintableAsciiWhateverItIsAbout) {
  for (const auto& [name, review] : samples()) {
    const std::string text = to_json(review);
    const bool printable = std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); });
    EXPECT_TRUE(printable) << name;
    EXPECT_TRUE(text.ends_with("}\n")) << name;
  }
}

TEST(Json, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  const Json document = Json::parse(to_json(sample("hostile")));
  const auto found =
      std::ranges::find_if(document["changes"], [](const Json& change) { return change["path"][0] == "not\ufffd\ufffdutf8"; });
  ASSERT_NE(found, document["changes"].end());
  EXPECT_EQ((*found)["attribute"], R"("not\xff\xfeutf8")");
}

TEST(Json, CarriesAnyTextUnharmed) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    static const Review base = sample("docs-only");
    Review review = base;
    review.notes = {text};
    review.base_name = text;
    review.jobs.front().job = text;
    const Json document = Json::parse(to_json(review));
    RC_ASSERT(document["notes"][0].get<std::string>() == to_utf8(text));
    RC_ASSERT(document["base"]["name"].get<std::string>() == to_utf8(text));
    RC_ASSERT(document["jobs"][0]["job"].get<std::string>() == to_utf8(text));
  }));
}

}  // namespace
}  // namespace ekaci::report
