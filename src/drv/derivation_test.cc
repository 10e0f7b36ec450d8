#include "drv/derivation.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "drv/inputs.h"

namespace ekaci::drv {
namespace {

// Written by Nix 2.8 from tests/data/derivations/default.nix's kind of expression, shortened by hand.
constexpr std::string_view kGolden =
    R"(Derive([("dev","/nix/store/fh307r7vrp68s4ds0ar8h2an28jmr4zh-onig-dev","",""),("out","/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig","","")],)"
    R"([("/nix/store/2l3klrpl3hr3kz8vc1bi1ai68bq7xb8r-hook.drv",["out"]),("/nix/store/8x4imr87h9x530l6y2kdaj7ih62z8kgx-stdenv.drv",["dev","out"])],)"
    R"(["/nix/store/l622p70vy8k5sh7y5wizi5f2mic6ynpg-source.sh"],"x86_64-linux","/nix/store/xqpg6a213z6nclvpzn50y4pmhqqrh5ax-bash/bin/bash",)"
    R"(["-e","a\nb"],[("dev",""),("script","say \"\\\"\t\r\n")]))";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  const std::size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) changed.replace(at, from.size(), to);
  return changed;
}

/// The golden derivation with a single output of other fields.
std::string with_output(std::string_view fields) {
  const std::size_t end = kGolden.find("],[(");
  return fmt::format("Derive([({})", fields) + std::string(kGolden.substr(end));
}

TEST(Derivation, ReadsEveryField) {
  const Result<Derivation> derivation = parse(kGolden);
  ASSERT_TRUE(derivation) << derivation.error().to_string();
  ASSERT_EQ(derivation->outputs.size(), 2U);
  EXPECT_EQ(derivation->outputs[0].name, "dev");
  EXPECT_EQ(derivation->outputs[1].path().value().to_string(), "/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig");
  ASSERT_EQ(derivation->input_derivations.size(), 2U);
  EXPECT_EQ(derivation->input_derivations[1].path.name(), "stdenv.drv");
  EXPECT_THAT(derivation->input_derivations[1].outputs, testing::ElementsAre("dev", "out"));
  ASSERT_EQ(derivation->input_sources.size(), 1U);
  EXPECT_EQ(derivation->input_sources[0].name(), "source.sh");
  EXPECT_EQ(derivation->system, "x86_64-linux");
  EXPECT_EQ(derivation->builder, "/nix/store/xqpg6a213z6nclvpzn50y4pmhqqrh5ax-bash/bin/bash");
  EXPECT_THAT(derivation->arguments, testing::ElementsAre("-e", "a\nb"));
  ASSERT_NE(derivation->variable("script"), nullptr);
  EXPECT_EQ(*derivation->variable("script"), "say \"\\\"\t\r\n");
  EXPECT_EQ(derivation->variable("absent"), nullptr);
  EXPECT_EQ(print(*derivation), kGolden);
}

TEST(Derivation, ReadsEveryKindOfOutput) {
  const std::string path = "/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig";
  const std::string sha256(64, 'a');
  const std::map<std::string, OutputAddress> kinds = {
      {fmt::format(R"("out","{}","","")", path), InputAddressedOutput{StorePath::parse(path).value()}},
      {fmt::format(R"("out","{}","r:sha256","{}")", path, sha256),
       FixedOutput{StorePath::parse(path).value(), {IngestionMethod::nar, HashAlgorithm::sha256}, sha256}},
      {fmt::format(R"("out","{}","sha1","{}")", path, std::string(40, '0')),
       FixedOutput{StorePath::parse(path).value(), {IngestionMethod::flat, HashAlgorithm::sha1}, std::string(40, '0')}},
      {R"("out","","r:sha256","")", FloatingOutput{{IngestionMethod::nar, HashAlgorithm::sha256}}},
      {R"("out","","text:sha512","")", FloatingOutput{{IngestionMethod::text, HashAlgorithm::sha512}}},
      {R"("out","","git:sha1","")", FloatingOutput{{IngestionMethod::git, HashAlgorithm::sha1}}},
      {R"("out","","","")", DeferredOutput{}},
      {R"("out","","r:sha256","impure")", ImpureOutput{{IngestionMethod::nar, HashAlgorithm::sha256}}},
  };
  for (const auto& [fields, address] : kinds) {
    const std::string aterm = with_output(fields);
    const Result<Derivation> derivation = parse(aterm);
    ASSERT_TRUE(derivation) << derivation.error().to_string();
    EXPECT_EQ(derivation->outputs.at(0).address, address) << fields;
    EXPECT_EQ(print(*derivation), aterm);
  }
}

