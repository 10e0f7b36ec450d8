#include "git/git_program.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace ekaci::git {
namespace {

/// The first with `merge-tree --write-tree`.
constexpr std::pair<int, int> kOldestVersion{2, 38};

/// Git's message may repeat file names of the repository; this much of it is shown.
constexpr std::size_t kComplaintColumns = 600;

/// The number at the front of `text`, taken off.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::map<std::string, std::string> closed_environment() {
  return {
      {"PATH", "/dev/null"},  // git finds its own programs without it; nothing else is to be found
      {"HOME", "/dev/null"},
      {"XDG_CONFIG_HOME", "/dev/null"},
      {"LC_ALL", "C"},
      {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_CONFIG_SYSTEM", "/dev/null"},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_ATTR_NOSYSTEM", "1"},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GIT_OPTIONAL_LOCKS", "0"},
      {"GIT_NO_REPLACE_OBJECTS", "1"},
      {"GIT_NO_LAZY_FETCH", "1"},  // git 2.45 and newer
      {"GIT_ALLOW_PROTOCOL", ""},  // set and empty: none, whatever protocol.<name>.allow says
      {"GIT_ADVICE", "0"},
  };
}

/// Settings on the command line win over the repository's own.
std::vector<std::string> closed_settings() {
  return {"-c", "safe.directory=*",
          "-c", "core.fsmonitor=false",
          "-c", "core.hooksPath=/dev/null",
          "-c", "core.attributesFile=/dev/null",
          "-c", "core.excludesFile=/dev/null",
          "-c", "protocol.allow=never"};
}

}  // namespace

bool is_usable_version(std::string_view output) {
  constexpr std::string_view kPrefix = "git version ";
  if (!output.starts_with(kPrefix)) return false;
  output.remove_prefix(kPrefix.size());
  const std::optional<int> major = take_number(output);
  if (!major || !output.starts_with('.')) return false;
  output.remove_prefix(1);
  const std::optional<int> minor = take_number(output);
  return minor && std::pair(*major, *minor) >= kOldestVersion;
}

Result<GitProgram> GitProgram::find() {
  const Result<std::filesystem::path> path = process::find_program("git");
  if (!path) return fail(path.error(), "git is needed");
  GitProgram program(*path);
  const Result<std::string> version = program.output_of({.arguments = {"version"}, .directory = "/"}, {}, {});
  if (!version) return fail(version.error());
  if (!is_usable_version(*version)) {
    return fail(ErrorCode::unsupported, "{} is '{}'; {}.{} or newer is needed", path->string(), printable_line(trim(*version)),
                kOldestVersion.first, kOldestVersion.second);
  }
  return program;
}

process::Command GitProgram::command(const Invocation& invocation) const {
  process::Command command{.arguments = {path_.string()}, .environment = closed_environment(), .directory = invocation.directory};
  const std::vector<std::string> settings = closed_settings();
  command.arguments.insert(command.arguments.end(), settings.begin(), settings.end());
  command.arguments.insert(command.arguments.end(), invocation.arguments.begin(), invocation.arguments.end());
  for (const auto& [name, value] : invocation.environment) command.environment[name] = value;
  return command;
}

Result<process::Completed> GitProgram::run(const Invocation& invocation, const process::RunLimits& limits,
                                           const CancelToken& cancel) const {
  return process::run(command(invocation), "", limits, cancel);
}

Result<std::string> GitProgram::output_of(const Invocation& invocation, const process::RunLimits& limits, const CancelToken& cancel) const {
  Result<process::Completed> completed = run(invocation, limits, cancel);
  if (!completed) return fail(completed.error());
  if (!completed->ended.status.succeeded()) return fail(failure_of(invocation, *completed));
  return std::move(completed->output);
}

std::string complaint_of(const process::Completed& completed) {
  const std::string line = clip(printable_line(trim(completed.error)), kComplaintColumns);
  return line.empty() ? "git gave no reason" : line;
}

Error failure_of(const Invocation& invocation, const process::Completed& completed) {
  const std::string& name = invocation.arguments.front();
  return {ErrorCode::io, fmt::format("git {} {}: {}", name, completed.ended.status.to_string(), complaint_of(completed))};
}

}  // namespace ekaci::git
