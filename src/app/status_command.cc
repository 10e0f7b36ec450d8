#include "app/status_command.h"

#include <unistd.h>

#include <string>

#include "app/control_client.h"
#include "app/output.h"

namespace ekaci::app {
namespace {

Result<ExitStatus> print_answer(std::string_view text) {
  if (!write_text(STDOUT_FILENO, text)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

/// How the server is to lay it out for the terminal that we stand at.
ControlClient::Query view_for(const Presentation& presentation) {
  const report::TerminalStyle style = style_of(presentation);
  return {{"view", "terminal"},
          {"columns", std::to_string(style.columns)},
          {"rows", std::to_string(style.rows)},
          {"colour", style.colour == report::Colour::on ? "on" : "off"}};
}

}  // namespace

Result<ExitStatus> show_status(const StatusCommand& command) {
  Result<ControlClient> server = ControlClient::open(command.configuration);
  if (!server) return fail(server.error());
  const std::string path = command.what == StatusCommand::What::queue ? "/queue" : "/status";
  const bool is_json = command.form == StatusCommand::Form::json;
  const auto response = server->get(path, is_json ? ControlClient::Query() : view_for(command.presentation));
  if (!response) return fail(response.error());
  return print_answer(is_json ? response->body + "\n" : response->body);
}

Result<ExitStatus> give_order(const OrderCommand& command) {
  Result<ControlClient> server = ControlClient::open(command.configuration);
  if (!server) return fail(server.error());
  ControlClient::Query query{{"subject", command.subject}};
  if (command.order == OrderCommand::Order::retry_failed) query.emplace_back("failed", "yes");
  const auto response = server->post(command.order == OrderCommand::Order::cancel ? "/cancel" : "/retry", query);
  if (!response) return fail(response.error());
  return print_answer(response->body);
}

}  // namespace ekaci::app
