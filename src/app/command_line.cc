#include "app/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/command_options.h"
#include "app/version.h"

namespace ekaci::app {
namespace {

/// The command whose help is asked for: the last one named.
const CLI::App& asked_about(const CLI::App& app) {
  const std::vector<CLI::App*> named = app.get_subcommands();
  return named.empty() ? app : asked_about(*named.front());
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> arguments) {
  CLI::App app("EkaCI answers one question about a change to a Nix package repository: should I merge this?", "ekaci");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("ekaci {}", kVersion));
  Written written;
  DeclaredCommands declared;
  declare_repository_commands(app, written, declared);
  declare_server_commands(app, written, declared);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them last first
  } catch (const CLI::CallForHelp&) {
    return PrintAndExit{asked_about(app).help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndExit{fmt::format("ekaci {}", kVersion) + "\n"};
  } catch (const CLI::ParseError& error) {
    return usage(fmt::format("{}\nTry: ekaci --help", error.what()));
  }
  const auto chosen = std::ranges::find_if(declared, [](const DeclaredCommand& each) { return each.command->parsed(); });
  return chosen == declared.end() ? Result<CommandLine>(usage("no command; try: ekaci --help")) : chosen->check();
}

}  // namespace ekaci::app
