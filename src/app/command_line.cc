#include "app/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "app/version.h"
#include "base/text.h"
#include "config/quantities.h"
#include "github/names.h"

namespace ekaci::app {
namespace {

constexpr std::string_view kFooter =
    "Exit status: 0 merge, 1 do not merge, 2 wait or cannot tell, 3 usage, 4 could not run.\n"
    "With --no-build, a review that changes derivations cannot say `merge`.";

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

/// Without allow_extra_args(false) a repeatable option takes every word that follows, and brackets for a list of words.
template <class Values>
CLI::Option* add_repeatable(CLI::App& app, const char* name, Values& values, const char* description) {
  return app.add_option(name, values, description)->allow_extra_args(false);
}

void declare_repository(CLI::App& app, Written& written) {
  app.add_option("--repo", written.command.repository, "The git repository")->type_name("DIR")->capture_default_str();
}

void declare_colour(CLI::App& app, Written& written) {
  app.add_option("--colour,--color", written.command.presentation.colour, "Colours: auto, always or never")
      ->type_name("WHEN")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Colour>{{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}}));
}

/// What is told, and in which forms.
void declare_presentation(CLI::App& app, Written& written) {
  Presentation& presentation = written.command.presentation;
  app.add_option("--json", presentation.json, "Also write the report as JSON; - for standard output, alone")->type_name("FILE");
  app.add_option("--markdown", presentation.markdown, "Also write it as markdown that fits a comment on GitHub; or -")->type_name("FILE");
  app.add_option("--html", presentation.html, "Also write it as one HTML page; or -")->type_name("FILE");
  add_repeatable(app, "--maintainer", presentation.filter.maintainers, "Only what this maintainer keeps (may be repeated)")
      ->type_name("NAME");
  add_repeatable(app, "--set", written.sets, "Only this package set, . for the top level (may be repeated)")->type_name("SET");
  app.add_flag("--all,-a", written.all, "List everything");
  app.add_flag("--quiet,-q", written.quiet, "Only the verdict and the counts");
  declare_colour(app, written);
}

/// What is evaluated, and how.
void declare_evaluation(CLI::App& app, Written& written) {
  add_repeatable(app, "--job", written.command.jobs, "Only this job of the configuration (may be repeated)")->type_name("NAME");
  add_repeatable(app, "--system", written.systems, "Only this system (may be repeated)")->type_name("SYSTEM");
  app.add_option("--file", written.file, "Evaluate this file instead of the configuration's jobs")->type_name("FILE");
  app.add_option("--attr", written.begin, "With --file: begin at this attribute")->type_name("ATTR");
  add_repeatable(app, "--arg", written.expressions, "With --file: an argument, as a Nix expression (may be repeated)")
      ->type_name("NAME EXPR");
  add_repeatable(app, "--argstr", written.strings, "With --file: an argument, as a string (may be repeated)")->type_name("NAME TEXT");
  app.add_option("--workers", written.command.workers, "Evaluators at once; default: one for each processor")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  app.add_option("--memory", written.memory, "Memory for all evaluators together, such as 8G; default: three quarters of what is free")
      ->type_name("SIZE");
  app.add_flag("--no-sandbox", written.no_sandbox, "Evaluate without a sandbox: only for trees you trust");
  app.add_flag("--verbose,-v", written.command.verbose, "Say what is being done, and list everything");
}

CLI::App& declare_review(CLI::App& app, Written& written) {
  CLI::App& review = *app.add_subcommand("review", "Say what a git range changes for every attribute of the repository");
  review.footer(std::string(kFooter));
  review.add_option("range", written.range, "BASE..HEAD or HEAD; default: the upstream default branch..HEAD")->type_name("REVISIONS");
  declare_repository(review, written);
  declare_evaluation(review, written);
  declare_building(review, written.command.build);
  declare_presentation(review, written);
  return review;
}

