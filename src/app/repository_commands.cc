#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "app/command_options.h"
#include "base/text.h"
#include "config/quantities.h"

/// The commands about a repository on this machine.
namespace ekaci::app {
namespace {

constexpr std::string_view kFooter =
    "Exit status: 0 merge, 1 do not merge, 2 wait or cannot tell, 3 usage, 4 could not run.\n"
    "With --no-build, a review that changes derivations cannot say `merge`.";

/// Without allow_extra_args(false) a repeatable option takes every word that follows, and brackets for a list of words.
template <class Values>
CLI::Option* add_repeatable(CLI::App& app, const char* name, Values& values, const char* description) {
  return app.add_option(name, values, description)->allow_extra_args(false);
}

void declare_repository(CLI::App& app, Written& written) {
  app.add_option("--repo", written.command.repository, "The git repository")->type_name("DIR")->capture_default_str();
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

}  // namespace

void declare_repository_commands(CLI::App& app, Written& written, DeclaredCommands& declared) {
  app.footer(std::string(kFooter));
  declared.push_back({&declare_review(app, written), [&written] { return as_command_line(check_review(written)); }});
  declared.push_back({&declare_show(app, written), [&written] { return as_command_line(check_show(written)); }});
  declared.push_back({&declare_why(app, written), [&written] { return as_command_line(check_why(written)); }});
  declared.push_back({&declare_log(app, written), [&written] { return check_log(written); }});
  declared.push_back({&declare_why_depends(app, written), [&written] { return as_command_line(check_why_depends(written)); }});
}

}  // namespace ekaci::app
