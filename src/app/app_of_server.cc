#include "app/app_of_server.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/output.h"
#include "app/registered_app.h"
#include "app/registration.h"
#include "app/secrets.h"
#include "app/world.h"
#include "db/admins.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

Result<AppSecrets> read_secrets(const config::ServerConfiguration& configuration) {
  const SecretSurroundings surroundings = surroundings_of_process(configuration);
  AppSecrets secrets;
  for (const NamedSecret& named : secrets_of(configuration)) {
    Result<Secret> secret = read_secret(named.source, surroundings);
    if (!secret) return fail(secret.error(), named.key);
    if (named.key == "github.private_key") {
      secrets.private_key = std::move(*secret);
    } else {
      secrets.webhook_secrets.push_back(std::move(*secret));
    }
  }
  return secrets;
}

Result<std::optional<ServerToBe>> configured(config::ServerConfiguration configuration, const Log& log) {
  Result<AppSecrets> secrets = read_secrets(configuration);
  if (!secrets) return fail(secrets.error());
  const auto registered = load_registered_app(configuration.server.state);
  if (!registered) {
    log.warning("the App that was registered through the server cannot be read, and is not needed: {}", registered.error().to_string());
  } else if (const std::optional<StoredApp>& other = *registered) {
    log.info("the configuration names the App {}: the App {}, {}, that was registered through the server is not used",
             configuration.github.app_id.value_or(0), other->id.value, other->page);
  }
  return std::optional<ServerToBe>({.configuration = std::move(configuration), .secrets = std::move(*secrets)});
}

/// Done before anything else is, and again where a death came in between.
Status heed_first_admin(const fs::path& state, const std::string& login, const Clock& clock, const Log& log) {
  const auto database = open_database(state, clock);
  if (!database) return fail(database.error());
  const auto admins = db::SqliteAdmins::open({.file = state / "ekaci.db"}, clock);
  if (!admins) return fail(admins.error());
  const Result<bool> added = (*admins)->add(login);
  if (!added) return fail(added.error());
  if (*added) log.info("{}, who registered the App, is an administrator now", login);
  return forget_first_admin(state);
}

Result<std::optional<ServerToBe>> registered(config::ServerConfiguration configuration, StoredApp app, const Clock& clock, const Log& log) {
  const std::string url = configuration.server.url.value_or("");
  if (app.server != url) {
    log.warning("the App {} was registered for {}, and the server is reached as {} now: see to the webhook's address in the App's settings",
                app.page, app.server, url);
  }
  if (app.first_admin) {
    const Status heeded = heed_first_admin(configuration.server.state, *app.first_admin, clock, log);
    if (!heeded) return fail(heeded.error(), "making who registered the App an administrator");
  }
  configuration.github.app_id = static_cast<std::uint64_t>(app.id.value);
  AppSecrets secrets{.private_key = std::move(app.private_key), .webhook_secrets = {}};
  secrets.webhook_secrets.push_back(std::move(app.webhook_secret));
  return std::optional<ServerToBe>({.configuration = std::move(configuration), .secrets = std::move(secrets)});
}

/// False where it was asked to stop before. The server goes on listening where it listened meanwhile.
Result<bool> register_now(config::ServerConfiguration& configuration, const Clock& clock, const Log& log, const CancelToken& stop) {
  const auto registration = Registration::start(configuration, clock, log);
  if (!registration) return fail(registration.error());
  configuration.server.listen.port = (*registration)->port();
  const std::string told = fmt::format("Register the App: {}\n", (*registration)->address());
  if (!write_text(STDOUT_FILENO, told)) return fail(ErrorCode::io, "cannot write to standard output");
  return (*registration)->wait(stop);
}

}  // namespace

Result<std::optional<ServerToBe>> find_app(config::ServerConfiguration configuration, const std::string& file, const Clock& clock,
                                           const CancelToken& stop) {
  const Log log(configuration.log.level, configuration.log.format);
  if (configuration.github.app_id) return configured(std::move(configuration), log);
  if (!configuration.server.url) {
    return fail(
        ErrorCode::invalid_argument,
        "{}: the server is no GitHub App yet: set url in [server], where people and GitHub reach it, and start it again to register "
        "one; or set app_id, private_key and webhook_secret in [github], too",
        file);
  }
  Result<std::optional<StoredApp>> app = load_registered_app(configuration.server.state);
  if (app && !*app) {
    const Result<bool> is_registered = register_now(configuration, clock, log, stop);
    if (!is_registered) return fail(is_registered.error());
    if (!*is_registered) return std::optional<ServerToBe>();
    app = load_registered_app(configuration.server.state);
  }
  if (!app) return fail(app.error());
  std::optional<StoredApp>& found = *app;
  if (!found) return fail(ErrorCode::corrupt, "the App that was just registered is gone from {}", configuration.server.state.string());
  return registered(std::move(configuration), std::move(*found), clock, log);
}

}  // namespace ekaci::app