CLI::App& declare_show(CLI::App& app, Written& written) {
  CLI::App& show = *app.add_subcommand("show", "Show a review that was made before");
  show.footer("Exit status: that of the review; for --list 0; 3 usage, 4 no such review.");
  show.add_option("review", written.id, "Its number; default: the repository's latest")->type_name("NUMBER");
  show.add_flag("--list,-l", written.list, "List the repository's reviews");
  declare_repository(show, written);
  declare_presentation(show, written);
  return show;
}

CLI::App& declare_why(CLI::App& app, Written& written) {
  CLI::App& why = *app.add_subcommand("why", "Say why an attribute is rebuilt: the way down to where the change entered");
  why.footer("Exit status: 0, 3 usage, 4 no such attribute or review.");
  why.add_option("attribute", written.attribute, "As Nix writes it, such as python3Packages.requests")->type_name("ATTR")->required();
  why.add_option("range", written.range, "BASE..HEAD or HEAD; default: the repository's latest review")->type_name("REVISIONS");
  declare_repository(why, written);
  declare_evaluation(why, written);
  declare_colour(why, written);
  return why;
}

void declare_server(CLI::App& app, std::string& configuration) {
  app.add_option("--config", configuration, "The configuration of the running server that is asked, TOML")->type_name("FILE");
}

CLI::App& declare_log(CLI::App& app, Written& written) {
  CLI::App& log = *app.add_subcommand("log", "Print the log of an attempt at building a derivation");
  log.footer(
      "With --config: SUBJECT ATTR, of the newest review that a running server made of it, such as acme/pkgs#12 hello.\n"
      "Exit status: 0, 3 usage, 4 no such log.");
  log.add_option("what", written.words, "A derivation, an attribute of the repository's latest review, or a log's name")
      ->type_name("DRV|ATTR")
      ->required();
  log.add_option("--attempt", written.log.attempt, "Its number, the first being 1; default: the newest with a log")->type_name("N");
  log.add_flag("--follow,-f", written.log.follow, "Go on while it is being written");
  log.add_flag("--raw", written.raw, "As the builder wrote it, escapes and all");
  declare_repository(log, written);
  declare_server(log, written.status.configuration);
  return log;
}

CLI::App& declare_why_depends(CLI::App& app, Written& written) {
  CLI::App& why =
      *app.add_subcommand("why-depends", "Say what an attribute's outputs keep at run time that they did not, and what keeps it");
  why.footer("Exit status: 0, 3 usage, 4 no such attribute, dependency or review.");
  why.add_option("attribute", written.attribute, "As Nix writes it, such as python3Packages.requests")->type_name("ATTR")->required();
  why.add_option("dependency", written.dependency, "A package that it keeps, or a store path; default: all that differ")
      ->type_name("DEPENDENCY");
  why.add_option("--review", written.id, "The number of a review; default: the repository's latest")->type_name("NUMBER");
  declare_repository(why, written);
  declare_store(why, written.command.build.store);
  return why;
}

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

/// The commands that talk to a running server, beside `ekaci log`.
struct ServerCommands {
  const CLI::App& status;
  const CLI::App& queue;
  const CLI::App& retry;
  const CLI::App& cancel;
};

ServerCommands declare_server_commands(CLI::App& app, Written& written) {
  CLI::App& status = *app.add_subcommand("status", "Say how a running server stands: what is stuck, under review, waiting, and why");
  CLI::App& queue = *app.add_subcommand("queue", "List what waits for a review in a running server, in its order");
  for (CLI::App* command : {&status, &queue}) declare_standing(*command, written);
  CLI::App& retry = *app.add_subcommand("retry", "Have a running server review something again");
  retry.add_flag("--failed-too", written.failed_too, "Also build again what is known to fail");
  CLI::App& cancel =
      *app.add_subcommand("cancel", "Have a running server stop a review, or not begin it; its check is concluded as cancelled");
  for (CLI::App* command : {&retry, &cancel}) declare_order(*command, written);
  return {status, queue, retry, cancel};
}

/// The commands of `ekaci admin`.
struct AdminCommands {
  const CLI::App& admin;
  const CLI::App& add;
  const CLI::App& remove;
  const CLI::App& list;
};

