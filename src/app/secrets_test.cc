#include "app/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/config_command.h"
#include "base/files.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;
using config::CommandSecret;
using config::CredentialSecret;
using config::EnvironmentSecret;
using config::FileSecret;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "hunter2-hunter2";

/// A directory for files of secrets, and surroundings that know nothing but it.
class Secrets : public testing::Test {
 protected:
  Secrets() : directory_(make_unique_directory(fs::temp_directory_path(), "ekaci-secrets-").value()) {
    variables_["CREDENTIALS_DIRECTORY"] = directory_.string();
  }
  ~Secrets() override { EXPECT_TRUE(remove_tree(directory_)); }

  std::string file(const std::string& name, const std::string& content, mode_t mode = 0600) {
    const std::string path = (directory_ / name).string();
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  SecretSurroundings surroundings() {
    return {.variable = [this](const std::string& name) -> std::optional<std::string> {
              const auto found = variables_.find(name);
              return found == variables_.end() ? std::nullopt : std::optional(found->second);
            },
            .command_environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello"}}};
  }

  std::string revealed(const config::SecretSource& source) {
    const Result<Secret> secret = read_secret(source, surroundings());
    return secret ? std::string(secret->reveal()) : "(" + secret.error().to_string() + ")";
  }

  Error error_of(const config::SecretSource& source) {
    const Result<Secret> secret = read_secret(source, surroundings());
    const Error error = secret ? Error(ErrorCode::internal, "(was read)") : secret.error();
    EXPECT_THAT(error.to_string(), Not(HasSubstr(kSecret)));
    return error;
  }

  fs::path directory_;
  std::map<std::string, std::string> variables_;
};

CommandSecret shell(const std::string& script) { return {{"/bin/sh", "-c", script}}; }

TEST_F(Secrets, ComeFromTheEnvironment) {
  variables_["KEY"] = "hunter2\n";
  EXPECT_EQ(revealed(EnvironmentSecret{"KEY"}), "hunter2\n");
  const Error error = error_of(EnvironmentSecret{"OTHER"});
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_EQ(error.message(), "the environment variable OTHER is not set");
  variables_["KEY"] = "";
  EXPECT_EQ(error_of(EnvironmentSecret{"KEY"}).message(), "the environment variable KEY is empty");
}

TEST_F(Secrets, ComeFromAFileWithoutItsLastLineEnd) {
  EXPECT_EQ(revealed(FileSecret{file("a", "hunter2\n")}), "hunter2");
  EXPECT_EQ(revealed(FileSecret{file("b", "hunter2\r\n")}), "hunter2");
  EXPECT_EQ(revealed(FileSecret{file("c", "two\nlines\n\n", 0440)}), "two\nlines\n");
  EXPECT_EQ(revealed(FileSecret{file("d", std::string("\0\xff", 2))}), std::string("\0\xff", 2));
}

TEST_F(Secrets, AFileThatOthersCanUseIsRefused) {
  for (const mode_t mode : {mode_t{0604}, mode_t{0602}, mode_t{0644}, mode_t{0666}}) {
    const Error error = error_of(FileSecret{file("open", kSecret, mode)});
    EXPECT_EQ(error.code(), ErrorCode::permission_denied);
    EXPECT_THAT(error.message(), HasSubstr("others can read or write " + (directory_ / "open").string()));
  }
}

TEST_F(Secrets, AFileThatCannotBeReadIsAnError) {
  EXPECT_EQ(error_of(FileSecret{(directory_ / "none").string()}).code(), ErrorCode::not_found);
  EXPECT_EQ(error_of(FileSecret{directory_.string()}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of(FileSecret{"/dev/null"}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of(FileSecret{file("large", std::string(65537, 's'))}).code(), ErrorCode::resource_exhausted);
  EXPECT_THAT(error_of(FileSecret{file("empty", "\n")}).message(), HasSubstr("empty is empty"));
  const std::string pipe = (directory_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_of(FileSecret{pipe}).code(), ErrorCode::invalid_argument);
}

TEST_F(Secrets, ComeFromACredentialOfSystemd) {
  file("key", "hunter2\n", 0400);
  EXPECT_EQ(revealed(CredentialSecret{"key"}), "hunter2");
  EXPECT_EQ(error_of(CredentialSecret{"other"}).code(), ErrorCode::not_found);
  variables_.erase("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(error_of(CredentialSecret{"key"}).message(), HasSubstr("$CREDENTIALS_DIRECTORY is not set"));
}

TEST_F(Secrets, ComeFromACommand) {
  EXPECT_EQ(revealed(shell("echo hunter2")), "hunter2");
  EXPECT_EQ(revealed(shell("printf 'two\\nlines\\n\\n'")), "two\nlines\n");
  EXPECT_EQ(revealed(shell("echo \"$GREETING\"; echo said >&2")), "hello");
  EXPECT_EQ(revealed(CommandSecret{{"echo", "a  b", "*"}}), "a  b *");
}

TEST_F(Secrets, ACommandThatFailsSaysWhyButNotWhatItPrinted) {
  const Error error = error_of(shell("echo hunter2-hunter2; echo 'vault is \x1b[31msealed' >&2; exit 3"));
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_EQ(error.message(), "the command /bin/sh exited with 3: vault is sealed");
  EXPECT_EQ(error_of(shell("exit 1")).message(), "the command /bin/sh exited with 1");
  EXPECT_THAT(error_of(shell("echo hunter2-hunter2; echo key hunter2-hunter2 >&2; exit 1")).message(), HasSubstr("holds what it printed"));
  EXPECT_THAT(error_of(shell("printf 'hunter2-hunter2\\nb\\n'; echo hunter2-hunter2 >&2; exit 1")).message(),
              HasSubstr("holds what it printed"));
  EXPECT_THAT(error_of(shell("kill -9 $$")).message(), HasSubstr("signal 9"));
  EXPECT_THAT(error_of(shell(":")).message(), HasSubstr("is empty"));
  EXPECT_EQ(error_of(CommandSecret{{"ekaci-no-such-program"}}).code(), ErrorCode::not_found);
  EXPECT_EQ(error_of(shell("yes hunter2-hunter2")).code(), ErrorCode::resource_exhausted);
}

TEST_F(Secrets, ACommandCanBeStopped) {
  const CancelSource stop;
  stop.request_stop();
  SecretSurroundings stopped = surroundings();
  stopped.cancel = stop.get_token();
  const Result<Secret> secret = read_secret(CommandSecret{{"sleep", "60"}}, stopped);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code(), ErrorCode::cancelled);
}

TEST_F(Secrets, NoCommandSeesAVariableThatIsASecret) {
  config::ServerConfiguration configuration;
  configuration.github.webhook_secret = EnvironmentSecret{"WEBHOOK"};
  const auto left = command_environment(configuration, {{"HOME", "/root"}, {"WEBHOOK", kSecret}});
  EXPECT_EQ(left, (std::map<std::string, std::string>{{"HOME", "/root"}}));
}

TEST_F(Secrets, AreReportedByTheirLengthAlone) {
  config::ServerConfiguration configuration;
  EXPECT_EQ(report_secrets(configuration, surroundings()).lines, "");
  variables_["KEY"] = kSecret;
  configuration.github.private_key = EnvironmentSecret{"KEY"};
  configuration.github.webhook_secret = FileSecret{(directory_ / "none").string()};
  const SecretReport report = report_secrets(configuration, surroundings());
  EXPECT_FALSE(report.all_read);
  EXPECT_EQ(report.lines,
            "github.private_key: the environment variable KEY: 15 bytes\ngithub.webhook_secret: cannot be read: cannot open " +
                (directory_ / "none").string() + ": No such file or directory\n");
}

TEST(ConfigCommand, SaysWhatAServerWouldDo) {
  config::ServerConfiguration configuration;
  EXPECT_EQ(configuration_summary(configuration),
            "listens on 127.0.0.1:8080; is the App that is registered through it; keeps its state in /var/lib/ekaci");
  configuration.server.url = "https://ci.example.org";
  configuration.github.app_id = 7;
  EXPECT_EQ(configuration_summary(configuration),
            "listens on 127.0.0.1:8080, reached as https://ci.example.org; is App 7 of https://github.com; keeps its state in "
            "/var/lib/ekaci");
}

}  // namespace
}  // namespace ekaci::app
