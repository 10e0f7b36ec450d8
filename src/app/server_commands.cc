#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "app/command_options.h"
#include "base/text.h"
#include "config/quantities.h"
#include "github/names.h"

/// The commands about a server.
namespace ekaci::app {
namespace {

constexpr std::string_view kNoServer = "--config FILE says which server is asked";

CLI::App& declare_serve(CLI::App& app, ServeCommand& command) {
  CLI::App& serve = *app.add_subcommand("serve", "Review the pull requests of GitHub repositories, and tell GitHub");
  serve.footer("Runs until it is told to stop (SIGTERM, SIGINT). Exit status: 0 stopped, 3 the configuration is wrong, 4 could not run.");
  serve.add_option("--config", command.configuration, "The server's configuration, TOML; see `ekaci config example`")
      ->type_name("FILE")
      ->required();
  return serve;
}

void declare_standing(CLI::App& command, Written& written) {
  command.footer("Exit status: 0, 3 the configuration is wrong, 4 the server does not answer.");
  declare_server(command, written.status.configuration);
  command.add_flag("--json", written.json, "As JSON, for machines; its names are stable");
  command.add_flag("--all,-a", written.all, "List everything");
  declare_colour(command, written);
}

void declare_order(CLI::App& command, Written& written) {
  command.footer(
      "SUBJECT as `ekaci status` names it: acme/pkgs#12, acme/pkgs branch main.\n"
      "Exit status: 0, 3 usage, 4 no such subject, it cannot be done, or the server does not answer.");
  command.add_option("subject", written.words, "A pull request, branch or merge group")->type_name("SUBJECT")->required();
  declare_server(command, written.order.configuration);
}

CLI::App& declare_gc(CLI::App& app, Written& written) {
  CLI::App& gc = *app.add_subcommand("gc", "Drop what is too old or takes too much room, and say what");
  gc.footer("Exit status: 0, 3 usage, 4 could not.");
  gc.add_option("--config", written.gc.configuration,
                "Of the server with this configuration, whether or not it runs; default: of this user's cache")
      ->type_name("FILE");
  gc.add_flag("--dry-run,-n", written.gc.dry_run, "Drop nothing, and say what would go");
  gc.add_flag("--json", written.gc.json, "Say it as JSON");
  gc.add_option("--older-than", written.gc_older_than,
                "Of the cache: what was not used for so long, such as 7d; default: trees 7d, logs 90d, all else 365d")
      ->type_name("TIME");
  gc.add_option("--disk", written.gc_disk, "Of the cache: what it may take, such as 10G; default: 50G")->type_name("SIZE");
  return gc;
}

CLI::App& declare_backup(CLI::App& app, BackupCommand& command) {
  CLI::App& backup = *app.add_subcommand("backup", "Copy a server's database, while it runs");
  backup.footer("Exit status: 0, 3 the configuration is wrong, 4 could not; then no file is left.");
  backup.add_option("--config", command.configuration, "The server's configuration, TOML")->type_name("FILE")->required();
  backup.add_option("destination", command.destination, "A file that does not exist")->type_name("DEST")->required();
  return backup;
}

Result<StatusCommand> check_standing(Written& written, StatusCommand::What what) {
  StatusCommand& command = written.status;
  if (command.configuration.empty()) return usage(std::string(kNoServer));
  command.what = what;
  if (written.json) command.form = StatusCommand::Form::json;
  if (const Status shown = check_presentation(written); !shown) return fail(shown.error());
  command.presentation = std::move(written.command.presentation);
  return std::move(command);
}

Result<OrderCommand> check_order(Written& written, OrderCommand::Order order) {
  OrderCommand& command = written.order;
  if (command.configuration.empty()) return usage(std::string(kNoServer));
  command.order = order;
  command.subject = joined(written.words);
  return std::move(command);
}

Result<GcCommand> check_gc(Written& written) {
  GcCommand& command = written.gc;
  const bool is_of_cache = command.configuration.empty();
  if (!is_of_cache && (!written.gc_older_than.empty() || !written.gc_disk.empty())) {
    return usage("--older-than and --disk are for the cache; what holds for a server stands in [retention] of its configuration");
  }
  if (!written.gc_older_than.empty()) {
    command.older_than = config::parse_duration(written.gc_older_than);
    if (!command.older_than)
      return usage(fmt::format("--older-than {}: write a time such as 12h or 7d", printable_line(written.gc_older_than)));
  }
  if (!written.gc_disk.empty()) {
    command.disk = config::parse_size(written.gc_disk);
    if (!command.disk) return usage(fmt::format("--disk {}: write a size such as 10G or 512M", printable_line(written.gc_disk)));
  }
  return std::move(command);
}

/// The commands that talk to a running server, beside `ekaci log`.
void declare_control(CLI::App& app, Written& written, DeclaredCommands& declared) {
  CLI::App& status = *app.add_subcommand("status", "Say how a running server stands: what is stuck, under review, waiting, and why");
  CLI::App& queue = *app.add_subcommand("queue", "List what waits for a review in a running server, in its order");
  for (CLI::App* command : {&status, &queue}) declare_standing(*command, written);
  CLI::App& retry = *app.add_subcommand("retry", "Have a running server review something again");
  retry.add_flag("--failed-too", written.failed_too, "Also build again what is known to fail");
  CLI::App& cancel =
      *app.add_subcommand("cancel", "Have a running server stop a review, or not begin it; its check is concluded as cancelled");
  for (CLI::App* command : {&retry, &cancel}) declare_order(*command, written);
  declared.push_back({&status, [&written] { return as_command_line(check_standing(written, StatusCommand::What::status)); }});
  declared.push_back({&queue, [&written] { return as_command_line(check_standing(written, StatusCommand::What::queue)); }});
  declared.push_back({&retry, [&written] {
                        return as_command_line(
                            check_order(written, written.failed_too ? OrderCommand::Order::retry_failed : OrderCommand::Order::retry));
                      }});
  declared.push_back({&cancel, [&written] { return as_command_line(check_order(written, OrderCommand::Order::cancel)); }});
}

Result<CommandLine> check_admin(AdminCommand& command, AdminCommand::Action action) {
  command.action = action;
  if (action == AdminCommand::Action::list || github::is_account(command.login)) return CommandLine(std::move(command));
  return usage(fmt::format("'{}' is no login of a person on GitHub", printable_line(command.login)));
}

void declare_admin(CLI::App& app, AdminCommand& command, DeclaredCommands& declared) {
  using Action = AdminCommand::Action;
  CLI::App& admin = *app.add_subcommand("admin", "Who administers a server")->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, Action action) {
    CLI::App& added = *admin.add_subcommand(name, description);
    if (action != Action::list) added.add_option("login", command.login, "Their login on GitHub")->type_name("LOGIN")->required();
    added.add_option("--config", command.configuration, "The server's configuration, TOML")->type_name("FILE")->required();
    added.footer("Whether the server runs or not. Exit status: 0, 3 usage, 4 nobody of that name, or the state cannot be used.");
    declared.push_back({&added, [&command, action] { return check_admin(command, action); }});
  };
  add("add", "Make someone an administrator", Action::add);
  add("remove", "Make someone an administrator no more", Action::remove);
  add("list", "Print the administrators' logins", Action::list);
}

void declare_configuration(CLI::App& app, ConfigCheckCommand& command, DeclaredCommands& declared) {
  CLI::App& config = *app.add_subcommand("config", "The server's configuration")->require_subcommand(1);
  CLI::App& check = *config.add_subcommand("check", "Say what is wrong with a configuration, or what a server would do with it");
  check.footer("Exit status: 0, 3 the configuration is wrong, 4 it or a secret cannot be read.");
  check.add_option("file", command.file, "The configuration, TOML")->type_name("FILE")->required();
  check.add_flag("--secrets", command.secrets, "Also try to read the secrets; tells their lengths alone");
  const CLI::App& example = *config.add_subcommand("example", "Print a configuration with every key, its meaning and its default");
  declared.push_back({&check, [&command] { return Result<CommandLine>(std::move(command)); }});
  declared.push_back({&example, [] { return Result<CommandLine>(ConfigExampleCommand{}); }});
}

}  // namespace

void declare_server_commands(CLI::App& app, Written& written, DeclaredCommands& declared) {
  declared.push_back({&declare_serve(app, written.serve), [&written] { return Result<CommandLine>(std::move(written.serve)); }});
  declare_control(app, written, declared);
  declare_admin(app, written.admin, declared);
  declared.push_back({&declare_gc(app, written), [&written] { return as_command_line(check_gc(written)); }});
  declared.push_back({&declare_backup(app, written.backup), [&written] { return Result<CommandLine>(std::move(written.backup)); }});
  declare_configuration(app, written.config_check, declared);
}

}  // namespace ekaci::app