AdminCommands declare_admin(CLI::App& app, AdminCommand& command) {
  CLI::App& admin = *app.add_subcommand("admin", "Who administers a server")->require_subcommand(1);
  CLI::App& add = *admin.add_subcommand("add", "Make someone an administrator");
  CLI::App& remove = *admin.add_subcommand("remove", "Make someone an administrator no more");
  CLI::App& list = *admin.add_subcommand("list", "Print the administrators' logins");
  for (CLI::App* changing : {&add, &remove})
    changing->add_option("login", command.login, "Their login on GitHub")->type_name("LOGIN")->required();
  for (CLI::App* any : {&add, &remove, &list}) {
    any->add_option("--config", command.configuration, "The server's configuration, TOML")->type_name("FILE")->required();
    any->footer("Whether the server runs or not. Exit status: 0, 3 usage, 4 nobody of that name, or the state cannot be used.");
  }
  return {admin, add, remove, list};
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

/// The commands of `ekaci config`.
struct ConfigCommands {
  const CLI::App& config;
  const CLI::App& check;
  const CLI::App& example;
};

ConfigCommands declare_config(CLI::App& app, Written& written) {
  CLI::App& config = *app.add_subcommand("config", "The server's configuration")->require_subcommand(1);
  CLI::App& check = *config.add_subcommand("check", "Say what is wrong with a configuration, or what a server would do with it");
  check.footer("Exit status: 0, 3 the configuration is wrong, 4 it or a secret cannot be read.");
  check.add_option("file", written.config_check.file, "The configuration, TOML")->type_name("FILE")->required();
  check.add_flag("--secrets", written.config_check.secrets, "Also try to read the secrets; tells their lengths alone");
  CLI::App& example = *config.add_subcommand("example", "Print a configuration with every key, its meaning and its default");
  return {config, check, example};
}

Failure usage(std::string message) { return Failure(Error(ErrorCode::invalid_argument, std::move(message))); }

Result<std::uint64_t> read_memory(std::string_view text) {
  const std::optional<std::uint64_t> bytes = config::parse_size(text);
  if (!bytes || *bytes == 0) return usage(fmt::format("--memory {}: write a size such as 8G or 512M", printable_line(text)));
  return *bytes;
}

Status read_range(const std::string& range, ReviewCommand& command) {
  const std::size_t dots = range.find("..");
  if (dots == std::string::npos) {
    if (!range.empty()) command.head = range;
    return {};
  }
  // Three dots mean the same here as two: head is always merged into base.
  const std::size_t after = range.find_first_not_of('.', dots);
  const std::string base = range.substr(0, dots);
  const std::string head = after == std::string::npos ? "" : range.substr(after);
  if (head.find("..") != std::string::npos) return usage(fmt::format("'{}' is not a range; write BASE..HEAD", printable_line(range)));
  if (!base.empty()) command.base = base;
  if (!head.empty()) command.head = head;
  return {};
}

Result<std::string> relative_file(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(file).relative_path().lexically_normal();
  const bool leaves = path.empty() || *path.begin() == "..";
  if (leaves) return usage(fmt::format("--file {}: name a file inside the repository, relative to its root", printable_line(file)));
  return path.string();
}

Result<std::optional<Job>> read_job(const Written& written) {
  if (written.file.empty()) {
    const bool companions = !written.begin.empty() || !written.expressions.empty() || !written.strings.empty();
    if (companions) return usage("--attr, --arg and --argstr go with --file");
    return std::nullopt;
  }
  if (!written.command.jobs.empty())
    return usage("--job names a job of the configuration; --file replaces the configuration: use one of them");
  const Result<std::string> file = relative_file(written.file);
  if (!file) return fail(file.error());
  const Result<AttributePath> attribute = AttributePath::parse(written.begin);
  if (!attribute) return fail(attribute.error(), "--attr");
  Job job{.name = *file, .file = *file, .attribute = *attribute};
  for (const auto& [name, text] : written.expressions) job.arguments.push_back({name, JobArgument::Kind::expression, text});
  for (const auto& [name, text] : written.strings) job.arguments.push_back({name, JobArgument::Kind::string, text});
  std::ranges::sort(job.arguments, {}, &JobArgument::name);
  const auto twice = std::ranges::adjacent_find(job.arguments, {}, &JobArgument::name);
  if (twice != job.arguments.end()) return usage(fmt::format("the argument {} is given twice", printable_line(twice->name)));
  return job;
}

Status check_presentation(Written& written) {
  Presentation& presentation = written.command.presentation;
  if (written.all && written.quiet) return usage("--all and --quiet contradict each other");
  if (written.all || written.command.verbose) presentation.verbosity = report::Verbosity::all;
  if (written.quiet) presentation.verbosity = report::Verbosity::quiet;
  for (const std::string& text : written.sets) {
    Result<AttributePath> set = report::parse_set(text);
    if (!set) return fail(set.error(), "--set");
    presentation.filter.sets.push_back(std::move(*set));
  }
  int to_standard_output = 0;
  for (const auto* file : {&presentation.json, &presentation.markdown, &presentation.html}) {
    if (!*file) continue;
    if ((*file)->empty()) return usage("--json, --markdown and --html want the name of a file, or -");
    if (**file == Presentation::kStandardOutput) ++to_standard_output;
  }
  if (to_standard_output > 1) return usage("only one of --json, --markdown and --html can go to standard output");
  return {};
}

Result<ReviewCommand> check_review(Written& written) {
  ReviewCommand& command = written.command;
  if (const Status range = read_range(written.range, command); !range) return fail(range.error());
  Result<std::optional<Job>> job = read_job(written);
  if (!job) return fail(job.error());
  command.job = std::move(*job);
  for (const std::string& text : written.systems) {
    const Result<System> system = System::parse(text);
    if (!system) return fail(system.error(), "--system");
    command.systems.push_back(*system);
  }
  if (!written.memory.empty()) {
    const Result<std::uint64_t> memory = read_memory(written.memory);
    if (!memory) return fail(memory.error());
    command.memory = *memory;
  }
  if (const Status shown = check_presentation(written); !shown) return fail(shown.error());
  command.sandbox = !written.no_sandbox;
  return std::move(command);
}

Result<ShowCommand> check_show(Written& written) {
  if (written.list && written.id) return usage("--list and a number contradict each other");
  if (const Status shown = check_presentation(written); !shown) return fail(shown.error());
  return ShowCommand{.repository = std::move(written.command.repository),
                     .id = written.id,
                     .list = written.list,
                     .presentation = std::move(written.command.presentation)};
}

Result<WhyCommand> check_why(Written& written) {
  if (written.attribute.empty()) return usage("why wants the name of an attribute, such as python3Packages.requests");
  Result<AttributePath> attribute = AttributePath::parse(written.attribute);
  if (!attribute) return fail(attribute.error(), "the attribute");
  const bool fresh = !written.range.empty() || !written.file.empty();
  Result<ReviewCommand> review = check_review(written);
  if (!review) return fail(review.error());
  review->build.build = false;
  return WhyCommand{.attribute = std::move(*attribute), .fresh = fresh, .review = std::move(*review)};
}

/// Words of the command line as one name: `acme/pkgs branch main`.
std::string joined(std::span<const std::string> words) {
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
  return name;
}

Result<CommandLine> check_server_log(Written& written) {
  if (written.words.size() < 2) return usage("log --config wants a subject and an attribute, such as acme/pkgs#12 hello");
  ServerLogCommand command{.configuration = std::move(written.status.configuration),
                           .subject = joined(std::span(written.words).first(written.words.size() - 1)),
                           .what = written.words.back(),
                           .attempt = written.log.attempt,
                           .follow = written.log.follow,
                           .form = written.log.form};
  return CommandLine(std::move(command));
}

Result<CommandLine> check_log(Written& written) {
  if (written.log.attempt == 0U) return usage("--attempt: the first attempt is 1");
  if (written.raw) written.log.form = LogCommand::Form::raw;
  if (!written.status.configuration.empty()) return check_server_log(written);
  if (written.words.size() > 1) return usage("log wants one name; with --config, which asks a running server, a subject before it");
  written.log.what = std::move(written.words.front());
  if (written.log.what.empty()) return usage("log wants the name of a derivation or attribute");
  written.log.repository = std::move(written.command.repository);
  return CommandLine(std::move(written.log));
}

constexpr std::string_view kNoServer = "--config FILE says which server is asked";

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

Result<WhyDependsCommand> check_why_depends(Written& written) {
  if (written.attribute.empty()) return usage("why-depends wants the name of an attribute, such as python3Packages.requests");
  Result<AttributePath> attribute = AttributePath::parse(written.attribute);
  if (!attribute) return fail(attribute.error(), "the attribute");
  std::optional<std::string> dependency;
  if (!written.dependency.empty()) dependency = std::move(written.dependency);
  return WhyDependsCommand{.attribute = std::move(*attribute),
                           .dependency = std::move(dependency),
                           .repository = std::move(written.command.repository),
                           .review = written.id,
                           .store = std::move(written.command.build.store)};
}

Result<AdminCommand> check_admin(const AdminCommands& commands, Written& written) {
  AdminCommand& command = written.admin;
  if (commands.list.parsed()) return std::move(command);
  command.action = commands.add.parsed() ? AdminCommand::Action::add : AdminCommand::Action::remove;
  if (github::is_account(command.login)) return std::move(command);
  return usage(fmt::format("'{}' is no login of a person on GitHub", printable_line(command.login)));
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

template <class Command>
Result<CommandLine> as_command_line(Result<Command> command) {
  if (!command) return fail(command.error());
  return std::move(*command);
}

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
  app.footer(std::string(kFooter));
  Written written;
  declare_review(app, written);
  const CLI::App& show = declare_show(app, written);
  const CLI::App& why = declare_why(app, written);
  const CLI::App& log = declare_log(app, written);
  const CLI::App& why_depends = declare_why_depends(app, written);
  const ConfigCommands config = declare_config(app, written);
  const CLI::App& serve = declare_serve(app, written.serve);
  const ServerCommands server = declare_server_commands(app, written);
  const AdminCommands admin = declare_admin(app, written.admin);
  const CLI::App& gc = declare_gc(app, written);
  const CLI::App& backup = declare_backup(app, written.backup);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them last first
  } catch (const CLI::CallForHelp&) {
    return PrintAndExit{asked_about(app).help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndExit{fmt::format("ekaci {}", kVersion) + "\n"};
  } catch (const CLI::ParseError& error) {
    return usage(fmt::format("{}\nTry: ekaci --help", error.what()));
  }
  if (show.parsed()) return as_command_line(check_show(written));
  if (why.parsed()) return as_command_line(check_why(written));
  if (log.parsed()) return check_log(written);
  if (why_depends.parsed()) return as_command_line(check_why_depends(written));
  if (serve.parsed()) return CommandLine(std::move(written.serve));
  if (server.status.parsed()) return as_command_line(check_standing(written, StatusCommand::What::status));
  if (server.queue.parsed()) return as_command_line(check_standing(written, StatusCommand::What::queue));
  const auto again = written.failed_too ? OrderCommand::Order::retry_failed : OrderCommand::Order::retry;
  if (server.retry.parsed()) return as_command_line(check_order(written, again));
  if (server.cancel.parsed()) return as_command_line(check_order(written, OrderCommand::Order::cancel));
  if (admin.admin.parsed()) return as_command_line(check_admin(admin, written));
  if (gc.parsed()) return as_command_line(check_gc(written));
  if (backup.parsed()) return CommandLine(std::move(written.backup));
  if (config.check.parsed()) return CommandLine(std::move(written.config_check));
  if (config.example.parsed()) return CommandLine(ConfigExampleCommand{});
  return as_command_line(check_review(written));
}

}  // namespace ekaci::app
