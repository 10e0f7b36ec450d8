#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/secret.h"
#include "github/app_id.h"
#include "github/transport.h"

/// Registering an App by GitHub's manifest flow (docs.github.com/apps, "Registering a GitHub App from a manifest"): a form in a person's
/// browser brings a manifest to GitHub, GitHub makes the App and sends the browser back with a code, and the code is exchanged for what
/// only the App's owner is told.
namespace ekaci::github {

/// What the App may do in repositories, by GitHub's names.
struct AppPermission {
  std::string_view name{};
  std::string_view access{};  ///< `read` or `write`, which includes reading
};
/// What an App is used for that needs more than the rest does.
struct AppUse {
  bool labels = false;    ///< pull requests are labelled
  bool comments = false;  ///< pull requests are commented
};
/// All that the App asks for: what it uses and no more. The one place that says so; docs/server.md is held against it.
std::vector<AppPermission> app_permissions(AppUse use);
/// The events that it subscribes to. Those of installations come by themselves, and GitHub refuses a manifest that names them.
std::span<const std::string_view> app_events();

/// `checks: read and write; contents: read`.
std::string list_permissions(AppUse use);
/// `pull request, push`.
std::string list_events();

/// An App that is to be registered.
struct AppManifest {
  std::string name{};         ///< suggested: GitHub lets the person change it
  std::string home{};         ///< the server's own page
  std::string webhook{};      ///< where webhooks are to be sent
  std::string return_page{};  ///< where GitHub sends the browser to, with `code` and `state`
  AppUse use{};
};

/// The manifest, as JSON: the value of the form's field `manifest`.
std::string manifest_json(const AppManifest& manifest);

/// Where the form goes. `web` without a slash at its end; `organization` may be empty and must else be is_account(); the state is of
/// characters that need no encoding.
std::string registration_address(std::string_view web, std::string_view organization, std::string_view state);

/// An App just made, and what GitHub tells once.
struct RegisteredApp {
  AppId id{};
  std::string name{};
  std::string page{};  ///< its public page: an http or https URL; what installs it is below
  std::string client_id{};
  std::string owner{};  ///< a login, or an enterprise's slug
  bool is_owned_by_user = false;
  Secret private_key{};  ///< PEM, as PrivateKey::parse() takes it
  Secret webhook_secret{};
  Secret client_secret{};
};

/// Exchanges a code, which works once and for an hour. Blocks until GitHub has answered, half a minute at most. Errors, none of which names
/// the code: invalid_argument (this is no code, or GitHub refuses it), not_found (it is unknown, used or expired), unavailable (the same
/// code may work later), cancelled.
Result<RegisteredApp> convert_manifest(std::string_view api, std::string_view code, const Transport& transport, const CancelToken& cancel);

}  // namespace ekaci::github
