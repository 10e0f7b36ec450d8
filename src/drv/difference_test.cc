#include "drv/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"

namespace ekaci::drv {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A path whose hash is the digit, 32 times.
StorePath path(char digit, const std::string& name) { return StorePath::parse_base_name(std::string(32, digit) + "-" + name).value(); }
std::string text(char digit, const std::string& name) { return path(digit, name).to_string(); }

using Variables = std::map<std::string, std::string>;

/// With one output `out`, under `name` and a hash of that digit.
Derivation package(char digit, const std::string& name, Variables variables = {}) {
  Derivation derivation{.outputs = {{"out", InputAddressedOutput{path(digit, name)}}}, .system = "x86_64-linux", .builder = "/bin/sh"};
  variables["out"] = text(digit, name);
  variables["name"] = name;
  derivation.environment.assign(variables.begin(), variables.end());
  return derivation;
}

/// One derivation's texts at base and head, as most tests want them.
DerivationDifference compare(Variables base, Variables head, const std::vector<Replacement>& replaced = {}) {
  return difference(package('a', "hello", std::move(base)), package('b', "hello", std::move(head)), replaced);
}

TEST(Difference, NamesEveryKindOfField) {
  Derivation base = package('a', "hello-1.0", {{"doCheck", ""}, {"old", "x"}, {"src", "same"}});
  Derivation head = package('b', "hello-1.1", {{"doCheck", "1"}, {"new", "y"}, {"src", "same"}});
  head.system = "aarch64-linux";
  head.builder = "/bin/bash";
  base.arguments = {"-e", "old"};
  head.arguments = {"-e", "new", "more"};
  const DerivationDifference found = difference(base, head, {});
  EXPECT_THAT(found.fields,
              ElementsAre(TextDifference{"name", "hello-1.0", "hello-1.1"}, TextDifference{"system", "x86_64-linux", "aarch64-linux"},
                          TextDifference{"builder", "/bin/sh", "/bin/bash"}));
  EXPECT_THAT(found.arguments, ElementsAre(TextDifference{"2", "old", "new"}, TextDifference{"3", {}, "more"}));
  EXPECT_THAT(found.environment,
              ElementsAre(TextDifference{"doCheck", "", "1"}, TextDifference{"new", {}, "y"}, TextDifference{"old", "x", {}}));
  EXPECT_THAT(found.outputs, IsEmpty());
  EXPECT_FALSE(found.cut);
  EXPECT_FALSE(found.same_outputs);
}

TEST(Difference, OwnOutputPathsNeverCount) {
  EXPECT_EQ(compare({{"configureFlags", "--prefix=" + text('a', "hello") + " --x"}},
                    {{"configureFlags", "--prefix=" + text('b', "hello") + " --x"}}),
            DerivationDifference{});
  // What follows the path belongs to the text, even where it could belong to a name.
  EXPECT_EQ(compare({{"log", text('a', "hello") + ".log"}}, {{"log", text('b', "hello") + ".txt"}}).environment,
            (std::vector{TextDifference{"log", text('a', "hello") + ".log", text('b', "hello") + ".txt"}}));
}

TEST(Difference, AnotherPathOfTheOwnNameCounts) {
  EXPECT_EQ(compare({{"bootstrap", text('c', "hello")}}, {{"bootstrap", text('d', "hello")}}).environment.size(), 1U);
}

TEST(Difference, TellsHowOutputsAreMade) {
  const ContentHashing hashing{IngestionMethod::nar, HashAlgorithm::sha256};
  Derivation base = package('a', "source");
  Derivation head = package('b', "source");
  base.outputs[0].address = FixedOutput{path('a', "source"), hashing, std::string(64, '0')};
  head.outputs[0].address = FixedOutput{path('b', "source"), hashing, std::string(64, '1')};
  head.outputs.insert(head.outputs.begin(), {"dev", FloatingOutput{hashing}});
  const DerivationDifference found = difference(base, head, {});
  EXPECT_THAT(found.outputs,
              ElementsAre(TextDifference{"dev", {}, "floating r:sha256"},
                          TextDifference{"out", "fixed r:sha256 " + std::string(64, '0'), "fixed r:sha256 " + std::string(64, '1')}));
  EXPECT_THAT(found.environment, IsEmpty());
}

TEST(Difference, SaysThatAFetchGivesTheSame) {
  Derivation base = package('a', "source", {{"urls", "https://one.example/x"}});
  Derivation head = package('a', "source", {{"urls", "https://two.example/x"}});
  const FixedOutput fixed{path('a', "source"), {IngestionMethod::flat, HashAlgorithm::sha256}, std::string(64, '0')};
  base.outputs[0].address = fixed;
  head.outputs[0].address = fixed;
  const DerivationDifference found = difference(base, head, {});
  EXPECT_TRUE(found.same_outputs);
  EXPECT_THAT(found.environment, ElementsAre(TextDifference{"urls", "https://one.example/x", "https://two.example/x"}));
  head.outputs.push_back({"zip", DeferredOutput{}});
  EXPECT_FALSE(difference(base, head, {}).same_outputs);
  EXPECT_FALSE(difference(head, head, {}).same_outputs);
}

TEST(Difference, MatchesSourcesByNameAndTellsThemOnce) {
  Derivation base = package('a', "hello", {{"builder", text('1', "builder.sh")}, {"patches", text('3', "gone.patch")}});
  Derivation head = package('b', "hello", {{"builder", text('2', "builder.sh")}, {"patches", text('4', "new.patch")}});
  base.input_sources = {path('1', "builder.sh"), path('3', "gone.patch"), path('5', "stays")};
  head.input_sources = {path('2', "builder.sh"), path('4', "new.patch"), path('5', "stays")};
  const DerivationDifference found = difference(base, head, {});
  EXPECT_THAT(found.sources, ElementsAre(PathDifference{path('1', "builder.sh"), path('2', "builder.sh")},
                                         PathDifference{path('3', "gone.patch"), {}}, PathDifference{{}, path('4', "new.patch")}));
  EXPECT_THAT(found.environment, ElementsAre(TextDifference{"patches", text('3', "gone.patch"), text('4', "new.patch")}));
}

TEST(Difference, MatchesInputsByWhatReplacesThemThenByName) {
  Derivation base = package('a', "hello");
  Derivation head = package('b', "hello");
  base.input_derivations = {{path('1', "zlib-1.2.drv"), {"out"}}, {path('3', "gcc.drv"), {"out"}}, {path('5', "make.drv"), {"out"}}};
  head.input_derivations = {{path('2', "zlib-1.3.drv"), {"out"}}, {path('4', "gcc.drv"), {"out"}}, {path('5', "make.drv"), {"dev"}}};
  const DerivationDifference found = difference(base, head, std::vector{Replacement{path('1', "zlib-1.2.drv"), path('2', "zlib-1.3.drv")}});
  EXPECT_THAT(found.inputs, ElementsAre(PathDifference{path('5', "make.drv"), path('5', "make.drv")},
                                        PathDifference{path('3', "gcc.drv"), path('4', "gcc.drv")},
                                        PathDifference{path('1', "zlib-1.2.drv"), path('2', "zlib-1.3.drv")}));
}

TEST(Difference, OutputsOfReplacedInputsCountAsEqual) {
  Derivation base =
      package('a', "hello",
              {{"buildInputs", text('c', "zlib-1.2-dev") + " " + text('d', "gcc-12")}, {"flags", "-L" + text('f', "zlib-1.2") + "/lib"}});
  Derivation head =
      package('b', "hello",
              {{"buildInputs", text('g', "zlib-1.3-dev") + " " + text('d', "gcc-12")}, {"flags", "-L" + text('h', "zlib-1.3") + "/lib"}});
  base.input_derivations = {{path('1', "zlib-1.2.drv"), {"dev", "out"}}};
  head.input_derivations = {{path('2', "zlib-1.3.drv"), {"dev", "out"}}};
  const std::vector replaced = {Replacement{path('1', "zlib-1.2.drv"), path('2', "zlib-1.3.drv")}};
  EXPECT_THAT(difference(base, head, replaced).environment, IsEmpty());
  EXPECT_EQ(difference(base, head, {}).environment.size(), 2U);
  // One more path than what was replaced shows.
  head.environment.front().second += " " + text('j', "bzip2");
  EXPECT_THAT(difference(base, head, replaced).environment,
              ElementsAre(TextDifference{"buildInputs", base.environment.front().second, head.environment.front().second}));
}

TEST(Difference, OneOutputOfAReplacedInputIsNotAnother) {
  Derivation base = package('a', "hello", {{"x", text('c', "zlib")}});
  Derivation head = package('b', "hello", {{"x", text('d', "zlib-dev")}});
  base.input_derivations = {{path('1', "zlib.drv"), {"out"}}};
  head.input_derivations = {{path('2', "zlib.drv"), {"dev"}}};
  EXPECT_EQ(difference(base, head, std::vector{Replacement{path('1', "zlib.drv"), path('2', "zlib.drv")}}).environment.size(), 1U);
}

TEST(Difference, PathsAreKeptApartWhereVersionsMoveUp) {
  const std::vector replaced = {Replacement{path('1', "gcc-11.drv"), path('2', "gcc-12.drv")},
                                Replacement{path('3', "gcc-12.drv"), path('4', "gcc-13.drv")}};
  EXPECT_THAT(
      compare({{"x", text('c', "gcc-11") + ":" + text('d', "gcc-12")}}, {{"x", text('f', "gcc-12") + ":" + text('g', "gcc-13")}}, replaced)
          .environment,
      IsEmpty());
  EXPECT_EQ(compare({{"x", text('c', "gcc-11")}}, {{"x", text('g', "gcc-13")}}, replaced).environment.size(), 1U);
}

TEST(Difference, GivenOutputPathsCountAsEqual) {
  EXPECT_EQ(compare({{"x", text('c', "one")}}, {{"x", text('d', "two")}}, {Replacement{path('c', "one"), path('d', "two")}}),
            DerivationDifference{});
}

TEST(Difference, TakesStructuredAttributesApart) {
  EXPECT_THAT(compare({{"__json", R"({"env":{"A":"1"},"gone":true,"outputs":["out"],"version":"1.0"})"}},
                      {{"__json", R"({"env":{"A":"2"},"list":["}\"",{}],"outputs":["out"],"version":"1.\u0031"})"}})
                  .environment,
              ElementsAre(TextDifference{"__json.env", R"({"A":"1"})", R"({"A":"2"})"}, TextDifference{"__json.gone", "true", {}},
                          TextDifference{"__json.list", {}, R"(["}\"",{}])"}, TextDifference{"__json.version", "1.0", "1.1"}));
}

