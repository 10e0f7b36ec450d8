#include "config/json_document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ekaci::config {
namespace {

std::string error_of(const std::string& text) {
  const auto parsed = parse_json(JsonSource(text, "f.json"));
  if (parsed) return "(parsed)";
  EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
  return parsed.error().message();
}

TEST(JsonDocument, KnowsWhereEachValueStands) {
  const std::string text = R"( { "a" : [1 , 22,-3.5e1,true,"x\"y",null ,{}, []],  "b":{"c":0}} )";
  const auto root = parse_json(JsonSource(text, "f.json"));
  ASSERT_TRUE(root) << root.error().message();
  const auto at = [&](std::size_t offset, std::string_view expected) { return text.substr(offset, expected.size()) == expected; };
  EXPECT_EQ(root->offset, 1U);
  const JsonValue* const a = root->find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_TRUE(at(a->key_offset, "\"a\""));
  EXPECT_TRUE(at(a->offset, "[1 "));
  const std::vector<std::string> expected = {"1 ", "22,", "-3.5e1,", "true", R"("x\"y")", "null", "{}", "[]"};
  ASSERT_EQ(a->children.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(at(a->children[i].offset, expected[i])) << expected[i];
  EXPECT_EQ(a->children[4].text, "x\"y");
  EXPECT_TRUE(a->children[3].boolean);
  const JsonValue* const b = root->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_TRUE(at(b->key_offset, "\"b\""));
  EXPECT_TRUE(at(b->offset, "{\"c\""));
  EXPECT_TRUE(at(b->children[0].key_offset, "\"c\""));
  EXPECT_TRUE(at(b->children[0].offset, "0}"));
}

