#include "nix/housing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "base/text.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

/// The place of an evaluator, with a shell in the evaluator's stead: what it can see, evaluated code could see at the most.
class Housing : public ::testing::Test {
 protected:
  Housing() : directory_(make_unique_directory(fs::temp_directory_path(), "ekaci-housing-test-").value()) {
    for (const char* name : {"tree", "nix/store", "nix/var", "walker", "etc", "tmp"}) fs::create_directories(directory_ / name);
    std::ofstream(directory_ / "tree/file") << "of the tree";
    [[maybe_unused]] const Status written = write_configuration(directory_ / "etc", {.system = "x86_64-linux"});
  }
  ~Housing() override { [[maybe_unused]] const Status removed = remove_tree(directory_); }
  Housing(const Housing&) = delete;
  Housing& operator=(const Housing&) = delete;

  [[nodiscard]] process::Completed run(const fs::path& program, std::vector<std::string> arguments,
                                       const Confinement& confinement = {}) const {
    const Facilities facilities{.mode = SandboxMode::bubblewrap,
                                .installation = {.program = program},
                                .helper = fs::path(EKACI_BINARY_DIR) / "src/helper/ekaci-helper",
                                .bubblewrap = process::find_program("bwrap").value()};
    const Lodging lodging{.tree = directory_ / "tree",
                          .nix = directory_ / "nix",
                          .walker = directory_ / "walker",
                          .configuration = directory_ / "etc",
                          .temporary = directory_ / "tmp"};
    const auto command = nix_command(facilities, lodging, confinement, std::move(arguments));
    EXPECT_TRUE(command) << command.error().to_string();
    auto done = process::run(command->command, "", {}, {});
    EXPECT_TRUE(done) << done.error().to_string();
    return done ? std::move(*done) : process::Completed{};
  }
  [[nodiscard]] std::string shell(const std::string& script) const {
    const process::Completed done = run("/bin/sh", {"-c", script});
    return done.output + done.error;
  }
  [[nodiscard]] std::string perl(const std::string& script) const {
    const process::Completed done = run("/usr/bin/perl", {"-e", script});
    return done.output + done.error;
  }

  fs::path directory_;
};

TEST_F(Housing, ShowsTheTreeAndALittleMore) {
  EXPECT_EQ(shell("pwd; read -r line < file || :; echo \"$line\""), "/ekaci/source\nof the tree\n");
  EXPECT_THAT(shell("echo /* /.[a-z]*"), MatchesRegex("/bin /dev /ekaci /etc (/lib[0-9x]* )+/nix /proc /tmp /usr /\\.\\[a-z\\]\\*\n"));
  EXPECT_EQ(shell("echo /ekaci/* /nix/* /nix/store/* /nix/var/* /dev/* /proc/* /proc/*/*"),
            "/ekaci/etc /ekaci/source /ekaci/walker /nix/store /nix/var /nix/store/* /nix/var/* /dev/null /dev/urandom /proc/self "
            "/proc/self/exe\n");
  EXPECT_EQ(shell("echo /etc/*"), "/etc/ld.so.cache /etc/passwd\n");
  EXPECT_EQ(shell("while read -r line; do echo \"$line\"; done < /etc/passwd"), "evaluator:x:1000:100::/tmp:/bin/false\n");
  EXPECT_EQ(shell("echo /usr/local/* /usr/src/* /tmp/*"), "/usr/local/* /usr/src/* /tmp/*\n");
}

TEST_F(Housing, ShowsNothingOfTheOneWhoStartedIt) {
  const std::string environment = shell("set");
  EXPECT_THAT(environment, HasSubstr("NIX_CONF_DIR='/ekaci/etc'"));
  for (const auto& name : {"USER=", "LOGNAME=", "SSH_", "GITHUB"}) EXPECT_THAT(environment, Not(HasSubstr(name)));
  EXPECT_THAT(environment, Not(HasSubstr(directory_.string())));
  const std::string own = fs::path(EKACI_SOURCE_DIR).string();
  EXPECT_EQ(shell("test -e " + own + " || test -e " + directory_.string() + " || test -e /root || test -e /home || echo none"), "none\n");
  EXPECT_EQ(perl("use POSIX; my @u = POSIX::uname(); print \"$u[1] $> $)\\n\""), "ekaci 1000 100\n");
}

