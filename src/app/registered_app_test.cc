#include "app/registered_app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RegisteredAppFiles : public testing::Test {
 protected:
  ~RegisteredAppFiles() override { EXPECT_TRUE(remove_tree(state)); }

  static github::RegisteredApp app(std::int64_t id = 31) {
    return {.id = {id},
            .name = "EkaCI",
            .page = "https://github.com/apps/ekaci",
            .client_id = "Iv1.1",
            .owner = "rae-m",
            .is_owned_by_user = true,
            .private_key = Secret("a key\n"),
            .webhook_secret = Secret("a secret"),
            .client_secret = Secret("another")};
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }
  [[nodiscard]] Status store(const github::RegisteredApp& app) const { return store_registered_app(state, app, "https://ci.example"); }
  [[nodiscard]] ErrorCode load_error() const {
    const auto loaded = load_registered_app(state);
    EXPECT_FALSE(loaded);
    return loaded ? ErrorCode::internal : loaded.error().code();
  }

  fs::path state = make_unique_directory(fs::temp_directory_path(), "ekaci-app-").value();
};

TEST_F(RegisteredAppFiles, AreReadAsTheyWereStored) {
  EXPECT_FALSE(load_registered_app(state).value());
  ASSERT_TRUE(store(app()));
  const auto loaded = load_registered_app(state).value();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->id.value, 31);
  EXPECT_EQ(loaded->page, "https://github.com/apps/ekaci");
  EXPECT_EQ(loaded->server, "https://ci.example");
  EXPECT_EQ(loaded->private_key.reveal(), "a key\n");
  EXPECT_EQ(loaded->webhook_secret.reveal(), "a secret");
  EXPECT_EQ(loaded->first_admin, "rae-m");
  ASSERT_TRUE(forget_first_admin(state));
  EXPECT_FALSE(load_registered_app(state).value()->first_admin);
  EXPECT_TRUE(forget_first_admin(state));
}

TEST_F(RegisteredAppFiles, AreTheirOwnersAlone) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(store(app()));
  ::umask(before);
  EXPECT_EQ(mode_of(state / "app"), 0700U);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(state / "app")) {
    EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 8U);
  EXPECT_FALSE(fs::exists(state / "app.new"));
}

TEST_F(RegisteredAppFiles, OfAnOrganisationNameNoAdministrator) {
  github::RegisteredApp of_organisation = app();
  of_organisation.is_owned_by_user = false;
  ASSERT_TRUE(store(of_organisation));
  EXPECT_FALSE(load_registered_app(state).value()->first_admin);
}

TEST_F(RegisteredAppFiles, StayWhenAnotherAppIsRegistered) {
  ASSERT_TRUE(store(app()));
  EXPECT_EQ(store(app(32)).error().code(), ErrorCode::conflict);
  EXPECT_EQ(load_registered_app(state).value()->id.value, 31);
  EXPECT_FALSE(fs::exists(state / "app.new"));
}

TEST_F(RegisteredAppFiles, ThatWereNotFinishedAreNone) {
  fs::create_directory(state / "app.new");
  std::ofstream(state / "app.new" / "private-key.pem") << "of another";
  EXPECT_FALSE(load_registered_app(state).value());
  ASSERT_TRUE(store(app()));
  EXPECT_EQ(load_registered_app(state).value()->private_key.reveal(), "a key\n");
}

TEST_F(RegisteredAppFiles, OfWhichOneIsMissingOrWrongAreAnError) {
  for (const char* name : {"id", "page", "server", "private-key.pem", "webhook-secret"}) {
    ASSERT_TRUE(store(app()));
    fs::remove(state / "app" / name);
    EXPECT_EQ(load_error(), ErrorCode::corrupt) << name;
    std::ofstream(state / "app" / name) << "";
    EXPECT_EQ(load_error(), ErrorCode::corrupt) << name;
    ASSERT_TRUE(remove_tree(state / "app"));
  }
  for (const char* wrong : {"x", "-1", "0", "1x", "99999999999999999999"}) {
    ASSERT_TRUE(store(app()));
    std::ofstream(state / "app" / "id") << wrong;
    EXPECT_EQ(load_error(), ErrorCode::corrupt) << wrong;
    ASSERT_TRUE(remove_tree(state / "app"));
  }
  ASSERT_TRUE(store(app()));
  std::ofstream(state / "app" / "first-admin") << "../rae";
  EXPECT_EQ(load_error(), ErrorCode::corrupt);
}

TEST_F(RegisteredAppFiles, ThatOthersCanReadAreNotUsed) {
  ASSERT_TRUE(store(app()));
  ASSERT_EQ(::chmod((state / "app").c_str(), 0750), 0);
  EXPECT_EQ(load_error(), ErrorCode::permission_denied);
  EXPECT_THAT(load_registered_app(state).error().message(), HasSubstr("chmod 700"));
}

TEST_F(RegisteredAppFiles, CannotBeALink) {
  ASSERT_TRUE(store(app()));
  fs::rename(state / "app", state / "elsewhere");
  fs::create_directory_symlink(state / "elsewhere", state / "app");
  EXPECT_EQ(load_error(), ErrorCode::permission_denied);
}

}  // namespace
}  // namespace ekaci::app
