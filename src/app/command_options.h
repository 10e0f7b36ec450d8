#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.h"
#include "base/result.h"

/// What the parts of the command line share: arguments are read with CLI11, then what was written is checked.
namespace ekaci::app {

/// The options as they were written, before they are checked.
struct Written {
  std::string range;
  std::string attribute;
  std::string file;
  std::string begin;
  std::vector<std::pair<std::string, std::string>> expressions;
  std::vector<std::pair<std::string, std::string>> strings;
  std::vector<std::string> systems;
  std::vector<std::string> sets;
  std::string memory;
  std::optional<std::uint64_t> id;
  std::string dependency;
  bool list = false;
  bool all = false;
  bool quiet = false;
  bool no_sandbox = false;
  bool raw = false;
  LogCommand log;
  ConfigCheckCommand config_check;
  ServeCommand serve;
  StatusCommand status;
  AdminCommand admin;
  GcCommand gc;
  std::string gc_older_than;
  std::string gc_disk;
  BackupCommand backup;
  OrderCommand order;
  std::vector<std::string> words;  // of a subject, before they are one name
  bool json = false;
  bool failed_too = false;
  ReviewCommand command;
};

/// A command, and how it is checked once its arguments were read.
struct DeclaredCommand {
  const CLI::App* command = nullptr;
  std::function<Result<CommandLine>()> check{};
};
using DeclaredCommands = std::vector<DeclaredCommand>;

/// Commands about a repository on this machine: review, show, why, why-depends, log. The application and what was written outlive
/// `declared`.
void declare_repository_commands(CLI::App& app, Written& written, DeclaredCommands& declared);
/// Commands about a server: serve, status, queue, retry, cancel, admin, gc, backup, config. As above.
void declare_server_commands(CLI::App& app, Written& written, DeclaredCommands& declared);

/// `--config` of the commands that ask a running server.
void declare_server(CLI::App& app, std::string& configuration);
void declare_colour(CLI::App& app, Written& written);
/// Takes over how much is told, and in which forms.
Status check_presentation(Written& written);

/// An error in what was written.
Failure usage(std::string message);
/// Words of the command line as one name: `acme/pkgs branch main`.
std::string joined(std::span<const std::string> words);

template <class Command>
Result<CommandLine> as_command_line(Result<Command> command) {
  if (!command) return fail(command.error());
  return std::move(*command);
}

}  // namespace ekaci::app
