#include "nix/inputs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "nix/evaluator.h"
#include "process/child.h"
#include "tests/support/fake_ports.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kRevision = "9acd37c8934331a3e53a099f8755101bc2a149e2";
constexpr std::string_view kWrongHash = "sha256-aQVuGH8JDGmzKGbiRIYVx07C6UXdRxPRWxvPArpUXUo=";

/// As corepkgs has it.
constexpr std::string_view kPins = R"(
let
  lock = builtins.fromJSON (builtins.readFile ./flake.lock);
  libInfo = lock.nodes.lib.locked;
in
{
  lib = builtins.fetchTree { inherit (libInfo) type owner repo narHash rev; };
}
)";

/// What `nix` prints for these arguments, in an environment of its own.
process::Completed run(process::Command command) {
  command.environment.emplace("HOME", "/homeless-shelter");
  command.environment.emplace("PATH", "/usr/bin:/bin");
  auto done = process::run(command, "", {}, {});
  EXPECT_TRUE(done) << done.error().to_string();
  return std::move(*done);
}

/// The server that stands for the forges (data/forge.py).
class Forge {
 public:
  explicit Forge(const fs::path& directory)
      : child_(process::spawn({.arguments = {"/usr/bin/python3", EKACI_SOURCE_DIR "/src/nix/data/forge.py", directory.string()},
                               .environment = {{"PATH", "/usr/bin:/bin"}}},
                              {.input = process::Stream::pipe, .output = process::Stream::pipe, .error = process::Stream::inherit})
                   .value()),
        directory_(directory) {
    pollfd ready{child_.output().get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 60'000), 1) << "the forge did not start";
    std::array<char, 16> line{};
    EXPECT_GT(::read(child_.output().get(), line.data(), line.size() - 1), 1);
    port_ = static_cast<std::uint16_t>(std::stoul(line.data()));
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t requests() const {
    const auto text = read_file(directory_ / "requests", 1'000'000);
    return text ? split(*text, '\n').size() - 1 : 0;
  }

 private:
  process::Child child_;
  fs::path directory_;
  std::uint16_t port_ = 0;
};

class Inputs : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("EKACI_TEST_NIX_ROOT");  // another system's, such as scripts/make-nix-2.26-chroot's
    auto installation = find_installation({}, root == nullptr ? "/" : root, {});
    if (!installation) GTEST_SKIP() << installation.error().to_string();
    facilities.installation = *installation;
    facilities.bubblewrap = process::find_program("bwrap").value();
    facilities.helper = fs::read_symlink("/proc/self/exe").parent_path() / "../helper/ekaci-helper";
    for (const char* name : {"tree", "forge/tree"}) fs::create_directories(directory / name);
    std::ofstream(directory / "forge/tree/default.nix") << "{ answer = 42; }";
    forge.emplace(directory / "forge");
    std::ofstream(directory / "tree/pins.nix") << kPins;
  }
  ~Inputs() override { [[maybe_unused]] const Status removed = remove_tree(directory); }

  /// Of what the forge serves.
  std::string nar_hash() const {
    const auto done =
        run({.arguments = {"nix", "--extra-experimental-features", "nix-command", "hash", "path", (directory / "forge/tree").string()}});
    EXPECT_TRUE(done.ended.status.succeeded()) << done.error;
    return std::string(trim(done.output));
  }

  static std::string github(std::string_view repository, std::string_view hash) {
    return fmt::format(R"({{"type": "github", "owner": "o", "repo": "{}", "rev": "{}", "narHash": "{}", "lastModified": 1}})", repository,
                       kRevision, hash);
  }
  void lock(const std::map<std::string, std::string>& nodes) const {
    std::string text = R"({"version": 7, "root": "root", "nodes": {"root": {})";
    for (const auto& [name, locked] : nodes) text += fmt::format(R"(, "{}": {{"locked": {}}})", name, locked);
    std::ofstream(directory / "tree/flake.lock") << text << "}}";
  }

  InputsRequest request() const {
    return {.tree = directory / "tree",
            .cache = directory / "cache",
            .nix_version = "nix (Nix) test",
            .limits = {.download = 10'000'000, .unpacked = 20'000'000, .time = std::chrono::seconds(60)},
            .trust = {
                .certificates = directory / "forge/certificate.pem",
                .local_ports = {{"github.com", forge->port()}, {"api.github.com", forge->port()}, {"inputs.example.org", forge->port()}}}};
  }
  PreparedInputs prepare(const InputsRequest& asked) const {
    auto prepared = prepare_inputs(facilities, asked, {});
    EXPECT_TRUE(prepared) << prepared.error().to_string();
    return std::move(*prepared);
  }
  PreparedInputs prepare() const { return prepare(request()); }

