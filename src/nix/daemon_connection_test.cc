#include "nix/daemon_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "nix/daemon_test_store.h"
#include "wire/test_daemon.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

class DaemonConnectionTest : public testing::Test {
 protected:
  DaemonConnectionTest() : directory_(make_unique_directory(fs::temp_directory_path(), "ekaci-daemon-test-").value()) {}
  ~DaemonConnectionTest() override { [[maybe_unused]] const Status removed = remove_tree(directory_); }

  static DaemonWait within(milliseconds time, CancelToken cancel = {}) {
    return {.deadline = SystemClock().now() + time, .cancel = std::move(cancel)};
  }

  Result<std::unique_ptr<DaemonConnection>> open(const DaemonAddress& address, const DaemonWait& wait) {
    return DaemonConnection::open(address, reaper_, wait);
  }

  /// A shell script for a daemon.
  static DaemonProgram program(const std::string& script) {
    return {.command = {.arguments = {"/bin/sh", "-c", script}, .environment = {{"PATH", "/usr/bin:/bin"}}}};
  }

  /// A program that says this, and then what the script does.
  [[nodiscard]] DaemonProgram saying(const std::string& bytes, const std::string& then) const {
    std::ofstream(directory_ / "said", std::ios::binary) << bytes;
    return program("cat " + (directory_ / "said").string() + "; " + then);
  }

  fs::path directory_;
  std::shared_ptr<DaemonReaper> reaper_ = std::make_shared<DaemonReaper>(milliseconds(200));
};

const std::string kGreeting = wire::TestDaemon().greet(38).bytes();

TEST_F(DaemonConnectionTest, GreetsWhatSpeaksTheProtocol) {
  const auto connection = open(saying(kGreeting, "cat > /dev/null"), within(std::chrono::minutes(1)));
  ASSERT_TRUE(connection) << connection.error().to_string();
  EXPECT_EQ((*connection)->greeting().daemon_version, "2.99");
}

TEST_F(DaemonConnectionTest, ASilentDaemonIsGivenUp) {
  EXPECT_EQ(open(program("cat > /dev/null"), within(milliseconds(100))).error().code(), ErrorCode::timed_out);
}

TEST_F(DaemonConnectionTest, WaitingCanBeStopped) {
  const auto connection = open(saying(kGreeting, "cat > /dev/null"), within(std::chrono::minutes(1)));
  ASSERT_TRUE(connection);
  CancelSource stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ((*connection)->receive(within(std::chrono::minutes(10), stop.get_token())).error().code(), ErrorCode::cancelled);
  EXPECT_FALSE((*connection)->is_open());
  EXPECT_EQ((*connection)->receive(within(std::chrono::minutes(10))).error().code(), ErrorCode::unavailable);
}