TEST(Derivation, RefusesOutputsWhoseFieldsDoNotGoTogether) {
  for (const char* fields : {R"("out","","","ab")", R"("out","","sha256","ab")", R"("out","relative","","")", R"("out","","sha3","")",
                             R"("out","","x:sha256","")", R"("out","/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig","sha256","")",
                             R"("out","/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig","sha256","impure")",
                             R"("out","/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig","md5","ABCDEF00000000000000000000000000")"}) {
    EXPECT_EQ(parse(with_output(fields)).error().code(), ErrorCode::corrupt) << fields;
    EXPECT_FALSE(parse_inputs(with_output(fields))) << fields;
  }
}

TEST(Derivation, RefusesSpellingsThatNixDoesNotWrite) {
  const std::map<std::string, std::string> spellings = {
      {"a byte behind the end", std::string(kGolden) + "\n"},
      {"a space", replaced(kGolden, "],[", "], [")},
      {"no output", "Derive([]" + std::string(kGolden.substr(kGolden.find(",[(\"/nix/store/2l3")))},
      {"outputs out of order", replaced(kGolden, "(\"dev\",\"/nix", "(\"zev\",\"/nix")},
      {"an output twice", replaced(kGolden, "(\"out\",\"/nix", "(\"dev\",\"/nix")},
      {"inputs out of order", replaced(kGolden, "/2l3klrpl", "/9l3klrpl")},
      {"an input that is no derivation", replaced(kGolden, "hook.drv", "hook.dry")},
      {"output names out of order", replaced(kGolden, R"(["dev","out"])", R"(["out","dev"])")},
      {"a source outside the store", replaced(kGolden, "\"/nix/store/l622", "\"/gnu/store/l622")},
      {"a needless escape", replaced(kGolden, "\"-e\"", "\"-\\e\"")},
      {"a line feed not escaped", replaced(kGolden, "a\\nb", "a\nb")},
      {"an escape where there is none", replaced(kGolden, "x86_64-linux", "x86\\\\linux")},
      {"environment out of order", replaced(kGolden, "(\"dev\",\"\")", "(\"sdev\",\"\")")},
      {"a comma before the end of a list", replaced(kGolden, "\"a\\nb\"]", "\"a\\nb\",]")},
      {"no comma between entries", replaced(kGolden, "\"-e\",", "\"-e\"")},
  };
  for (const auto& [what, aterm] : spellings) {
    const Result<Derivation> derivation = parse(aterm);
    ASSERT_FALSE(derivation) << what;
    EXPECT_EQ(derivation.error().code(), ErrorCode::corrupt) << what;
  }
}

TEST(Derivation, SaysWhereItIsWrongAndWhatWasExpected) {
  EXPECT_EQ(parse("Derivation").error().message(), "not a derivation as Nix writes it: at byte 0, expected 'Derive('");
  EXPECT_EQ(parse("Derive([(\"out\"").error().message(), "not a derivation as Nix writes it: it ends at byte 14, expected ','");
  EXPECT_EQ(parse(replaced(kGolden, "hook.drv", "hook drv")).error().message(),
            "not a derivation as Nix writes it: at byte 145, expected a path of /nix/store");
}

