#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"
#include "engine/build_ports.h"
#include "nix/build_store.h"
#include "process/child.h"

namespace ekaci::nix {

/// A fresh store of its own, served by the machine's `nix-daemon --stdio`, or by that of EKACI_TEST_NIX_ROOT, the root of another
/// system. Gone at the end.
class TestStore {
 public:
  explicit TestStore(std::string_view configuration = "")
      : directory_(make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-store-test-").value()) {
    for (const char* name : {"nix", "etc", "home"}) std::filesystem::create_directory(directory_ / name);
    // The shell that tests build with, where Nix builds in a sandbox: always where its store lies elsewhere than it says.
    std::ofstream(directory_ / "etc/nix.conf") << "build-users-group =\nsubstitute = false\nsubstituters =\nfsync-metadata = false\n"
                                                  "sandbox-paths = /bin/sh=/usr/bin/dash /usr /lib /lib64\n"
                                               << configuration;
  }
  ~TestStore() { [[maybe_unused]] const Status removed = remove_tree(directory_); }
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return directory_; }

  /// A Nix program on this store.
  [[nodiscard]] process::Command command(std::vector<std::string> arguments) const {
    const char* other = std::getenv("EKACI_TEST_NIX_ROOT");  // NOLINT(concurrency-mt-unsafe): nothing writes the environment
    if (other == nullptr) {
      const std::map<std::string, std::string> environment{
          {"HOME", directory_ / "home"}, {"NIX_CONF_DIR", directory_ / "etc"},
          {"NIX_USER_CONF_FILES", ""},   {"NIX_REMOTE", "local?root=" + directory_.string()},
          {"PATH", "/usr/bin:/bin"},     {"NIX_DAEMON_SOCKET_PATH", directory_ / "socket"}};
      return {.arguments = std::move(arguments), .environment = environment};
    }
    // One process namespace for all: a store's temporary roots are files named by process number.
    std::vector<std::string> inside = {"bwrap",
                                       "--cap-add",
                                       "ALL",
                                       "--bind",
                                       other,
                                       "/",
                                       "--dev",
                                       "/dev",
                                       "--proc",
                                       "/proc",
                                       "--tmpfs",
                                       "/tmp",
                                       "--bind",
                                       directory_,
                                       directory_,
                                       "--bind",
                                       directory_ / "nix",
                                       "/nix",
                                       "--ro-bind",
                                       directory_ / "etc",
                                       "/etc/nix",
                                       "--die-with-parent",
                                       "--setenv",
                                       "NIX_REMOTE",
                                       "local",
                                       "--setenv",
                                       "HOME",
                                       "/tmp"};
    inside.insert(inside.end(), arguments.begin(), arguments.end());
    return {.arguments = std::move(inside), .environment = {{"PATH", "/usr/bin:/bin"}}};
  }

  [[nodiscard]] DaemonStoreSettings settings() const {
    return {.address = DaemonProgram{.command = command({"nix-daemon", "--stdio"})}, .description = {.name = "test"}};
  }
  [[nodiscard]] std::unique_ptr<DaemonStore> open() const { return open(settings()); }
  static std::unique_ptr<DaemonStore> open(DaemonStoreSettings settings) {
    Result<std::unique_ptr<DaemonStore>> store = DaemonStore::open(std::move(settings), {});
    if (store) return std::move(*store);
    ADD_FAILURE() << store.error().to_string();
    return nullptr;
  }

  /// What a Nix program prints.
  std::string run(std::vector<std::string> arguments) const {
    const Result<process::Completed> done = process::run(command(std::move(arguments)), "", {}, {});
    if (!done) ADD_FAILURE() << done.error().to_string();
    if (!done) return "";
    EXPECT_TRUE(done->ended.status.succeeded()) << done->error;
    return done->output;
  }

 private:
  std::filesystem::path directory_;
};

/// Collects what builders say.
class TestLog final : public engine::LogSink {
 public:
  void write(std::string_view bytes) override {
    text += bytes;
    if (on_write) on_write();
  }
  void phase(std::string_view name) override { text += fmt::format("[{}]\n", name); }
  void idle() override { ++idled; }
  std::string text{};
  int idled = 0;
  std::function<void()> on_write{};
};

/// A path of this name; another `kind`, another path.
inline StorePath test_path(std::string_view kind, std::string_view name) {
  const Sha256 digest = sha256(fmt::format("{} {}", kind, name));
  StoreHash hash{};
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, name).value();
}

/// A derivation that runs a shell script. Its output's path is made up: a daemon that trusts us believes it.
inline engine::BuildOrder test_order(const std::string& name, const std::string& script, std::vector<StorePath> inputs = {}) {
  const StorePath out = test_path("out", name);
  drv::Derivation derivation{.outputs = {{.name = "out", .address = drv::InputAddressedOutput{out}}},
                             .system = "x86_64-linux",
                             .builder = "/bin/sh",
                             .arguments = {"-c", script},
                             .environment = {{"name", name}, {"out", out.to_string()}}};
  return {.path = test_path("drv", name + ".drv"), .derivation = std::move(derivation), .inputs = std::move(inputs), .limits = {}};
}

/// Builds once, on a connection of its own.
inline engine::AttemptReport test_build(DaemonStore& store, const engine::BuildOrder& order, TestLog& log) {
  const Result<std::unique_ptr<engine::BuilderConnection>> builder = store.connect();
  EXPECT_TRUE(builder) << builder.error().to_string();
  if (!builder) return {};
  Result<engine::AttemptReport> report = (*builder)->build(order, log, {});
  EXPECT_TRUE(report) << report.error().to_string();
  return report.value_or(engine::AttemptReport());
}

}  // namespace ekaci::nix
