#include <unistd.h>

#include <exception>
#include <string>
#include <vector>

#include "app/admin_command.h"
#include "app/backup_command.h"
#include "app/command_line.h"
#include "app/config_command.h"
#include "app/exit_status.h"
#include "app/gc_command.h"
#include "app/log_command.h"
#include "app/output.h"
#include "app/review_command.h"
#include "app/serve_command.h"
#include "app/show_command.h"
#include "app/status_command.h"
#include "app/why_depends_command.h"

namespace ekaci::app {
namespace {

ExitStatus report_failure(const Error& error) {
  write_text(STDERR_FILENO, "ekaci: " + error.to_string() + "\n");
  return exit_status_of(error.code());
}

struct Perform {
  Result<ExitStatus> operator()(const ReviewCommand& command) const { return review(command); }
  Result<ExitStatus> operator()(const ShowCommand& command) const { return show(command); }
  Result<ExitStatus> operator()(const WhyCommand& command) const { return why(command); }
  Result<ExitStatus> operator()(const LogCommand& command) const { return log(command); }
  Result<ExitStatus> operator()(const WhyDependsCommand& command) const { return why_depends(command); }
  Result<ExitStatus> operator()(const ConfigCheckCommand& command) const { return check_configuration(command); }
  Result<ExitStatus> operator()(const ConfigExampleCommand& /*command*/) const { return print_example_configuration(); }
  Result<ExitStatus> operator()(const ServeCommand& command) const { return serve(command); }
  Result<ExitStatus> operator()(const StatusCommand& command) const { return show_status(command); }
  Result<ExitStatus> operator()(const AdminCommand& command) const { return administer(command); }
  Result<ExitStatus> operator()(const GcCommand& command) const { return collect(command); }
  Result<ExitStatus> operator()(const BackupCommand& command) const { return back_up(command); }
  Result<ExitStatus> operator()(const OrderCommand& command) const { return give_order(command); }
  Result<ExitStatus> operator()(const ServerLogCommand& command) const { return show_server_log(command); }
  Result<ExitStatus> operator()(const PrintAndExit& text) const {
    write_text(STDOUT_FILENO, text.text);
    return ExitStatus::merge;
  }
};

ExitStatus run(std::vector<std::string> arguments) {
  const Result<CommandLine> command = parse_command_line(arguments);
  if (!command) return report_failure(command.error());
  const Result<ExitStatus> status = std::visit(Perform{}, *command);
  return status ? *status : report_failure(status.error());
}

}  // namespace
}  // namespace ekaci::app

int main(int count, char** values) {
  using namespace ekaci::app;
  try {
    return static_cast<int>(run(std::vector<std::string>(values + 1, values + count)));
  } catch (const std::exception& defect) {
    write_text(STDERR_FILENO, std::string("ekaci: a defect of EkaCI: ") + defect.what() + "\n");
    return static_cast<int>(ExitStatus::could_not_run);
  }
}