TEST(JsonDocument, KnowsTheValueOfEachNumber) {
  const std::string text = "[0, -0, 12, -7, 10.0, 1.5e3, -2.5E-1, 18446744073709551615, 123456789012345678901234567890]";
  const auto root = parse_json(JsonSource(text, "f.json"));
  ASSERT_TRUE(root) << root.error().message();
  const std::vector<double> expected = {0, 0, 12, -7, 10, 1500, -0.25, 18446744073709551615.0, 123456789012345678901234567890.0};
  ASSERT_EQ(root->children.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(root->children[i].number, expected[i]) << i;
}

TEST(JsonDocument, ErrorsSayLineAndColumnInCharacters) {
  const std::string text = "{\n  \"ä\": ?}";
  EXPECT_TRUE(error_of(text).starts_with("f.json:2:8: not JSON: ")) << error_of(text);
  EXPECT_TRUE(error_of("").starts_with("f.json:1:1: not JSON: ")) << error_of("");
  EXPECT_TRUE(error_of("{}\n{}").starts_with("f.json:2:1: not JSON: ")) << error_of("{}\n{}");
}

TEST(JsonDocument, RefusesWhatIsNoStrictJson) {
  for (const char* text : {"{\"a\":1,}", "[1,]", "{a:1}", "// c\n{}", "{'a':1}", "[01]", "[1e999]", "\"\xff\"", R"("\ud800")", "[",
                           "{\"a\"", "\"a\tb\"", "nul", "[+1]", "{\"a\" 1}"}) {
    EXPECT_TRUE(error_of(text).starts_with("f.json:1:") || error_of(text).starts_with("f.json:2:")) << text;
  }
}

TEST(JsonDocument, RefusesAKeyTwice) {
  EXPECT_EQ(error_of("{\"a\": 1,\n \"\\u0061\": 2}"), "f.json:2:2: the key 'a' stands here a second time");
}

TEST(JsonDocument, BoundsDepthSizeAndCount) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(error_of(nested(32)), "(parsed)");
  EXPECT_EQ(error_of(nested(33)), "f.json:1:33: nested more than 32 levels deep");
  EXPECT_NE(error_of(nested(400'000)), "(parsed)");
  EXPECT_EQ(error_of(std::string(1U << 20U, ' ') + "1"), "f.json:1:1: the file has 1048577 bytes; at most 1048576 are read");
  std::string many = "[0";
  for (int i = 0; i < 2000; ++i) many += ",0";
  EXPECT_NE(error_of(many + "]").find("more than 2000 entries"), std::string::npos);
}

TEST(JsonDocument, MakesAStrangersKeyAndFileNamePrintable) {
  const auto parsed = parse_json(JsonSource(R"({"\u001b[31mx": 1, "\u001b[31mx": 1})", "a\x1b[2Jb"));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message().find('\x1b'), std::string::npos);
}

/// The same document by nlohmann's own parser.
nlohmann::json plain(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::null:
      return nullptr;
    case JsonKind::boolean:
      return value.boolean;
    case JsonKind::number:
      return "number";
    case JsonKind::string:
      return value.text;
    case JsonKind::array: {
      nlohmann::json array = nlohmann::json::array();
      for (const JsonValue& child : value.children) array.push_back(plain(child));
      return array;
    }
    case JsonKind::object: {
      nlohmann::json object = nlohmann::json::object();
      for (const JsonValue& child : value.children) object[child.key] = plain(child);
      return object;
    }
  }
  return nullptr;
}

nlohmann::json without_numbers(const nlohmann::json& value) {
  if (value.is_number()) return "number";
  nlohmann::json copy = value;
  if (copy.is_structured()) {
    for (auto& child : copy) child = without_numbers(child);
  }
  return copy;
}

rc::Gen<nlohmann::json> any_json(int depth) {
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  rc::Gen<nlohmann::json> leaf =
      rc::gen::oneOf(rc::gen::construct<nlohmann::json>(rc::gen::arbitrary<bool>()),
                     rc::gen::construct<nlohmann::json>(rc::gen::arbitrary<std::int64_t>()),
                     rc::gen::construct<nlohmann::json>(rc::gen::map(rc::gen::arbitrary<int>(), [](int i) { return i / 7.0; })),
                     rc::gen::construct<nlohmann::json>(text), rc::gen::just(nlohmann::json()));
  if (depth == 0) return leaf;
  const auto array = rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<nlohmann::json>>(any_json(depth - 1))),
                                  [](const std::vector<nlohmann::json>& list) { return nlohmann::json(list); });
  const auto object = rc::gen::map(rc::gen::resize(4, rc::gen::container<std::map<std::string, nlohmann::json>>(text, any_json(depth - 1))),
                                   [](const std::map<std::string, nlohmann::json>& map) { return nlohmann::json(map); });
  return rc::gen::oneOf(leaf, array, object);
}

/// The characters that a value of this kind may begin with.
std::string_view beginnings_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::object:
      return "{";
    case JsonKind::array:
      return "[";
    case JsonKind::string:
      return "\"";
    case JsonKind::null:
      return "n";
    case JsonKind::boolean:
      return "tf";
    case JsonKind::number:
      return "-0123456789";
  }
  return {};
}

bool stands_right(const JsonValue& value, std::string_view text) {
  if (value.offset >= text.size() || beginnings_of(value.kind).find(text[value.offset]) == std::string_view::npos) return false;
  // A token begins behind something that is none.
  if (value.offset > 0 && std::string_view(" \n\t,:[{").find(text[value.offset - 1]) == std::string_view::npos) return false;
  return std::ranges::all_of(value.children, [&](const JsonValue& child) {
    return (value.kind == JsonKind::array || text[child.key_offset] == '"') && stands_right(child, text);
  });
}

RC_GTEST_PROP(JsonDocumentProperty, ReadsWhatNlohmannWritesAndKnowsWhere, ()) {
  const nlohmann::json document = *any_json(3);
  const std::string text = document.dump(*rc::gen::element(-1, 0, 3));
  const auto parsed = parse_json(JsonSource(text, "f.json"));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(plain(*parsed) == without_numbers(document));
  RC_ASSERT(stands_right(*parsed, text));
}

RC_GTEST_PROP(JsonDocumentProperty, AgreesWithNlohmannOnWhatIsJson, ()) {
  std::string text = (*any_json(2)).dump();
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = *rc::gen::element('{', '}', '[', ']', '"', ',', ':', '0', '-', 'e', '\\', '\n', '\x80', '\0');
  const auto parsed = parse_json(JsonSource(text, "f.json"));
  if (!nlohmann::json::accept(text)) RC_ASSERT(!parsed.has_value());
  if (parsed) RC_ASSERT(nlohmann::json::accept(text));
}

}  // namespace
}  // namespace ekaci::config
