// Replays conversations with real daemons: what tests/data/wire/record.py recorded, byte for byte in both directions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "wire/session.h"

namespace ekaci::wire {
namespace {

constexpr std::string_view kPresent = "/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting";
constexpr std::string_view kAbsent = "/nix/store/00000000000000000000000000000001-absent";

std::string data(const std::string& name) {
  std::ifstream file(EKACI_SOURCE_DIR "/tests/data/wire/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

StorePath path(std::string_view text) { return StorePath::parse(text).value(); }

void ask_to_build(Session& session, const std::string& name, const std::string& script) {
  const std::string out = fmt::format("/nix/store/0000000000000000000000000000000{}-{}", name.size(), name);
  const BasicDerivation derivation{.outputs = {{.name = "out", .path = out}},
                                   .inputs = {path(kPresent)},
                                   .system = "x86_64-linux",
                                   .builder = "/bin/sh",
                                   .arguments = {"-c", script},
                                   .environment = {{"name", name}, {"out", out}}};
  session.build(path(fmt::format("/nix/store/11111111111111111111111111111111-{}.drv", name)), derivation, BuildMode::normal);
}

/// What record.py asks.
void ask_everything(Session& session) {
  session.set_options({.cores = 1, .silence_seconds = 60, .overrides = {{"timeout", "100"}}});
  session.add_to_store({.name = "greeting", .method = AddMethod::text});
  session.content("hello\n");
  session.end_of_content();
  session.add_temp_root(path(kPresent));
  const std::vector<StorePath> both = {path(kAbsent), path(kPresent)};
  session.query_valid_paths(both);
  session.query_substitutable_paths(both);
  session.query_path_info(path(kPresent));
  session.query_path_info(path(kAbsent));
  ask_to_build(
      session, "good",
      "echo one; echo \"@nix {\\\"action\\\":\\\"setPhase\\\",\\\"phase\\\":\\\"buildPhase\\\"}\"; echo two >&2; echo done > $out");
  ask_to_build(session, "bad", "echo one; exit 3");
  session.ask_for_trust();
}

std::string show(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    const auto* number = std::get_if<std::uint64_t>(&field);
    text += number != nullptr ? fmt::format(" {}", *number) : fmt::format(" '{}'", printable_line(std::get<std::string>(field)));
  }
  return text;
}

std::string show(const PathFacts& facts) {
  return fmt::format("{} {} bytes, {} references, '{}'", facts.nar_hash, facts.nar_size, facts.references.size(), facts.content_address);
}

std::string show(const BuildResult& result) {
  return fmt::format("build result {}, built {} times, took {} s: {}", static_cast<std::uint64_t>(result.status), result.times_built,
                     result.stop - result.start, printable_line(result.message));
}

/// Without the numbers of activities, which are others each time.
struct Show {
  std::string operator()(const Greeting& greeting) const {
    return fmt::format("greeting 1.{} {} trust {}", greeting.minor, greeting.daemon_version, static_cast<int>(greeting.trust));
  }
  std::string operator()(const Notice& notice) const { return "notice " + printable_line(notice.text); }
  std::string operator()(const ActivityStart& start) const {
    return fmt::format("start {} '{}'{}", start.type, printable_line(start.text), show(start.fields));
  }
  std::string operator()(const ActivityStop& /*stop*/) const { return "stop"; }
  std::string operator()(const ActivityResult& result) const { return fmt::format("result {}{}", result.type, show(result.fields)); }
  std::string operator()(const Refusal& refusal) const { return "refusal " + printable_line(refusal.message); }
  std::string operator()(const Done& /*done*/) const { return "done"; }
  std::string operator()(const Paths& paths) const {
    std::string text = "paths";
    for (const StorePath& each : paths.paths) text += " " + each.to_string();
    return text;
  }
  std::string operator()(const PathInfoAnswer& answer) const { return answer.facts ? "info " + show(*answer.facts) : "not valid"; }
  std::string operator()(const Added& added) const { return fmt::format("added {} {}", added.path.to_string(), show(added.facts)); }
  std::string operator()(const BuildResult& result) const { return show(result); }
  std::string operator()(const BuildResults& results) const { return fmt::format("{} results", results.results.size()); }
};

class Transcript : public testing::TestWithParam<std::string> {};

TEST_P(Transcript, IsReadAndAskedForAsARealDaemonHasIt) {
  const std::string said = data(GetParam() + ".daemon");
  ASSERT_FALSE(said.empty());
  Session session;
  std::string asked;
  std::string shown;
  for (const char byte : said) {
    session.feed({&byte, 1});
    const Result<std::optional<Message>> message = session.next();
    ASSERT_TRUE(message) << message.error().to_string();
    if (*message) shown += std::visit(Show{}, **message) + "\n";
    if (*message && std::holds_alternative<Greeting>(**message)) ask_everything(session);
    asked += session.output();
    session.sent(session.output().size());
  }
  EXPECT_EQ(session.unanswered(), 0U);
  EXPECT_EQ(asked, data(GetParam() + ".client"));
  const std::string golden = EKACI_SOURCE_DIR "/tests/data/wire/" + GetParam() + ".txt";
  if (std::getenv("EKACI_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): tests have one thread
    std::ofstream(golden, std::ios::binary) << shown;
  }
  EXPECT_EQ(shown, data(GetParam() + ".txt")) << golden << " differs; EKACI_UPDATE_GOLDEN=1 rewrites it";
}

INSTANTIATE_TEST_SUITE_P(Golden, Transcript, testing::Values("nix-2.8.0", "nix-2.26.3"), [](const auto& transcript) {
  std::string name = transcript.param;
  for (char& c : name) {
    if (c == '.' || c == '-') c = '_';
  }
  return name;
});

}  // namespace
}  // namespace ekaci::wire