TEST(Difference, StructuredAttributesOfReplacedInputsAreEqual) {
  const std::vector replaced = {Replacement{path('1', "zlib-1.drv"), path('2', "zlib-2.drv")}};
  EXPECT_THAT(compare({{"__json", R"({"a":["/nix/store/cccccccccccccccccccccccccccccccc-zlib-1"],"b":"1"})"}},
                      {{"__json", R"({"a":["/nix/store/dddddddddddddddddddddddddddddddd-zlib-2"],"b":1})"}}, replaced)
                  .environment,
              ElementsAre(TextDifference{"__json.b", "\"1\"", "1"}));
}

TEST(Difference, TellsUnsoundStructuredAttributesWhole) {
  const std::string deep(100'000, '[');
  for (const std::string& unsound : {std::string("{"), std::string("[1]"), std::string(R"({"a":1,"a":2})"), deep, std::string("{\"a\":1}x"),
                                     std::string("{\"\xff\":1}"), std::string(R"({"a" : 1})")}) {
    const DerivationDifference found = compare({{"__json", R"({"a":1})"}}, {{"__json", unsound}});
    ASSERT_EQ(found.environment.size(), 1U) << unsound.substr(0, 20);
    EXPECT_EQ(found.environment[0].name, "__json");
  }
  const std::string nested = "{\"a\":" + deep + std::string(100'000, ']') + "}";
  EXPECT_EQ(compare({{"__json", R"({"a":1})"}}, {{"__json", nested}}).environment.at(0).name, "__json.a");
}

TEST(Difference, CutsLongTextsAroundTheFirstDifference) {
  const std::string before(10'000, 'x');
  const DerivationDifference found = compare({{"script", before + "old" + before}}, {{"script", before + "new" + before}});
  ASSERT_EQ(found.environment.size(), 1U);
  for (const std::string& shown : {*found.environment[0].base, *found.environment[0].head}) {
    EXPECT_LE(shown.size(), TextDifference::kMaxText);
    EXPECT_GT(shown.size(), TextDifference::kMaxText - 10);
    EXPECT_TRUE(shown.starts_with("…") && shown.ends_with("…"));
  }
  EXPECT_NE(found.environment[0].base->find("xoldx"), std::string::npos);
  EXPECT_NE(found.environment[0].head->find("xnewx"), std::string::npos);
}

TEST(Difference, CutsNoCharacterInTwo) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string many(shift, 'x');
    for (int n = 0; n < 3000; ++n) many += "\xf0\x9f\x98\x80";
    const DerivationDifference found = compare({{"a", many + "old" + many}}, {{"a", many + "new" + many}});
    EXPECT_TRUE(is_utf8(*found.environment.at(0).base));
    EXPECT_TRUE(is_utf8(*found.environment.at(0).head));
    EXPECT_LE(found.environment[0].base->size(), TextDifference::kMaxText);
  }
  const DerivationDifference invalid = compare({}, {{"a", std::string(10'000, '\x80')}});
  EXPECT_LE(invalid.environment.at(0).head->size(), TextDifference::kMaxText);
}

TEST(Difference, BoundsItsListsAndSaysSo) {
  Variables many;
  for (int n = 0; n < 300; ++n) many[std::to_string(n)] = "x";
  const DerivationDifference found = compare({}, many);
  EXPECT_EQ(found.environment.size(), DerivationDifference::kMaxEntries);
  EXPECT_TRUE(found.cut);
}

// What follows makes random derivations and changes them in one place.

std::string any_word() { return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc/\"\\\n\xc3\xa9{}"))); }

std::vector<StorePath> any_paths(const std::string& suffix) {
  std::map<std::string, StorePath> sorted;
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) {
    const StorePath one =
        StorePath::from_parts(*rc::gen::arbitrary<StoreHash>(), *rc::gen::element<std::string>("one", "two", "three") + suffix).value();
    sorted.emplace(one.to_string(), one);
  }
  std::vector<StorePath> paths;
  for (const auto& [text, path] : sorted) paths.push_back(path);
  return paths;
}

Derivation any_package() {
  Variables variables;
  for (int n = *rc::gen::inRange(0, 5); n > 0; --n) variables["v" + any_word()] = any_word();
  Derivation derivation = package('a', "hello-1.0", std::move(variables));
  derivation.input_sources = any_paths("");
  for (const StorePath& input : any_paths(".drv")) derivation.input_derivations.push_back({input, {"out"}});
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) derivation.arguments.push_back(any_word());
  return derivation;
}