TEST_F(Housing, LetsNothingBeWrittenButStoreAndTemporaryFiles) {
  for (const char* place : {"/ekaci/source/x", "/ekaci/walker/x", "/ekaci/etc/nix.conf", "/usr/x", "/x", "/etc/x", "/dev/x", "/proc/x"}) {
    EXPECT_THAT(shell(std::string("echo x > ") + place), HasSubstr("cannot create")) << place;
  }
  EXPECT_EQ(shell("echo x > /tmp/x; echo x > /nix/store/x; echo x > /nix/var/x"), "");
  EXPECT_TRUE(fs::exists(directory_ / "nix/store/x"));
}

TEST_F(Housing, StartsNoOtherProcess) {
  EXPECT_THAT(shell("/bin/ls /"), HasSubstr("Cannot fork"));
  EXPECT_THAT(perl("defined(fork) or print \"no: $!\\n\""), HasSubstr("no: Operation not permitted"));
  const process::Completed allowed = run("/bin/sh", {"-c", "/bin/ls /ekaci"}, {.system_calls = process::SystemCalls::processes});
  EXPECT_EQ(allowed.output, "etc\nsource\nwalker\n");
}

TEST_F(Housing, ReachesNoSocket) {
  EXPECT_EQ(
      perl("use Socket; for (AF_INET, AF_INET6, AF_UNIX) { socket(my $s, $_, SOCK_STREAM, 0) and print \"got one\"; } print \"done\""),
      "done");
}

TEST_F(Housing, MakesNoNamespaceAndTracesNothing) {
  // The numbers of x86-64: unshare, mount, ptrace, keyctl, bpf, io_uring_setup.
  EXPECT_EQ(perl("for (272, 165, 101, 250, 321, 425) { my $r = syscall($_, 0x10000000, 0, 0, 0, 0); print \"$_:\", ($r == -1 ? 0+$! : "
                 "'ok'), ' '; }"),
            "272:1 165:1 101:1 250:1 321:1 425:1 ");
}

TEST_F(Housing, HasNoCapability) {
  const process::Completed done = run("/usr/bin/perl", {"-e", "print chroot('/tmp') ? 'yes' : 'no', chown(0, 0, '/tmp') ? 'yes' : 'no'"});
  EXPECT_EQ(done.output, "nono");
}

TEST_F(Housing, KeepsTheLimits) {
  const process::Completed done =
      run("/usr/bin/perl", {"-e", "my $x = 'x' x (1 << 30); print 'had it'"}, {.memory = std::uint64_t{256} << 20U});
  EXPECT_EQ(done.output, "");
  EXPECT_FALSE(done.ended.status.succeeded());
}

TEST_F(Housing, CountsWhatRanInside) {
  const process::Completed done = run("/usr/bin/perl", {"-e", "my $x = 'x' x (200 << 20); my $i = 0; $i++ while $i < 5_000_000;"});
  EXPECT_GT(done.ended.usage.peak_memory, std::uint64_t{150} << 20U);
  EXPECT_GT(done.ended.usage.cpu, std::chrono::milliseconds(30));
}

TEST(Settings, AreCanonical) {
  EXPECT_EQ(settings_text({.system = "a"}), settings_text({.system = "a"}));
  EXPECT_NE(settings_text({.system = "a"}), settings_text({.system = "b"}));
  EXPECT_THAT(settings_text({}), HasSubstr("allow-import-from-derivation = false\nmax-jobs = 0\n"));
}

}  // namespace
}  // namespace ekaci::nix