TEST(Derivation, SaysThatDynamicDerivationsAreUnsupported) {
  EXPECT_EQ(parse(R"(DrvWithVersion("xp-dyn-drv",[],[],[],"","",[],[]))").error().code(), ErrorCode::unsupported);
  EXPECT_EQ(parse_inputs(R"(DrvWithVersion("xp-dyn-drv",[],[],[],"","",[],[]))").error().code(), ErrorCode::unsupported);
}

TEST(Derivation, BoundsListsAndSize) {
  std::string arguments = "\"\"";
  for (std::size_t n = 0; n < kMaxListEntries; ++n) arguments += ",\"\"";
  EXPECT_EQ(parse(replaced(kGolden, R"("-e","a\nb")", arguments)).error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(parse(std::string(kMaxDerivationSize + 1, 'D')).error().code(), ErrorCode::resource_exhausted);
}

TEST(Derivation, EveryCutIsRefused) {
  for (std::size_t size = 0; size < kGolden.size(); ++size) {
    EXPECT_FALSE(parse(kGolden.substr(0, size))) << size;
    EXPECT_FALSE(parse_inputs(kGolden.substr(0, size))) << size;
  }
}

TEST(Inputs, AreThoseOfTheWholeDerivation) {
  const Result<Inputs> inputs = parse_inputs(kGolden);
  ASSERT_TRUE(inputs) << inputs.error().to_string();
  ASSERT_EQ(inputs->derivations.size(), 2U);
  EXPECT_EQ(inputs->derivations[0].path.name(), "hook.drv");
  EXPECT_THAT(inputs->outputs_of(inputs->derivations[0]), testing::ElementsAre("out"));
  EXPECT_THAT(inputs->outputs_of(inputs->derivations[1]), testing::ElementsAre("dev", "out"));
  ASSERT_EQ(inputs->sources.size(), 1U);
  EXPECT_EQ(inputs->sources[0].name(), "source.sh");
}

// What follows makes derivations for the property tests: every field hostile, every order as Nix keeps it.

rc::Gen<StorePath> any_path(const std::string& suffix) {
  const auto name = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019+-._?="))));
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<StoreHash>(), name), [suffix](const std::pair<StoreHash, std::string>& parts) {
    return StorePath::from_parts(parts.first, parts.second.substr(0, 100) + suffix).value();
  });
}

rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("\"\\\n\r\t[](),nrt"))));
}

rc::Gen<std::string> any_raw_text() {
  return rc::gen::container<std::string>(rc::gen::distinctFrom(rc::gen::distinctFrom(rc::gen::arbitrary<char>(), '"'), '\\'));
}

rc::Gen<std::set<std::string>> any_names() { return rc::gen::container<std::set<std::string>>(any_raw_text()); }

rc::Gen<ContentHashing> any_hashing() {
  return rc::gen::construct<ContentHashing>(
      rc::gen::element(IngestionMethod::flat, IngestionMethod::nar, IngestionMethod::text, IngestionMethod::git),
      rc::gen::element(HashAlgorithm::md5, HashAlgorithm::sha1, HashAlgorithm::sha256, HashAlgorithm::sha512, HashAlgorithm::blake3));
}

std::size_t characters(HashAlgorithm algorithm) {
  static const std::map<HashAlgorithm, std::size_t> characters = {{HashAlgorithm::md5, 32},
                                                                  {HashAlgorithm::sha1, 40},
                                                                  {HashAlgorithm::sha256, 64},
                                                                  {HashAlgorithm::sha512, 128},
                                                                  {HashAlgorithm::blake3, 64}};
  return characters.at(algorithm);
}

OutputAddress any_address() {
  const ContentHashing hashing = *any_hashing();
  const StorePath path = *any_path("");
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return InputAddressedOutput{path};
    case 1:
      return FixedOutput{
          path, hashing,
          *rc::gen::container<std::string>(characters(hashing.algorithm), rc::gen::elementOf(std::string("0123456789abcdef")))};
    case 2:
      return FloatingOutput{hashing};
    case 3:
      return ImpureOutput{hashing};
    default:
      return DeferredOutput{};
  }
}