std::size_t entries(const DerivationDifference& found) {
  return found.fields.size() + found.arguments.size() + found.environment.size() + found.outputs.size() + found.sources.size() +
         found.inputs.size();
}

/// Takes the last away, or adds one.
template <class Items>
void mutate_list(Items& items, const typename Items::value_type& added) {
  if (items.empty() || *rc::gen::arbitrary<bool>()) {
    items.push_back(added);
  } else {
    items.pop_back();
  }
}

TEST(DifferenceProperty, ADerivationDoesNotDifferFromItself) {
  EXPECT_TRUE(rc::check([] {
    const Derivation derivation = any_package();
    const DerivationDifference found = difference(derivation, derivation, {});
    RC_ASSERT(found == DerivationDifference{.same_outputs = true});
  }));
}

TEST(DifferenceProperty, NamesEveryMutationOnce) {
  EXPECT_TRUE(rc::check([] {
    const Derivation base = any_package();
    Derivation head = base;
    switch (*rc::gen::element(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) {
      case 0:
        head.system += "x";
        break;
      case 1:
        head.builder += "x";
        break;
      case 2:
        mutate_list(head.arguments, std::string("new"));
        break;
      case 3:
        head.environment.front().second += "x";
        break;
      case 4:
        head.environment.emplace_back("zz", any_word());
        break;
      case 5:
        head.environment.erase(head.environment.begin());
        break;
      case 6:
        mutate_list(head.input_sources, path('z', "new"));
        break;
      case 7:
        mutate_list(head.input_derivations, InputDerivation{path('z', "new.drv"), {"out"}});
        break;
      case 8:
        head.outputs[0].address = FloatingOutput{};
        break;
      default:
        head.outputs.push_back({"second", DeferredOutput{}});
    }
    const auto differences = [](const Derivation& one, const Derivation& other) { return entries(difference(one, other, {})); };
    RC_ASSERT(differences(base, head) == 1U);
    RC_ASSERT(differences(head, base) == 1U);
  }));
}

TEST(DifferenceProperty, ReplacingAllInputsChangesNoText) {
  EXPECT_TRUE(rc::check([] {
    Derivation base = package('a', "hello");
    Derivation head = package('b', "hello");
    std::vector<Replacement> replaced;
    std::string at_base;
    std::string at_head;
    for (const StorePath& input : any_paths(".drv")) {
      const StorePath other = StorePath::from_parts(*rc::gen::arbitrary<StoreHash>(), "newer-" + input.name()).value();
      replaced.push_back({.base = input, .head = other});
      base.input_derivations.push_back({input, {"dev", "out"}});
      head.input_derivations.push_back({other, {"dev", "out"}});
      const std::string between = any_word() + " ";
      const std::string name(without_drv(input.name()));
      at_base += text('c', name) + "/" + between + text('d', name + "-dev") + " " + input.to_string() + " ";
      at_head += text('f', "newer-" + name) + "/" + between + text('g', "newer-" + name + "-dev") + " " + other.to_string() + " ";
    }
    base.arguments = {at_base};
    head.arguments = {at_head};
    const DerivationDifference found = difference(base, head, replaced);
    RC_ASSERT(found.inputs.size() == replaced.size());
    RC_ASSERT(entries(found) == replaced.size());
    head.arguments[0] += "x";
    RC_ASSERT(entries(difference(base, head, replaced)) == replaced.size() + 1);
  }));
}

}  // namespace
}  // namespace ekaci::drv
