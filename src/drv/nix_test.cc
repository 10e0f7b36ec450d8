// Holds this room against Nix itself: a closure instantiated in a private store, and what Nix says of it.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "drv/closure.h"
#include "drv/derivation.h"
#include "drv/record.h"
#include "process/child.h"

namespace ekaci::drv {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The closure of tests/data/derivations, in a store of its own below a temporary directory. Made once for all tests.
class NixStore : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory = make_unique_directory(fs::temp_directory_path(), "ekaci-drv-").value();
    const fs::path expression = fs::path(EKACI_SOURCE_DIR) / "tests/data/derivations/default.nix";
    const std::string printed = nix({"nix-instantiate", expression.string()});
    root = StorePath::parse(printed.substr(0, printed.find('\n'))).value();
    for (const auto& entry : fs::directory_iterator(directory / "nix/store")) {
      const Result<StorePath> path = StorePath::parse_base_name(entry.path().filename().string());
      if (path && path->is_derivation()) files.emplace(*path, read(*path).value());
    }
  }
  static void TearDownTestSuite() { (void)remove_tree(directory).has_value(); }

  static std::string nix(std::vector<std::string> arguments) {
    process::Command command{.arguments = std::move(arguments)};
    command.environment = {
        {"HOME", directory.string()},
        {"NIX_REMOTE", "local?root=" + directory.string()},
        {"NIX_CONF_DIR", directory.string()},
        {"NIX_USER_CONF_FILES", "/dev/null"},
        {"NIX_CONFIG", "build-users-group =\nsubstitute = false\nexperimental-features = nix-command ca-derivations impure-derivations\n"},
    };
    const Result<process::Completed> done = process::run(command, "", {}, {});
    if (!done) ADD_FAILURE() << done.error().to_string();
    if (!done) return "";
    EXPECT_TRUE(done->ended.status.succeeded()) << done->error;
    return done->output;
  }

  static Result<std::string> read(const StorePath& path) {
    return read_file(directory / "nix/store" / path.base_name(), kMaxDerivationSize);
  }

  static fs::path directory;
  static std::optional<StorePath> root;
  static std::map<StorePath, std::string> files;
};

fs::path NixStore::directory;
std::optional<StorePath> NixStore::root;
std::map<StorePath, std::string> NixStore::files;

TEST_F(NixStore, HasEveryKindOfOutput) {
  std::set<std::size_t> kinds;
  for (const auto& [path, aterm] : files) {
    const Result<Derivation> derivation = parse(aterm);
    ASSERT_TRUE(derivation) << path.to_string() << derivation.error().to_string();
    for (const Output& output : derivation->outputs) kinds.insert(output.address.index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<OutputAddress>);
}

TEST_F(NixStore, EveryFileRoundTrips) {
  ASSERT_GE(files.size(), 10U);
  for (const auto& [path, aterm] : files) EXPECT_EQ(print(parse(aterm).value()), aterm);
}

TEST_F(NixStore, EveryPathIsThatOfItsBytes) {
  for (const auto& [path, aterm] : files) {
    EXPECT_EQ(derivation_path(path.name(), aterm, parse_inputs(aterm).value()).value(), path);
    EXPECT_TRUE(make_record(path, aterm));
  }
}

TEST_F(NixStore, ChangedBytesAreNotTheDerivationOfThatPath) {
  for (const auto& [path, aterm] : files) {
    std::string changed = aterm;
    const std::size_t at = changed.rfind("x86_64-linux");
    ASSERT_NE(at, std::string::npos);
    changed[at] = 'y';
    EXPECT_EQ(make_record(path, changed).error().code(), ErrorCode::corrupt);
    EXPECT_TRUE(make_trusted_record(path, changed));
  }
}

TEST_F(NixStore, ClosureIsEverythingBelowTheRootInputsFirst) {
  std::set<StorePath> seen;
  const ClosureWalk walk{.load = [](const StorePath& path) -> Result<DerivationRecord> {
                           Result<std::string> bytes = read(path);
                           if (!bytes) return fail(bytes.error());
                           return make_record(path, std::move(*bytes));
                         },
                         .known = [](const StorePath&) { return false; },
                         .sink =
                             [&](const DerivationRecord& record) {
                               for (const StorePath& input : record.input_derivations) EXPECT_TRUE(seen.contains(input));
                               EXPECT_TRUE(seen.insert(record.path).second);
                             }};
  ASSERT_TRUE(walk_closure({&*root, 1}, walk));
  std::set<StorePath> all;
  for (const auto& [path, aterm] : files) all.insert(path);
  EXPECT_EQ(seen, all);
}

/// The names of an input's outputs: a list in Nix 2.8, an object with the list since 2.15.
json output_names(const json& input) { return input.is_object() ? input.at("outputs") : input; }

/// The third field of an output: one text in Nix 2.8, method and algorithm since 2.17.
std::string hashing_of(const json& output) {
  static const std::map<std::string, std::string> prefixes = {{"flat", ""}, {"nar", "r:"}, {"text", "text:"}, {"git", "git:"}};
  const std::string algorithm = output.value("hashAlgo", "");
  return output.contains("method") ? prefixes.at(output["method"]) + algorithm : algorithm;
}

void expect_same_output(const json& nix, const Output& ours) {
  const std::optional<StorePath> path = ours.path();
  EXPECT_EQ(nix.value("path", ""), path ? path->to_string() : "");
  const auto* const fixed = std::get_if<FixedOutput>(&ours.address);
  EXPECT_EQ(nix.value("hash", ""), fixed != nullptr ? fixed->hash : "");
  if (fixed != nullptr) {
    EXPECT_EQ(hashing_of(nix), fixed->hashing.to_string());
  }
  if (const auto* const floating = std::get_if<FloatingOutput>(&ours.address)) {
    EXPECT_EQ(hashing_of(nix), floating->hashing.to_string());
  }
}

void expect_same(const json& nix, const Derivation& ours) {
  ASSERT_EQ(nix.at("outputs").size(), ours.outputs.size());
  for (const Output& output : ours.outputs) expect_same_output(nix.at("outputs").at(output.name), output);

  json inputs = json::object();
  for (const auto& [path, input] : nix.at("inputDrvs").items()) inputs[path] = output_names(input);
  json our_inputs = json::object();
  for (const InputDerivation& input : ours.input_derivations) our_inputs[input.path.to_string()] = input.outputs;
  EXPECT_EQ(inputs, our_inputs);

  json sources = json::array();
  for (const StorePath& source : ours.input_sources) sources.push_back(source.to_string());
  EXPECT_EQ(nix.at("inputSrcs"), sources);
  EXPECT_EQ(nix.at("system"), ours.system);
  EXPECT_EQ(nix.at("builder"), ours.builder);
  EXPECT_EQ(nix.at("args"), json(ours.arguments));
  json environment = json::object();
  for (const auto& [name, value] : ours.environment) environment[name] = value;
  EXPECT_EQ(nix.at("env"), environment);
}

TEST_F(NixStore, NixSaysTheSameOfEveryField) {
  std::vector<std::string> arguments = {"nix", "show-derivation"};
  for (const auto& [path, aterm] : files) arguments.push_back(path.to_string());
  const json shown = json::parse(nix(arguments), nullptr, false);
  ASSERT_TRUE(shown.is_object());
  ASSERT_EQ(shown.size(), files.size());
  for (const auto& [path, aterm] : files) {
    SCOPED_TRACE(path.to_string());
    expect_same(shown.at(path.to_string()), parse(aterm).value());
  }
}

}  // namespace
}  // namespace ekaci::drv
