#include "app/backup_command.h"

#include <unistd.h>

#include <filesystem>

#include "app/config_command.h"
#include "app/output.h"
#include "base/clock.h"
#include "base/text.h"
#include "db/backup.h"
#include "report/units.h"

namespace ekaci::app {

Result<ExitStatus> back_up(const BackupCommand& command) {
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  const std::filesystem::path database = configuration->server.state / "ekaci.db";
  if (const Status done = db::back_up(database, command.destination, SystemClock().wall()); !done) return fail(done.error());
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(command.destination, unknown);
  const std::string said = fmt::format("{}: {}, checked\n", printable_line(command.destination), report::bytes_text(unknown ? 0 : bytes));
  if (!write_text(STDOUT_FILENO, said)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

}  // namespace ekaci::app
