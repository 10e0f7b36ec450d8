#include "git/mirror.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "base/text.h"

/// How a secret reaches git: as a settings file that is no file. It lies in memory, git and the program that it starts for http inherit
/// it as an open descriptor, and its name in /proc means something to them alone.
namespace ekaci::git {
namespace {

namespace fs = std::filesystem;

constexpr process::RunLimits kShortLimits{.time = std::chrono::seconds(60), .output = std::uint64_t{64} << 20U};
/// The first fetch of a large repository takes its time.
constexpr process::RunLimits kFetchLimits{.time = std::chrono::hours(2), .output = std::uint64_t{1} << 20U};
constexpr process::RunLimits kCleanLimits{.time = std::chrono::hours(2), .output = std::uint64_t{1} << 20U};

/// Below this, refs of the server stand in the mirror: its own are nobody's.
constexpr std::string_view kKept = "refs/remote/";

std::string kept_name(std::string_view ref) { return fmt::format("{}{}", kKept, ref.substr(std::string_view("refs/").size())); }

/// A full name as git-check-ref-format(1) allows it, so far as it matters here: nothing that a refspec reads as something else.
bool is_plain_ref(std::string_view ref) {
  constexpr std::size_t kLongest = 1000;
  constexpr std::string_view kForbidden = " ~^:?*[\\";
  const bool is_clean = std::ranges::none_of(ref, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || kForbidden.find(c) != std::string_view::npos;
  });
  return ref.starts_with("refs/") && ref.size() <= kLongest && is_clean && ref.find("..") == std::string_view::npos && !ref.ends_with('/');
}

/// Where a value of git's settings stands in quotes.
bool is_plain_value(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '#' || c == ';'; });
}

/// The settings that hold for this fetch only.
Result<Fd> settings_in_memory(const Remote& remote) {
  Fd memory(::memfd_create("ekaci-git-settings", MFD_CLOEXEC));
  if (!memory) return fail(ErrorCode::unavailable, "memfd_create: {}", std::generic_category().message(errno));
  std::string text = "[http]\n\tfollowRedirects = false\n";
  if (remote.authorization)
    text += fmt::format("[http \"{}\"]\n\textraHeader = \"Authorization: {}\"\n", remote.url, *remote.authorization);
  // A file in memory takes it all at once, or there is no memory.
  if (::write(memory.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return fail(ErrorCode::resource_exhausted, "the settings for git cannot be written: {}", std::generic_category().message(errno));
  }
  return memory;
}

/// What git says where a server lacks a ref (fetch-pack.c, remote.c); its exit status says nothing of the reason.
bool names_missing_ref(std::string_view complaint) {
  return complaint.find("couldn't find remote ref") != std::string_view::npos ||
         complaint.find("no such remote ref") != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<Mirror>> Mirror::open(MirrorSettings settings) {
  Result<GitProgram> git = GitProgram::find();
  if (!git) return fail(git.error());
  std::error_code error;
  fs::create_directories(settings.directory, error);
  if (error) return fail(ErrorCode::io, "{} cannot be made: {}", settings.directory.string(), error.message());
  std::unique_ptr<Mirror> mirror(new Mirror(std::move(*git), std::move(settings)));
  // It does nothing where there is a repository.
  const auto made = mirror->git_.output_of(
      {.arguments = {"init", "--bare", "--quiet", "--template=", mirror->path().string()}, .directory = mirror->path()}, kShortLimits, {});
  if (!made) return fail(made.error(), fmt::format("making a mirror in {}", mirror->path().string()));
  return mirror;
}

Invocation Mirror::invocation(std::vector<std::string> arguments) const {
  return {.arguments = std::move(arguments), .environment = {{"GIT_DIR", path().string()}}, .directory = path()};
}

Result<std::vector<CommitId>> Mirror::fetch(const Remote& remote, std::span<const std::string> refs, const CancelToken& cancel) {
  const bool is_http = remote.url.starts_with("https://") || remote.url.starts_with("http://");
  if (!is_http || !is_plain_value(remote.url)) {
    return fail(ErrorCode::invalid_argument, "{} is no URL to fetch from", printable_line(remote.url));
  }
  if (remote.authorization && !is_plain_value(*remote.authorization)) {
    return fail(ErrorCode::invalid_argument, "the authorization for {} has characters that no header may have", printable_line(remote.url));
  }
  Result<Fd> settings = settings_in_memory(remote);
  if (!settings) return fail(settings.error());
  Invocation asked = invocation({"fetch", "--quiet", "--atomic", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
                                 "--no-recurse-submodules", "--", remote.url});
  for (const std::string& ref : refs) {
    if (!is_plain_ref(ref)) return fail(ErrorCode::invalid_argument, "'{}' is no name of a ref", printable_line(ref));
    asked.arguments.push_back(fmt::format("+{}:{}", ref, kept_name(ref)));
  }
  asked.environment.insert(settings_.environment.begin(), settings_.environment.end());
  asked.environment["GIT_CONFIG_GLOBAL"] = fmt::format("/proc/self/fd/{}", settings->get());
  asked.environment["GIT_ALLOW_PROTOCOL"] = "http:https";
  process::Command command = git_.command(asked);
  command.passed_descriptors.push_back(settings->get());
  const std::lock_guard lock(busy_);
  const Result<process::Completed> completed = process::run(command, "", kFetchLimits, cancel);
  if (!completed) return fail(completed.error(), fmt::format("fetching from {}", remote.url));
  if (completed->ended.status.succeeded()) return read_refs(refs, cancel);
  const ErrorCode code = names_missing_ref(completed->error) ? ErrorCode::not_found : ErrorCode::unavailable;
  return fail(code, "git fetch from {} {}: {}", remote.url, completed->ended.status.to_string(), complaint_of(*completed));
}

Result<std::vector<CommitId>> Mirror::read_refs(std::span<const std::string> refs, const CancelToken& cancel) const {
  std::vector<CommitId> commits;
  for (const std::string& ref : refs) {
    const Result<std::string> id = git_.output_of(
        invocation({"rev-parse", "--verify", "--quiet", "--end-of-options", kept_name(ref) + "^{commit}"}), kShortLimits, cancel);
    if (!id) return fail(ErrorCode::not_found, "{} names no commit", printable_line(ref));
    Result<CommitId> commit = CommitId::parse(trim(*id));
    if (!commit) return fail(commit.error());
    commits.push_back(std::move(*commit));
  }
  return commits;
}

Status Mirror::clean(const std::set<std::string>& kept, const CancelToken& cancel) {
  const std::lock_guard lock(busy_);
  const Result<std::string> listed =
      git_.output_of(invocation({"for-each-ref", "--format=%(refname)", std::string(kKept)}), kShortLimits, cancel);
  if (!listed) return fail(listed.error());
  std::set<std::string> names;
  for (const std::string& ref : kept) names.insert(kept_name(ref));
  std::string commands;
  for (const std::string_view name : split(*listed, '\n')) {
    if (!name.empty() && !names.contains(std::string(name))) commands += fmt::format("delete {}\n", name);
  }
  if (!commands.empty()) {
    const auto done = process::run(git_.command(invocation({"update-ref", "--stdin"})), commands, kShortLimits, cancel);
    if (!done) return fail(done.error());
    if (!done->ended.status.succeeded()) return fail(failure_of(invocation({"update-ref"}), *done));
  }
  const Result<std::string> collected =
      git_.output_of(invocation({"gc", "--quiet", "--auto", "--prune=2.weeks.ago"}), kCleanLimits, cancel);
  if (!collected) return fail(collected.error());
  return {};
}

}  // namespace ekaci::git