/// Sorted as Nix sorts: by the path's text.
std::map<std::string, StorePath> by_text(const std::vector<StorePath>& paths) {
  std::map<std::string, StorePath> sorted;
  for (const StorePath& path : paths) sorted.emplace(path.to_string(), path);
  return sorted;
}

Derivation any_derivation() {
  Derivation derivation;
  for (const std::string& name : *rc::gen::nonEmpty(any_names())) derivation.outputs.push_back({name, any_address()});
  for (const auto& [text, path] : by_text(*rc::gen::container<std::vector<StorePath>>(any_path(".drv")))) {
    const std::set<std::string> names = *any_names();
    derivation.input_derivations.push_back({path, {names.begin(), names.end()}});
  }
  for (const auto& [text, path] : by_text(*rc::gen::container<std::vector<StorePath>>(any_path(""))))
    derivation.input_sources.push_back(path);
  derivation.system = *any_raw_text();
  derivation.builder = *any_text();
  derivation.arguments = *rc::gen::container<std::vector<std::string>>(any_text());
  for (const auto& variable : *rc::gen::container<std::map<std::string, std::string>>(any_text(), any_text())) {
    derivation.environment.emplace_back(variable);
  }
  return derivation;
}

TEST(DerivationProperty, WhatIsPrintedReadsTheSame) {
  EXPECT_TRUE(rc::check([] {
    const Derivation derivation = any_derivation();
    const Result<Derivation> again = parse(print(derivation));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == derivation);
  }));
}

TEST(DerivationProperty, InputsAgreeWithTheWholeDerivation) {
  EXPECT_TRUE(rc::check([] {
    const Derivation derivation = any_derivation();
    const std::string aterm = print(derivation);
    const Result<Inputs> inputs = parse_inputs(aterm);
    RC_ASSERT(inputs.has_value());
    RC_ASSERT(inputs->derivations.size() == derivation.input_derivations.size());
    for (std::size_t n = 0; n < inputs->derivations.size(); ++n) {
      const InputDerivation& whole = derivation.input_derivations[n];
      const auto names = inputs->outputs_of(inputs->derivations[n]);
      RC_ASSERT(StorePath(inputs->derivations[n].path) == whole.path);
      RC_ASSERT(std::vector<std::string>(names.begin(), names.end()) == whole.outputs);
    }
    RC_ASSERT(std::vector<StorePath>(inputs->sources.begin(), inputs->sources.end()) == derivation.input_sources);
  }));
}

TEST(DerivationProperty, WhatIsAcceptedPrintsTheSame) {
  EXPECT_TRUE(rc::check([] {
    std::string aterm = print(any_derivation());
    const auto at = *rc::gen::inRange<std::size_t>(0, aterm.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        aterm.erase(at, 1);
        break;
      case 1:
        aterm[at] = *rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("\"\\[](),")));
        break;
      default:
        aterm.insert(at, 1, *rc::gen::elementOf(std::string("\"\\[](),n")));
    }
    const Result<Derivation> derivation = parse(aterm);
    if (derivation) RC_ASSERT(print(*derivation) == aterm);
    RC_ASSERT((!derivation || parse_inputs(aterm)));
  }));
}

TEST(DerivationProperty, EveryCutIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const std::string aterm = print(any_derivation());
    const auto size = *rc::gen::inRange<std::size_t>(0, aterm.size());
    RC_ASSERT(!parse(std::string_view(aterm).substr(0, size)));
    // Inputs may be had of a cut behind them; that must not crash.
    (void)parse_inputs(std::string_view(aterm).substr(0, size)).has_value();
  }));
}

}  // namespace
}  // namespace ekaci::drv
