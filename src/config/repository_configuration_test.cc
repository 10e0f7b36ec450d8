#include "config/repository_configuration.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "config/suggestion.h"

namespace ekaci::config {
namespace {

using nlohmann::json;

Result<RepositoryConfiguration> parse(const std::string& text) { return parse_repository_configuration(text, "c.json"); }

std::string error_of(const std::string& text) {
  const auto parsed = parse(text);
  if (parsed) return "(parsed)";
  EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
  return parsed.error().message();
}

/// The error for a job with this content.
std::string job_error(const std::string& content) { return error_of("{\"jobs\": {\"j\": {" + content + "}}}"); }

Job parse_job(const std::string& content) {
  const auto parsed = parse("{\"jobs\": {\"j\": {" + content + "}}}");
  if (!parsed) throw std::runtime_error(parsed.error().message());
  return parsed->jobs.at(0);
}

TEST(RepositoryConfiguration, ReadsTheFileOfCorepkgs) {
  const auto parsed = parse("{\n  \"jobs\": {\n    \"core-pkgs\": {\n      \"file\": \"/maintainers/ci-jobs.nix\"\n    }\n  }\n}\n");
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->jobs.size(), 1U);
  EXPECT_EQ(parsed->jobs[0].name, "core-pkgs");
  EXPECT_EQ(parsed->jobs[0].file, "maintainers/ci-jobs.nix");
  EXPECT_TRUE(parsed->jobs[0].attribute.is_root());
  EXPECT_TRUE(parsed->jobs[0].systems.empty());
  EXPECT_FALSE(parsed->jobs[0].allow_import_from_derivation);
  EXPECT_FALSE(parsed->jobs[0].tests);
  EXPECT_TRUE(parsed->notes.empty());
}

TEST(RepositoryConfiguration, ReadsWhichPathsNeedNoReview) {
  const auto parsed = parse(R"({"skip": {"paths": ["doc/**", "!doc/*.sh"]}})");
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->skip.size(), 2U);
  EXPECT_EQ(parsed->skip[0].text(), "doc/**");
  EXPECT_TRUE(parsed->skip[1].is_exception());
  EXPECT_EQ(error_of(R"({"skip": []})"), "c.json:1:10: 'skip' must be an object, not an array");
  EXPECT_EQ(error_of(R"({"skip": {}})"), "c.json:1:10: 'skip' has no 'paths': which files need no review");
  EXPECT_EQ(error_of(R"({"skip": {"path": []}})"), "c.json:1:11: 'skip' has no key 'path'; did you mean 'paths'?");
  EXPECT_EQ(error_of(R"({"skip": {"paths": ["/doc"]}})"),
            "c.json:1:21: the pattern '/doc' has an empty name; paths begin at the root, without a slash in front");
  EXPECT_EQ(error_of(R"({"skip": {"paths": [1]}})"), "c.json:1:21: a pattern must be a string, not a number");
}

TEST(RepositoryConfiguration, ReadsWhoIsTrusted) {
  const auto trust = [](const std::string& content) { return parse("{\"trust\": {" + content + "}}").value().trust; };
  EXPECT_EQ(trust(""), TrustRules{});
  EXPECT_EQ(parse("{}").value().trust, TrustRules{});
  EXPECT_EQ(trust(R"("authors": ["Renovate[bot]", "anna-k"], "associations": ["OWNER"], "builds": "approved")"),
            (TrustRules{.builds = TrustRules::Builds::approved, .authors = {"anna-k", "renovate[bot]"}, .associations = {{"OWNER"}}}));
  EXPECT_EQ(trust(R"("associations": [], "builds": "trusted")").associations, std::set<std::string>()) << "none is not all";
}

TEST(RepositoryConfiguration, TrustThatIsNotMeantSoIsAnError) {
  const auto error = [](const std::string& content) { return error_of("{\"trust\": {" + content + "}}"); };
  EXPECT_EQ(error_of(R"({"trust": ["anna"]})"), "c.json:1:11: 'trust' must be an object, not an array");
  EXPECT_EQ(error(R"("author": [])"), "c.json:1:12: 'trust' has no key 'author'; did you mean 'authors'?");
  EXPECT_EQ(error(R"("authors": "anna")"), "c.json:1:23: 'authors' must be an array, not a string");
  EXPECT_EQ(error(R"("authors": ["an na"])"), "c.json:1:24: an author is a login on GitHub, such as 'anna-k' or 'renovate[bot]'");
  EXPECT_EQ(error(R"("authors": ["anna", "Anna"])"), "c.json:1:32: the author 'Anna' stands here a second time");
  EXPECT_EQ(error(R"("associations": ["FRIEND"])").substr(0, 60), "c.json:1:29: an association is one of 'OWNER', 'MEMBER', 'CO");
  EXPECT_EQ(error(R"("associations": ["NONE", "NONE"])"), "c.json:1:37: the association 'NONE' stands here a second time");
  EXPECT_EQ(error(R"("builds": "all")"), "c.json:1:22: 'builds' is 'trusted', or 'approved': nobody's before an approval");
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += fmt::format("{}\"a{}\"", i == 0 ? "" : ", ", i);
  EXPECT_EQ(error("\"authors\": [" + many + "]"), "c.json:1:23: more than 1000 authors");
}

TEST(RepositoryConfiguration, ReadsEveryKey) {
  const Job job = parse_job(R"(
    "file": "./ci//jobs.nix",
    "attribute": "python3Packages.\"zope.interface\"",
    "arguments": {"overlays": {"expression": "[ ]"}, "channel": "stable"},
    "systems": ["x86_64-linux", "aarch64-darwin"],
    "size_check": {"max_increase_percent": 12.5},
    "tests": true,
    "allow_import_from_derivation": true)");
  EXPECT_EQ(job.file, "ci/jobs.nix");
  EXPECT_EQ(job.attribute, (AttributePath{"python3Packages", "zope.interface"}));
  ASSERT_EQ(job.arguments.size(), 2U);
  EXPECT_EQ(job.arguments[0], (JobArgument{.name = "channel", .kind = JobArgument::Kind::string, .text = "stable"}));
  EXPECT_EQ(job.arguments[1], (JobArgument{.name = "overlays", .kind = JobArgument::Kind::expression, .text = "[ ]"}));
  ASSERT_EQ(job.systems.size(), 2U);
  EXPECT_EQ(job.systems[1].to_string(), "aarch64-darwin");
  EXPECT_TRUE(job.allow_import_from_derivation);
  EXPECT_TRUE(job.tests);
  EXPECT_EQ(job.size_check, SizeCheck{.max_increase_percent = 12.5});
}

TEST(RepositoryConfiguration, SortsJobsByName) {
  const auto parsed = parse(R"({"jobs": {"b": {"file": "b.nix"}, "a": {"file": "a.nix"}}})");
  ASSERT_EQ(parsed.value().jobs.size(), 2U);
  EXPECT_EQ(parsed->jobs[0].name, "a");
}

TEST(RepositoryConfiguration, NoJobsIsNoError) {
  EXPECT_TRUE(parse("{}").value().jobs.empty());
  EXPECT_TRUE(parse(R"({"jobs": {}})").value().jobs.empty());
}

TEST(RepositoryConfiguration, UnknownKeysAreErrorsThatSuggestAKnownOne) {
  EXPECT_EQ(error_of("{\n \"job\": {}}"), "c.json:2:2: the configuration has no key 'job'; did you mean 'jobs'?");
  EXPECT_EQ(error_of("{\"checks\": {}}"), "c.json:1:2: the configuration has no key 'checks'; known are: 'jobs', 'skip', 'trust'");
  EXPECT_EQ(job_error(R"("file": "f", "attr": "a")"), "c.json:1:30: a job has no key 'attr'; did you mean 'attribute'?");
  EXPECT_EQ(job_error(R"("File": "f")"), "c.json:1:17: a job has no key 'File'; did you mean 'file'?");
}

TEST(RepositoryConfiguration, WrongTypesAreErrors) {
  EXPECT_EQ(error_of("[]"), "c.json:1:1: the configuration must be an object, not an array");
  EXPECT_EQ(error_of("{\"jobs\": []}"), "c.json:1:10: 'jobs' must be an object, not an array");
  EXPECT_EQ(error_of("{\"jobs\": {\"j\": 1}}"), "c.json:1:16: the job 'j' must be an object, not a number");
  EXPECT_EQ(job_error("\"file\": null"), "c.json:1:25: 'file' must be a string, not null");
  EXPECT_EQ(job_error(R"("file": "f", "attribute": 1)"), "c.json:1:43: 'attribute' must be a string, not a number");
  EXPECT_EQ(job_error(R"("file": "f", "systems": "x86_64-linux")"), "c.json:1:41: 'systems' must be an array, not a string");
  EXPECT_EQ(job_error(R"("file": "f", "systems": [true])"), "c.json:1:42: a system must be a string, not true or false");
  EXPECT_EQ(job_error(R"("file": "f", "allow_import_from_derivation": "yes")"),
            "c.json:1:62: 'allow_import_from_derivation' must be true or false, not a string");
  EXPECT_EQ(job_error(R"("file": "f", "tests": 1)"), "c.json:1:39: 'tests' must be true or false, not a number");
  EXPECT_EQ(job_error(R"("file": "f", "test": true)"), "c.json:1:30: a job has no key 'test'; did you mean 'tests'?");
  EXPECT_EQ(job_error(R"("file": "f", "arguments": {"a": 1})"),
            "c.json:1:49: the argument 'a' must be a string or {\"expression\": \"…\"}, not a number");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"a": {"expression": 1}})"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"a": {}})"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"a": {"expression": "1", "more": "2"}})"), "(parsed)");
}

TEST(RepositoryConfiguration, AFileNeverLeavesTheRepository) {
  EXPECT_EQ(parse_job(R"("file": "//a/./b/")").file, "a/b");
  EXPECT_EQ(job_error(R"("file": "../stdenv.nix")"), "c.json:1:25: 'file' must not leave the repository: '..' is not allowed");
  EXPECT_NE(job_error(R"("file": "a/../../b")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "a/..")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "/")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "a\u0000b")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "a\nb")"), "(parsed)");
  EXPECT_NE(job_error("\"file\": \"" + std::string(2000, 'x') + "\""), "(parsed)");
  EXPECT_EQ(parse_job(R"("file": "..a/b..")").file, "..a/b..");
}

TEST(RepositoryConfiguration, AJobNeedsAFile) {
  EXPECT_EQ(job_error(""), "c.json:1:16: the job 'j' has no 'file': the Nix file that it evaluates");
}

TEST(RepositoryConfiguration, JobNamesArePrintable) {
  const auto with_name = [](const std::string& name) { return error_of(json{{"jobs", {{name, {{"file", "f"}}}}}}.dump()); };
  EXPECT_EQ(with_name("größe 漢字"), "(parsed)");
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "ä";
  EXPECT_EQ(with_name(hundred), "(parsed)");
  for (const std::string& name : {std::string(), hundred + "x", std::string("a\nb"), std::string("\x1b[31m"), std::string(" a"),
                                  std::string("a\xe2\x80\xae"), std::string("a\0b", 3)}) {
    EXPECT_NE(with_name(name), "(parsed)") << name;
    EXPECT_EQ(with_name(name).find('\x1b'), std::string::npos);
  }
}

TEST(RepositoryConfiguration, ChecksSystemsArgumentsAndAttributes) {
  EXPECT_NE(job_error(R"("file": "f", "systems": [])"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "systems": ["a b"])"), "(parsed)");
  EXPECT_EQ(job_error(R"("file": "f", "systems": ["x", "x"])"), "c.json:1:47: the system 'x' stands here a second time");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"--option": "x"})"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"a b": "x"})"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "arguments": {"a": "x\u0000"})"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "attribute": "a..b")"), "(parsed)");
  EXPECT_NE(job_error(R"("file": "f", "attribute": "a\u0000")"), "(parsed)");
  EXPECT_TRUE(parse_job(R"("file": "f", "attribute": "")").attribute.is_root());
}

TEST(RepositoryConfiguration, ASizeCheckSaysHowMuchAClosureMayGrow) {
  const auto bound = [](const std::string& number) {
    return parse_job(R"("file": "f", "size_check": {"max_increase_percent": )" + number + "}").size_check.value().max_increase_percent;
  };
  EXPECT_EQ(bound("10"), 10);
  EXPECT_EQ(bound("0"), 0);
  EXPECT_EQ(bound("0.5"), 0.5);
  EXPECT_EQ(bound("1000000"), 1e6);
  EXPECT_FALSE(parse_job(R"("file": "f")").size_check);
}

TEST(RepositoryConfiguration, ASizeCheckThatWouldCheckNothingIsAnError) {
  const auto error = [](const std::string& check) { return job_error(R"("file": "f", "size_check": )" + check); };
  EXPECT_EQ(error("{}"), "c.json:1:44: 'size_check' has no 'max_increase_percent': how much a closure may grow");
  EXPECT_EQ(error("10"), "c.json:1:44: 'size_check' must be an object, not a number");
  EXPECT_EQ(error(R"({"max_increase_percent": "10"})"), "c.json:1:69: 'max_increase_percent' must be a number, not a string");
  EXPECT_EQ(error(R"({"max_increase_percent": -1})"), "c.json:1:69: 'max_increase_percent' is 0 to 1000000");
  EXPECT_EQ(error(R"({"max_increase_percent": 1000000.5})"), "c.json:1:69: 'max_increase_percent' is 0 to 1000000");
  EXPECT_EQ(error(R"({"max_increase": 10})"), "c.json:1:45: a size check has no key 'max_increase'; did you mean 'max_increase_percent'?");
  EXPECT_NE(error(R"({"max_increase_percent": 1e999})"), "(parsed)");
}

TEST(RepositoryConfiguration, ThePrototypesBaseBranchOfASizeCheckIsANote) {
  const auto parsed = parse(R"({"jobs": {"j": {"file": "f", "size_check": {"max_increase_percent": 5, "base_branch": "main"}}}})");
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->jobs.at(0).size_check, SizeCheck{.max_increase_percent = 5});
  ASSERT_EQ(parsed->notes.size(), 1U);
  EXPECT_EQ(parsed->notes[0], "job 'j': 'size_check': 'base_branch' has no effect any more: sizes are compared with the review's base");
  EXPECT_NE(job_error(R"("file": "f", "size_check": {"max_increase_percent": 5, "base_branch": 1})"), "(parsed)");
}

TEST(RepositoryConfiguration, HarmlessKeysOfThePrototypeBecomeNotes) {
  const auto parsed = parse(R"({"rebuild_impact": {"enabled": false},
                                "jobs": {"j": {"file": "f", "allow_eval_failures": true, "caches": ["a"]}}})");
  ASSERT_TRUE(parsed) << parsed.error().message();
  ASSERT_EQ(parsed->notes.size(), 3U);
  EXPECT_TRUE(parsed->notes[0].starts_with("'rebuild_impact' has no effect"));
  EXPECT_TRUE(parsed->notes[1].starts_with("job 'j': 'allow_eval_failures' has no effect"));
  EXPECT_NE(job_error(R"("file": "f", "allow_eval_failures": "yes")"), "(parsed)");
}

TEST(Suggestion, FindsWhatWasMeant) {
  const std::vector<std::string_view> known = {"file", "attribute", "arguments", "systems", "allow_import_from_derivation"};
  EXPECT_EQ(nearest("flie", known), std::nullopt);
  EXPECT_EQ(nearest("fil", known), "file");
  EXPECT_EQ(nearest("system", known), "systems");
  EXPECT_EQ(nearest("argumnets", known), "arguments");
  EXPECT_EQ(nearest("allow-import-from-derivations", known), "allow_import_from_derivation");
  EXPECT_EQ(nearest("zzz", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), known), std::nullopt);
}

rc::Gen<std::string> word() {
  return rc::gen::nonEmpty(rc::gen::resize(20, rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z'))));
}

RC_GTEST_PROP(RepositoryConfigurationProperty, WhatIsWrittenIsReadBack, ()) {
  RepositoryConfiguration expected;
  json jobs = json::object();
  for (const std::string& name : *rc::gen::resize(5, rc::gen::container<std::set<std::string>>(word()))) {
    Job job;
    job.name = name;
    for (const std::string& part : *rc::gen::nonEmpty(rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(word())))) {
      job.file += (job.file.empty() ? "" : "/") + part;
    }
    job.attribute = AttributePath(*rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(word())));
    job.allow_import_from_derivation = *rc::gen::arbitrary<bool>();
    json written = {{"file", *rc::gen::element(std::string(), std::string("/"), std::string("./")) + job.file},
                    {"attribute", job.attribute.to_string()},
                    {"allow_import_from_derivation", job.allow_import_from_derivation},
                    {"arguments", json::object()}};
    if (*rc::gen::arbitrary<bool>()) {
      job.size_check = SizeCheck{.max_increase_percent = *rc::gen::inRange(0, 4'000'000) / 4.0};
      written["size_check"] = {{"max_increase_percent", job.size_check->max_increase_percent}};
    }
    for (const std::string& system : *rc::gen::resize(3, rc::gen::container<std::set<std::string>>(word()))) {
      job.systems.push_back(System::parse(system).value());
      written["systems"].push_back(system);
    }
    const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    for (const auto& [argument, value] : *rc::gen::resize(4, rc::gen::container<std::map<std::string, std::string>>(word(), text))) {
      const bool is_expression = *rc::gen::arbitrary<bool>();
      job.arguments.push_back({argument, is_expression ? JobArgument::Kind::expression : JobArgument::Kind::string, value});
      written["arguments"][argument] = is_expression ? json{{"expression", value}} : json(value);
    }
    jobs[name] = written;
    expected.jobs.push_back(std::move(job));
  }
  const auto parsed = parse(json{{"jobs", jobs}}.dump(*rc::gen::element(-1, 2)));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == expected);
}

// JSON that has the shape of a configuration but wrong things in it.
RC_GTEST_PROP(RepositoryConfigurationProperty, AnythingElseIsAnErrorThatSaysWhere, ()) {
  const auto piece = rc::gen::element<std::string>("{", "}", "[", "]", ",", ":", "\"jobs\"", "\"file\"", "\"systems\"", "\"arguments\"",
                                                   "\"size_check\"", "\"max_increase_percent\"", "\"expression\"", "\"x\"", "1", "true",
                                                   "null", "\n", "\"\\u0000\"", "\xff");
  std::string text;
  for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
  const auto parsed = parse(text);
  if (!parsed) RC_ASSERT(parsed.error().message().starts_with("c.json:"));
}

}  // namespace
}  // namespace ekaci::config