  /// An expression's value, evaluated with these inputs where there is no network; what is printed.
  std::string evaluate(const PreparedInputs& inputs, const std::string& expression) const {
    const fs::path own = make_unique_directory(directory, "scratch-").value();
    fs::create_directories(own / "nix/store");
    const Status copied = copy_input_records(inputs, own / "nix");
    EXPECT_TRUE(copied) << copied.error().to_string();
    std::ofstream(own / "passwd") << "evaluator:x:1000:100::/tmp:/bin/false\n";
    std::vector<std::string> words = {"bwrap",  "--unshare-all", "--uid", "1000",    "--gid", "100",
                                      "--bind", own / "nix",     "/nix",  "--tmpfs", "/tmp"};
    const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
    for (const std::string& entry : inputs.store_entries) add({"--ro-bind", inputs.nix / "store" / entry, "/nix/store/" + entry});
    add({"--ro-bind", facilities.installation.system_root / "usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64",
         "/lib64"});
    add({"--ro-bind", own / "passwd", "/etc/passwd", "--ro-bind", directory / "tree", "/tree"});
    add({"--symlink", facilities.installation.program, "/proc/self/exe", "--dev-bind", "/dev/null", "/dev/null"});
    add({facilities.installation.program, "eval", "--impure", "--json", "--expr", expression});
    const auto done = run({.arguments = words,
                           .environment = {{"NIX_REMOTE", "local"},
                                           {"NIX_CONFIG",
                                            "experimental-features = nix-command flakes\nrestrict-eval = true\nsubstitute = false\n"
                                            "build-users-group =\nsandbox = false\nallowed-uris = " +
                                                std::string(kAllowedUris)},
                                           {"NIX_PATH", "tree=/tree"},
                                           {"XDG_CACHE_HOME", "/nix/" + std::string(kFetcherCache)}}});
    return done.ended.status.succeeded() ? std::string(trim(done.output)) : done.error;
  }

  fs::path directory = make_unique_directory(fs::temp_directory_path(), "ekaci-inputs-").value();
  Facilities facilities;
  std::optional<Forge> forge;
};

TEST_F(Inputs, AnswerTheTreesOwnCallWithoutANetwork) {
  lock({{"lib", github("lib", nar_hash())}});
  const PreparedInputs inputs = prepare();
  EXPECT_TRUE(inputs.complete);
  EXPECT_THAT(inputs.notes, IsEmpty());
  EXPECT_EQ(evaluate(inputs, "(import (import /tree/pins.nix).lib).answer"), "42");
  EXPECT_EQ(
      evaluate(
          inputs,
          fmt::format(R"((import (builtins.fetchTarball {{ url = "https://github.com/o/lib/archive/x.tar.gz"; sha256 = "{}"; }})).answer)",
                      nar_hash())),
      "42")
      << "as flake-compat does";
}

/// Hears nothing.
class NoListener final : public engine::EvaluationListener {
 public:
  void opened(std::shared_ptr<engine::DerivationReader> /*derivations*/, std::filesystem::path /*store_root*/) override {}
  void progress(std::uint64_t /*known*/, std::uint64_t /*done*/, std::uint64_t /*errors*/) override {}
  void found(Attribute /*foremost*/) override {}
};