TEST_F(DaemonConnectionTest, ADaemonThatEndsSaysWhy) {
  const auto connection = open(program("echo 'error: the store is locked' >&2; exit 1"), within(std::chrono::minutes(1)));
  EXPECT_EQ(connection.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(connection.error().to_string(), HasSubstr("the store is locked"));
}

TEST_F(DaemonConnectionTest, OtherLanguagesAreNotUnderstood) {
  EXPECT_EQ(open(program("echo Welcome to this machine, nice to meet you"), within(std::chrono::minutes(1))).error().code(),
            ErrorCode::corrupt);
}

TEST_F(DaemonConnectionTest, ADaemonThatTalksForEverIsGivenUp) {
  const auto connection =
      open(saying(kGreeting, "while cat " + (directory_ / "more").string() + "; do :; done"), within(std::chrono::minutes(1)));
  ASSERT_TRUE(connection);
  std::ofstream(directory_ / "more", std::ios::binary) << wire::TestDaemon().tag(wire::Tag::next).text("blah").bytes();
  const DaemonWait wait = within(milliseconds(300));
  Result<wire::Message> message = wire::Message(wire::Done());
  while (message) message = (*connection)->receive(wait);
  EXPECT_NE(message.error().code(), ErrorCode::internal);
}

TEST_F(DaemonConnectionTest, ADaemonThatDoesNotListenCannotHoldUsUp) {
  const auto connection = open(saying(kGreeting, "exec sleep 600"), within(std::chrono::minutes(1)));
  ASSERT_TRUE(connection);
  (*connection)->session().add_to_store({.name = "large"});
  (*connection)->session().content(std::string(std::size_t{4} << 20U, 'x'));
  EXPECT_EQ((*connection)->send_down_to(0, within(milliseconds(100))).error().code(), ErrorCode::timed_out);
}

TEST_F(DaemonConnectionTest, WhatIsSentToADaemonThatHasGoneIsAnErrorAndNoSignal) {
  const auto connection = open(saying(kGreeting, "exec < /dev/null; exit 0"), within(std::chrono::minutes(1)));
  ASSERT_TRUE(connection);
  (*connection)->session().add_to_store({.name = "large"});
  for (int n = 0; n < 64 && (*connection)->is_open(); ++n) {
    (*connection)->session().content(std::string(std::size_t{1} << 20U, 'x'));
    [[maybe_unused]] const auto sent = (*connection)->send_down_to(0, within(std::chrono::minutes(1)));
  }
  EXPECT_EQ((*connection)->receive(within(std::chrono::minutes(1))).error().code(), ErrorCode::unavailable);
}

TEST_F(DaemonConnectionTest, NobodyListens) {
  const auto absent = open(DaemonSocket{.path = directory_ / "socket"}, within(std::chrono::minutes(1)));
  EXPECT_EQ(absent.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(absent.error().to_string(), HasSubstr("systemctl"));
  const auto long_name = open(DaemonSocket{.path = std::string(200, 'x')}, within(std::chrono::minutes(1)));
  EXPECT_EQ(long_name.error().code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(open(DaemonProgram{.command = {.arguments = {directory_ / "absent"}}}, within(std::chrono::minutes(1))));
}

/// A socket that accepts and says nothing.
TEST_F(DaemonConnectionTest, ASilentSocketIsGivenUp) {
  const fs::path path = directory_ / "socket";
  const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(&address.sun_path[0], path.c_str(), path.native().size());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);  // NOLINT(*-reinterpret-cast)
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(open(DaemonSocket{.path = path}, within(milliseconds(100))).error().code(), ErrorCode::timed_out);
}

/// A real daemon that listens, for users that it trusts or does not.
class ListeningDaemon {
 public:
  explicit ListeningDaemon(const std::string& configuration) : place_(configuration) {
    Result<process::Child> child =
        process::spawn(place_.command({"nix-daemon"}), {process::Stream::null, process::Stream::null, process::Stream::null});
    if (child) child_ = std::move(*child);
    for (int tries = 0; tries < 200 && !fs::exists(socket()); ++tries) {
      if (child_) (void)child_->wait_for(milliseconds(50)).has_value();
    }
  }
  [[nodiscard]] fs::path socket() const { return place_.root() / "socket"; }
  [[nodiscard]] TestStore& place() { return place_; }
  [[nodiscard]] std::unique_ptr<DaemonStore> open() const {
    return TestStore::open(
        {.address = DaemonSocket{.path = socket()}, .description = {.name = "socket", .assurance = {.sandbox = BuildSandbox::full}}});
  }

 private:
  TestStore place_;
  std::optional<process::Child> child_;
};

TEST(ListeningDaemonTest, ATrustedUserBuildsWhatTheStoreDoesNotHave) {
  const ListeningDaemon daemon("trusted-users = root\n");
  const std::unique_ptr<DaemonStore> store = daemon.open();
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->is_trusted());
  EXPECT_EQ(store->description().assurance.sandbox, BuildSandbox::full);
  TestLog log;
  EXPECT_EQ(test_build(*store, test_order("good", "echo x > $out"), log).result, AttemptResult::built);
}

TEST(ListeningDaemonTest, AnUntrustedUserBuildsWhatTheStoreHas) {
  ListeningDaemon daemon("trusted-users = nobody\n");
  const std::unique_ptr<DaemonStore> store = daemon.open();
  ASSERT_NE(store, nullptr);
  EXPECT_FALSE(store->is_trusted());
  EXPECT_EQ(store->description().assurance.sandbox, BuildSandbox::none) << "the daemon's own setting holds";
  TestLog log;
  Result<std::unique_ptr<engine::BuilderConnection>> builder = store->connect();
  ASSERT_TRUE(builder);
  const auto refused = (*builder)->build(test_order("good", "echo x > $out"), log, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::unsupported);

  TestStore evaluation;
  const StorePath path = StorePath::parse(trim(evaluation.run({"nix-instantiate", "--expr",
                                                               R"(derivation { name = "real"; system = "x86_64-linux"; builder = "/bin/sh";
                                               args = [ "-c" "echo said; echo x > $out" ]; })"})))
                             .value();
  ASSERT_TRUE(store->import_paths(evaluation.root().string(), std::span(&path, 1), {}));
  const std::string aterm = read_file(evaluation.root() / "nix/store" / path.base_name(), drv::kMaxDerivationSize).value();
  const engine::BuildOrder order{.path = path, .derivation = drv::parse(aterm).value(), .inputs = {}, .limits = {}};
  const auto built = (*builder)->build(order, log, {});
  ASSERT_TRUE(built) << built.error().to_string();
  EXPECT_EQ(built->result, AttemptResult::built) << built->message;
  EXPECT_EQ(log.text, "said\n");
  const StorePath out = order.derivation.outputs[0].path().value();
  EXPECT_EQ(store->valid_paths(std::span(&out, 1)).value().size(), 1U);
}

TEST(ListeningDaemonTest, StoppingTheDaemonLosesTheConnectionAndNoMore) {
  auto daemon = std::make_unique<ListeningDaemon>("trusted-users = root\n");
  const std::unique_ptr<DaemonStore> store = daemon->open();
  ASSERT_NE(store, nullptr);
  daemon.reset();
  const StorePath path = test_path("out", "any");
  const auto asked = store->keep(std::span(&path, 1));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace ekaci::nix
