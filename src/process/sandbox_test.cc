#include "process/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace ekaci::process {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

const std::filesystem::path kHelper = std::filesystem::path(EKACI_BINARY_DIR) / "src/helper/ekaci-helper";

Completed run_limited(const ResourceLimits& limits, const std::string& script) {
  auto done =
      run(limited(kHelper, limits, {.arguments = {"/bin/sh", "-c", script}, .environment = {{"PATH", "/usr/bin:/bin"}}}), "", {}, {});
  EXPECT_TRUE(done) << done.error().to_string();
  return done ? std::move(*done) : Completed{};
}

TEST(Limits, AreSetBeforeTheProgramRuns) {
  const Completed done = run_limited({.address_space = 1U << 30U, .file_size = 1U << 20U, .open_files = 64, .stack = 1U << 20U},
                                     "ulimit -v; ulimit -f; ulimit -n; ulimit -s; ulimit -c");
  EXPECT_EQ(done.output, "1048576\n2048\n64\n1024\n0\n");
}

TEST(Limits, PassTheArgumentsAsTheyAre) {
  const auto done = run(limited(kHelper, {}, {.arguments = {"/bin/sh", "-c", "echo \"$0|$1\"", "--", "a=b c"}}), "", {}, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->output, "--|a=b c\n");
}

TEST(Limits, SayWhatCannotBeRun) {
  const auto done = run(limited(kHelper, {}, {.arguments = {"/no/such/program"}}), "", {}, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->ended.status.code, 126);
  EXPECT_THAT(done->error, HasSubstr("/no/such/program: No such file or directory"));
}

TEST(Limits, RefuseWhatTheyDoNotKnow) {
  for (const char* setting : {"colour=1", "stack", "stack=x", "stack=1x", "stack="}) {
    const auto done = run({.arguments = {kHelper, setting, "--", "/bin/true"}}, "", {}, {});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->ended.status.code, 126) << setting;
  }
  const auto orphan = run({.arguments = {kHelper, "parent=1", "--", "/bin/true"}}, "", {}, {});
  ASSERT_TRUE(orphan);
  EXPECT_EQ(orphan->ended.status.code, 126);
}

TEST(Helper, EndsAsTheProgramDid) {
  EXPECT_EQ(run_limited({}, "exit 3").ended.status.code, 3);
  EXPECT_EQ(run_limited({}, "kill -TERM $$").ended.status.signal, SIGTERM);
  EXPECT_EQ(run_limited({}, "kill -KILL $$").ended.status.signal, SIGKILL);
}

TEST(Helper, CountsWhatTheProgramUsed) {
  const Usage usage = run_limited({}, "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done").ended.usage;
  EXPECT_GT(usage.cpu.count(), 0);
  EXPECT_GT(usage.peak_memory, 0U);
}

TEST(Helper, LeavesNothingBehindThatTheProgramStarted) {
  // The sleeper holds the other end of standard output: run() would wait for it.
  const Completed done = run_limited({}, "setsid sleep 100000 & echo started");
  EXPECT_EQ(done.output, "started\n");
  EXPECT_TRUE(done.ended.status.succeeded());
}

TEST(Helper, KillsAllWhenItsParentDies) {
  constexpr const char* kParent =
      R"("$0" parent=$$ -- /bin/sh -c 'setsid sleep 100000 & echo started; wait' | { read line; kill -9 $$; cat; })";
  const auto done = run({.arguments = {"/bin/sh", "-c", kParent, kHelper}, .environment = {{"PATH", "/usr/bin:/bin"}}}, "", {}, {});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->ended.status.signal, SIGKILL);
}

TEST(Sandbox, IsDescribedByItsMounts) {
  const Sandbox sandbox{.mounts = {{.kind = Mount::Kind::read_only, .source = "/usr", .target = "/usr"},
                                   {.kind = Mount::Kind::temporary, .target = "/tmp", .size = 4096},
                                   {.kind = Mount::Kind::symlink, .source = "usr/bin", .target = "/bin"}},
                        .directory = "/tmp"};
  const auto command = sandboxed("/usr/bin/bwrap", sandbox, {.arguments = {"/bin/sh", "-c", "x"}});
  ASSERT_TRUE(command);
  const std::vector<std::string>& all = command->command.arguments;
  const std::vector<std::string> end = {"--ro-bind", "/usr",      "/usr",    "--size",  "4096",         "--tmpfs",
                                        "/tmp",      "--symlink", "usr/bin", "/bin",    "--remount-ro", "/",
                                        "--chdir",   "/tmp",      "--",      "/bin/sh", "-c",           "x"};
  ASSERT_GE(all.size(), end.size());
  EXPECT_THAT(std::vector<std::string>(all.end() - static_cast<std::ptrdiff_t>(end.size()), all.end()), ElementsAreArray(end));
  EXPECT_EQ(command->command.passed_descriptors, std::vector<int>{command->filter.get()});
}

TEST(Sandbox, FiltersAreReadFromTheirBeginning) {
  for (const SystemCalls allowed : {SystemCalls::single_process, SystemCalls::processes}) {
    const auto filter = system_call_filter(allowed);
    ASSERT_TRUE(filter) << filter.error().to_string();
    std::string bytes(1 << 16, '\0');
    const ssize_t got = ::read(filter->get(), bytes.data(), bytes.size());
    EXPECT_GT(got, 0);
    EXPECT_EQ(got % 8, 0) << "whole instructions";
  }
}

TEST(Children, AreThoseOfTheProcess) {
  auto child = spawn({.arguments = {"/bin/sh", "-c", "sleep 100 & echo started; wait"}}, {});
  ASSERT_TRUE(child);
  char byte = 0;
  while (::read(child->output().get(), &byte, 1) != 1) {
  }
  const std::vector<pid_t> children = children_of(child->pid());
  ASSERT_EQ(children.size(), 1U);
  EXPECT_NE(children.front(), child->pid());
  EXPECT_TRUE(children_of(children.front()).empty());
}

}  // namespace
}  // namespace ekaci::process