TEST_F(Inputs, AreThereWhenATreeIsEvaluated) {
  std::ofstream(directory / "tree/default.nix") << R"({
    answer = derivation {
      name = toString (import (import ./pins.nix).lib).answer;
      system = builtins.currentSystem;
      builder = "/bin/sh";
      source = (import ./pins.nix).lib;
    };
  })";
  lock({{"lib", github("lib", nar_hash())}});
  const SystemClock clock;
  for (const SandboxMode mode : {SandboxMode::bubblewrap, SandboxMode::none}) {
    if (mode == SandboxMode::none && facilities.installation.system_root != "/") continue;
    const InputsRequest asked = request();
    auto evaluator = make_evaluator({.cache = directory / "evaluator",
                                     .sandbox = mode,
                                     .system_root = facilities.installation.system_root,
                                     .fetch_limits = asked.limits,
                                     .fetch_trust = asked.trust},
                                    clock);
    ASSERT_TRUE(evaluator) << evaluator.error().to_string();
    NoListener listener;
    auto outcome = (*evaluator)
                       ->evaluate({.tree = TreeId::parse(std::string(40, '0')).value(),
                                   .files = std::make_shared<fake::Tree>(directory / "tree"),
                                   .job = {.name = "job", .file = "default.nix", .attribute = {}, .arguments = {}, .systems = {}},
                                   .system = (*evaluator)->native_system().value(),
                                   .limits = {}},
                                  listener, {});
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_TRUE(outcome->evaluation->repeatable);
    EXPECT_THAT(outcome->evaluation->notes, IsEmpty());
    const Attribute& answer = outcome->evaluation->attributes.back();
    const auto* derivation = std::get_if<EvaluatedDerivation>(&answer.result);
    const auto* error = std::get_if<EvaluationError>(&answer.result);
    ASSERT_NE(derivation, nullptr) << (error == nullptr ? "" : error->message);
    EXPECT_EQ(derivation->name, "42");
  }
}

TEST_F(Inputs, AreFetchedOnce) {
  lock({{"lib", github("lib", nar_hash())}});
  const PreparedInputs first = prepare();
  const std::size_t requests = forge->requests();
  EXPECT_GT(requests, 0U);
  const PreparedInputs second = prepare();
  EXPECT_EQ(second.nix, first.nix);
  EXPECT_EQ(forge->requests(), requests);
}

TEST_F(Inputs, OfAnotherSetAreTakenFromWhatIsThere) {
  std::ofstream(directory / "tree/compat.nix") << "builtins.readFile ./flake.lock";
  lock({{"lib", github("lib", nar_hash())}});
  const PreparedInputs first = prepare();
  const std::size_t requests = forge->requests();
  lock({{"lib", github("lib", nar_hash())},
        {"more", fmt::format(R"({{"type": "tarball", "url": "https://inputs.example.org/a.tar.gz", "narHash": "{}"}})", nar_hash())}});
  const PreparedInputs second = prepare();
  EXPECT_TRUE(second.complete) << second.notes.front();
  EXPECT_NE(second.nix, first.nix);
  EXPECT_LE(forge->requests(), requests + 1);
  EXPECT_EQ(evaluate(second, "(import (import /tree/pins.nix).lib).answer"), "42");
  EXPECT_EQ(
      evaluate(second, R"((import (builtins.fetchTree { inherit ((builtins.fromJSON (builtins.readFile /tree/flake.lock)).nodes.more.locked)
                                  type url narHash; })).answer)"),
      "42");
}

TEST_F(Inputs, ThatNoFileNamesAreLeftAlone) {
  lock({{"lib", github("lib", nar_hash())}, {"nixpkgs", github("missing", kWrongHash)}, {"local", R"({"type": "path", "path": "/etc"})"}});
  const PreparedInputs inputs = prepare();
  EXPECT_TRUE(inputs.complete);
  EXPECT_THAT(inputs.notes, IsEmpty());
}

TEST_F(Inputs, ThatAreMissingAreNotedAndLeaveTheOthers) {
  std::ofstream(directory / "tree/compat.nix") << "builtins.readFile ./flake.lock";
  lock({{"a", github("missing", kWrongHash)}, {"lib", github("lib", nar_hash())}, {"z", R"({"type": "path", "path": "/etc"})"}});
  const PreparedInputs inputs = prepare();
  EXPECT_FALSE(inputs.complete);
  EXPECT_THAT(inputs.notes, ElementsAre(HasSubstr("'z'"), testing::AllOf(HasSubstr("'a'"), HasSubstr("github.com"), HasSubstr("404"))));
  EXPECT_EQ(evaluate(inputs, "(import (import /tree/pins.nix).lib).answer"), "42");
  EXPECT_FALSE(prepare().complete);
}

TEST_F(Inputs, OfTheWrongContentAreRefusedAndLeaveNothingBehind) {
  lock({{"lib", github("lib", kWrongHash)}});
  const PreparedInputs inputs = prepare();
  EXPECT_FALSE(inputs.complete);
  EXPECT_THAT(inputs.notes,
              ElementsAre(testing::AllOf(HasSubstr("hash mismatch"), HasSubstr(std::string("github:o/lib/") + std::string(kRevision)))));
  EXPECT_THAT(inputs.store_entries, IsEmpty());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(directory / "cache")) left.push_back(entry.path().filename());
  EXPECT_THAT(left, ElementsAre("lock"));
}

