#include "app/admin_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "app/config_command.h"
#include "app/output.h"
#include "app/world.h"
#include "base/clock.h"
#include "db/admins.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

/// What another user makes in the state directory, the server could not open. root may use what is there: SQLite gives its journals to the
/// database's owner then.
Status check_owner(const fs::path& state) {
  struct stat status{};
  if (::stat(state.c_str(), &status) != 0) {
    return fail(ErrorCode::not_found, "there is no state directory {}: start the server once, or make the directory, its own user's",
                state.string());
  }
  std::error_code ignored;
  const bool is_made = fs::exists(state / "ekaci.db", ignored);
  if (status.st_uid == ::geteuid() || (::geteuid() == 0 && is_made)) return {};
  return fail(ErrorCode::permission_denied, "{} is another user's: run this as the server's user", state.string());
}

Result<std::unique_ptr<db::SqliteAdmins>> open_admins(const fs::path& state, const Clock& clock) {
  if (const Status checked = check_owner(state); !checked) return fail(checked.error());
  const auto database = open_database(state, clock);
  if (!database) return fail(database.error());
  return db::SqliteAdmins::open({.file = state / "ekaci.db"}, clock);
}

Result<std::string> carry_out(const AdminCommand& command, db::SqliteAdmins& admins) {
  switch (command.action) {
    case AdminCommand::Action::add: {
      const Result<bool> added = admins.add(command.login);
      if (!added) return fail(added.error());
      return fmt::format("{} is an administrator {}\n", command.login, *added ? "now" : "already");
    }
    case AdminCommand::Action::remove: {
      const Result<bool> removed = admins.remove(command.login);
      if (!removed) return fail(removed.error());
      if (!*removed) return fail(ErrorCode::not_found, "{} is no administrator; `ekaci admin list` says who is", command.login);
      return fmt::format("{} is no administrator any more\n", command.login);
    }
    case AdminCommand::Action::list:
      break;
  }
  const Result<std::vector<std::string>> logins = admins.list();
  if (!logins) return fail(logins.error());
  std::string text;
  for (const std::string& login : *logins) text += login + "\n";
  return text;
}

}  // namespace

Result<ExitStatus> administer(const AdminCommand& command) {
  const SystemClock clock;
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  const auto admins = open_admins(configuration->server.state, clock);
  if (!admins) return fail(admins.error());
  const Result<std::string> said = carry_out(command, **admins);
  if (!said) return fail(said.error());
  if (!write_text(STDOUT_FILENO, *said)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

}  // namespace ekaci::app
