#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "app/build_options.h"
#include "app/presentation.h"
#include "base/result.h"
#include "model/attribute.h"
#include "model/job.h"

namespace ekaci::app {

/// `ekaci review`, checked.
struct ReviewCommand {
  std::optional<std::string> base{};  ///< empty: the upstream default branch
  std::string head = "HEAD";
  std::string repository = ".";
  std::vector<std::string> jobs{};
  std::vector<System> systems{};
  std::optional<Job> job{};  ///< from --file and its companions
  std::optional<std::uint32_t> workers{};
  std::optional<std::uint64_t> memory{};  ///< bytes
  bool sandbox = true;
  bool verbose = false;  ///< say what is being done
  BuildOptions build{};
  Presentation presentation{};
};

/// `ekaci show`, checked.
struct ShowCommand {
  std::string repository = ".";
  std::optional<std::uint64_t> id{};  ///< empty: the repository's latest
  bool list = false;
  Presentation presentation{};
};

/// `ekaci why`, checked.
struct WhyCommand {
  AttributePath attribute{};
  bool fresh = false;      ///< make the review; else the repository's latest is asked
  ReviewCommand review{};  ///< of the review to make; `repository`, `presentation`, `jobs` and `systems` count always
};

/// `ekaci log`, checked.
struct LogCommand {
  /// A derivation's store path or base name, an attribute of the repository's latest review, or a log's own name.
  std::string what{};
  std::string repository = ".";
  std::optional<std::uint32_t> attempt{};  ///< empty: the newest that has a log
  bool follow = false;                     ///< go on while it is being written
  enum class Form {
    safe,  ///< what a terminal can be shown
    raw,   ///< as the builder wrote it
  } form = Form::safe;
};

/// `ekaci why-depends`, checked.
struct WhyDependsCommand {
  AttributePath attribute{};
  /// A package's name, with or without version, or a store path; empty: whatever differs.
  std::optional<std::string> dependency{};
  std::string repository = ".";
  std::optional<std::uint64_t> review{};  ///< its number; empty: the repository's latest
  std::string store{};                    ///< as BuildOptions::store
};

/// `ekaci config check`, checked.
struct ConfigCheckCommand {
  std::string file{};
  bool secrets = false;  ///< try to read them, too
};

/// `ekaci config example`.
struct ConfigExampleCommand {};

/// `ekaci serve`.
struct ServeCommand {
  std::string configuration{};  ///< its file
};

/// `ekaci status` and `ekaci queue`.
struct StatusCommand {
  std::string configuration{};  ///< of the server that is asked: its file
  enum class What { status, queue } what = What::status;
  enum class Form { terminal, json } form = Form::terminal;
  Presentation presentation{};  ///< of what goes to a terminal
};

/// `ekaci retry` and `ekaci cancel`.
struct OrderCommand {
  std::string configuration{};  ///< as StatusCommand has it
  std::string subject{};        ///< as `ekaci status` names it
  enum class Order { retry, retry_failed, cancel } order = Order::retry;
};

/// `ekaci log --config`, checked.
struct ServerLogCommand {
  std::string configuration{};  ///< as StatusCommand has it
  std::string subject{};        ///< as `ekaci status` names it
  std::string what{};           ///< an attribute, or a derivation
  std::optional<std::uint32_t> attempt{};
  bool follow = false;
  LogCommand::Form form = LogCommand::Form::safe;
};

/// `ekaci admin`, checked.
struct AdminCommand {
  enum class Action { list, add, remove } action = Action::list;
  std::string login{};          ///< of a person at the forge; empty for list
  std::string configuration{};  ///< of the server: its file
};

/// `ekaci gc`, checked.
struct GcCommand {
  std::string configuration{};  ///< of the server whose state directory is meant; empty: this user's cache
  bool dry_run = false;         ///< say what would go, and drop nothing
  bool json = false;
  std::optional<std::chrono::seconds> older_than{};  ///< of the cache: instead of the usual ages
  std::optional<std::uint64_t> disk{};               ///< of the cache: bytes that it may take
};

/// `ekaci backup`.
struct BackupCommand {
  std::string configuration{};
  std::string destination{};  ///< a file that does not exist
};

/// Text to print on standard output; then the process ends well (`--help`, `--version`).
struct PrintAndExit {
  std::string text;
};

using CommandLine =
    std::variant<ReviewCommand, ShowCommand, WhyCommand, LogCommand, WhyDependsCommand, ConfigCheckCommand, ConfigExampleCommand,
                 ServeCommand, StatusCommand, OrderCommand, ServerLogCommand, AdminCommand, GcCommand, BackupCommand, PrintAndExit>;

/// What the arguments (without the program's name) ask for. Every error is invalid_argument and says what to write instead.
Result<CommandLine> parse_command_line(std::span<const std::string> arguments);

}  // namespace ekaci::app