TEST_F(Inputs, ThatLeadIntoThePrivateNetworkAreRefused) {
  lock({{"lib", github("private", kWrongHash)}});
  EXPECT_THAT(prepare().notes, ElementsAre(HasSubstr("127.0.0.1:443 is not on the public internet")));
}

TEST_F(Inputs, OfHostsThatNobodyKnowsAreNoted) {
  lock({{"lib", R"({"type": "gitlab", "host": "host.invalid", "owner": "o", "repo": "r", "rev": ")" + std::string(kRevision) +
                    R"(", "narHash": ")" + std::string(kWrongHash) + "\"}"}});
  EXPECT_THAT(prepare().notes, ElementsAre(HasSubstr("host.invalid:443 its name cannot be resolved")));
}

TEST_F(Inputs, ThatNeverEndAreCut) {
  lock({{"lib", github("huge", kWrongHash)}});
  EXPECT_THAT(prepare().notes, ElementsAre(HasSubstr("more than 10000000 bytes were sent")));
}

TEST_F(Inputs, ThatUnpackToTooMuchAreCut) {
  lock({{"lib", github("bomb", kWrongHash)}});
  const PreparedInputs inputs = prepare();
  EXPECT_FALSE(inputs.complete);
  EXPECT_THAT(inputs.store_entries, IsEmpty());
}

TEST_F(Inputs, ThatStallAreGivenUp) {
  lock({{"lib", github("slow", kWrongHash)}});
  InputsRequest asked = request();
  asked.limits.time = std::chrono::seconds(1);
  EXPECT_THAT(prepare(asked).notes, ElementsAre(HasSubstr("did not end within 1000 ms")));
}

TEST_F(Inputs, AreNotFetchedAfterCancelling) {
  lock({{"lib", github("lib", nar_hash())}});
  CancelSource source;
  source.request_stop();
  EXPECT_EQ(prepare_inputs(facilities, request(), source.get_token()).error().code(), ErrorCode::cancelled);
}

TEST_F(Inputs, AreNoneWithoutALockFileOrWithOneThatIsNone) {
  EXPECT_TRUE(prepare().nix.empty());
  std::ofstream(directory / "tree/flake.lock") << "nonsense";
  EXPECT_THAT(prepare().notes, ElementsAre(HasSubstr("flake.lock is not a JSON object")));
}

TEST_F(Inputs, AreNotReadThroughALink) {
  std::ofstream(directory / "elsewhere") << "{}";
  fs::create_symlink(directory / "elsewhere", directory / "tree/flake.lock");
  EXPECT_THAT(prepare().notes, ElementsAre(HasSubstr("flake.lock is a symbolic link")));
}

TEST_F(Inputs, ThatAKilledProcessLeftHalfMadeAreRemoved) {
  lock({{"lib", github("lib", nar_hash())}});
  fs::create_directories(directory / "cache/work-killed/0/nix/store");
  fs::create_directories(directory / "cache/doomed-killed/nix");
  EXPECT_TRUE(prepare().complete);
  EXPECT_FALSE(fs::exists(directory / "cache/work-killed"));
  EXPECT_FALSE(fs::exists(directory / "cache/doomed-killed"));
}

TEST_F(Inputs, AreKeptWithinABound) {
  for (int i = 0; i < 20; ++i) {
    const fs::path set = directory / "cache" / fmt::format("set-{}", i);
    fs::create_directories(set);
    std::ofstream(set / "contents") << "of another Nix";
    fs::last_write_time(set / "contents", fs::file_time_type::clock::now() - std::chrono::hours(20 - i));
  }
  lock({{"lib", github("lib", nar_hash())}});
  EXPECT_TRUE(prepare().complete);
  EXPECT_FALSE(fs::exists(directory / "cache/set-0"));
  EXPECT_FALSE(fs::exists(directory / "cache/set-4"));
  EXPECT_TRUE(fs::exists(directory / "cache/set-5"));
  EXPECT_TRUE(fs::exists(directory / "cache/set-19"));
}

}  // namespace
}  // namespace ekaci::nix
