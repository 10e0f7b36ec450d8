#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "github/app_manifest.h"

/// The App that was registered through the server, in the folder `app` of its state directory: a file for each fact, so that a
/// configuration can name the secrets' files. The folder is the owner's alone (0700), and so is each file (0600). It comes to be as a
/// whole, by one rename, and nothing in it is ever changed but that `first-admin` goes once it was heeded.
namespace ekaci::app {

struct StoredApp {
  github::AppId id{};
  std::string page{};    ///< its public page
  std::string server{};  ///< this server's URL when it was registered: where GitHub sends webhooks, unless someone changed that there
  Secret private_key{};  ///< PEM
  Secret webhook_secret{};
  std::optional<std::string> first_admin{};  ///< the login of who registered it, until it is known as an administrator's
};

/// Stores one; durable when it returns. conflict where there is one already: that stays. What was not finished before is removed.
Status store_registered_app(const std::filesystem::path& state, const github::RegisteredApp& app, std::string_view server);

/// nullopt where none was registered. permission_denied where others could read it; corrupt where a part of it is missing or wrong.
Result<std::optional<StoredApp>> load_registered_app(const std::filesystem::path& state);

/// The first administrator is known now.
Status forget_first_admin(const std::filesystem::path& state);

}  // namespace ekaci::app
