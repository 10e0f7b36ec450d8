#include "nix/installation.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "base/text.h"
#include "process/child.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

Result<fs::path> resolve(const fs::path& program, const fs::path& system_root) {
  if (system_root != "/") return program.empty() ? fs::path("/usr/bin/nix") : program;
  Result<fs::path> found = process::find_program(program.empty() ? "nix" : program.string());
  if (!found) {
    return fail(ErrorCode::unavailable, "Nix was not found ({}). Install it (Debian: apt install nix-bin; or https://nixos.org/download)",
                found.error().message());
  }
  std::error_code error;
  fs::path resolved = fs::canonical(*found, error);
  if (error) return fail(ErrorCode::unavailable, "cannot resolve {}: {}", found->string(), error.message());
  return resolved;
}

/// The machine's store is asked once, outside any sandbox, about a program of the machine's owner.
Result<std::vector<std::string>> closure_of(const fs::path& program, const CancelToken& cancel) {
  const fs::path tool = program.parent_path() / "nix-store";
  const process::Command command{.arguments = {tool.string(), "--query", "--requisites", "--", program.string()},
                                 .environment = {{"HOME", "/homeless-shelter"}, {"PATH", "/usr/bin:/bin"}}};
  Result<process::Completed> done = process::run(command, "", {}, cancel);
  if (!done) return fail(done.error());
  if (!done->ended.status.succeeded()) {
    return fail(ErrorCode::unavailable, "cannot list what {} needs: {} {}: {}", program.string(), tool.string(),
                done->ended.status.to_string(), printable_line(done->error));
  }
  std::vector<std::string> paths;
  for (const std::string_view line : split(done->output, '\n')) {
    if (line.starts_with("/nix/store/")) paths.emplace_back(line);
  }
  if (paths.empty()) return fail(ErrorCode::unavailable, "{} names nothing that {} needs", tool.string(), program.string());
  return paths;
}

}  // namespace

Result<Installation> find_installation(const fs::path& program, const fs::path& system_root, const CancelToken& cancel) {
  Result<fs::path> resolved = resolve(program, system_root);
  if (!resolved) return fail(resolved.error());
  Installation installation{.system_root = system_root, .program = std::move(*resolved)};
  std::error_code error;
  if (!fs::exists(installation.file(), error)) return fail(ErrorCode::unavailable, "there is no Nix at {}", installation.file().string());
  if (installation.is_in_store()) {
    Result<std::vector<std::string>> closure = closure_of(installation.program, cancel);
    if (!closure) return fail(closure.error());
    installation.closure = std::move(*closure);
  }
  return installation;
}

Status check_version(std::string_view version) {
  const std::size_t space = version.rfind(' ');
  const std::string_view number = space == std::string_view::npos ? version : version.substr(space + 1);
  const std::vector<std::string_view> parts = split(number, '.');
  int major = 0;
  int minor = 0;
  const auto read = [](std::string_view text, int& into) {
    return std::from_chars(text.data(), text.data() + text.size(), into).ec == std::errc();  // `12pre2026` reads as 12
  };
  if (parts.size() < 2 || !read(parts[0], major) || !read(parts[1], minor)) {
    return fail(ErrorCode::unavailable, "the evaluator does not name its version: '{}'", printable_line(version));
  }
  if (major > 2 || (major == 2 && minor >= 8)) return {};
  return fail(ErrorCode::unavailable, "{} is too old: EkaCI needs Nix 2.8 or newer, or Lix", printable_line(version));
}

}  // namespace ekaci::nix
