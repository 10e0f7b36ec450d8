#include "app/registered_app.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "github/names.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargest = std::uint64_t{64} << 10U;
constexpr std::string_view kFolder = "app";
constexpr std::string_view kUnfinished = "app.new";
constexpr std::string_view kFirstAdmin = "first-admin";

Failure system_failure(std::string_view action, const fs::path& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return fail(is_full ? ErrorCode::resource_exhausted : ErrorCode::io, "cannot {} {}: {}", action, path.string(),
              std::generic_category().message(error));
}

Status write_facts(const fs::path& folder, const github::RegisteredApp& app, std::string_view server) {
  const std::string id = fmt::format("{}", app.id.value);
  const std::array<std::pair<std::string_view, std::string_view>, 7> facts = {{{"id", id},
                                                                               {"page", app.page},
                                                                               {"server", server},
                                                                               {"client-id", app.client_id},
                                                                               {"client-secret", app.client_secret.reveal()},
                                                                               {"private-key.pem", app.private_key.reveal()},
                                                                               {"webhook-secret", app.webhook_secret.reveal()}}};
  for (const auto& [name, value] : facts) {
    if (Status written = write_private_file(folder / name, value); !written) return written;
  }
  if (app.is_owned_by_user) {
    if (Status written = write_private_file(folder / kFirstAdmin, app.owner); !written) return written;
  }
  return sync_directory(folder);
}

Failure incomplete(const fs::path& file, std::string_view why) {
  return fail(ErrorCode::corrupt,
              "{} {}: put the App's folder back from a backup, or remove the folder, delete the App on GitHub and register another",
              file.string(), why);
}

Result<std::string> read_fact(const fs::path& file) {
  Result<std::string> text = read_file(file, kLargest);
  if (!text && text.error().code() == ErrorCode::not_found) return incomplete(file, "is missing");
  if (text && text->empty()) return incomplete(file, "is empty");
  return text;
}

Result<Secret> read_secret_fact(const fs::path& file) {
  Result<std::string> text = read_fact(file);
  if (!text) return fail(text.error());
  return Secret(std::move(*text));
}

Result<github::AppId> read_id(const fs::path& file) {
  const Result<std::string> text = read_fact(file);
  if (!text) return fail(text.error());
  const std::string_view digits = trim(*text);
  std::int64_t id = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || id <= 0) return incomplete(file, "holds no App's number");
  return github::AppId{id};
}

/// nullopt where there is none.
Result<std::optional<std::string>> read_first_admin(const fs::path& file) {
  Result<std::string> login = read_file(file, kLargest);
  if (!login && login.error().code() == ErrorCode::not_found) return std::optional<std::string>();
  if (!login) return fail(login.error());
  if (!github::is_account(*login)) return incomplete(file, "holds no login");
  return std::optional<std::string>(std::move(*login));
}

Result<StoredApp> read_facts(const fs::path& folder) {
  const Result<github::AppId> id = read_id(folder / "id");
  if (!id) return fail(id.error());
  Result<std::string> page = read_fact(folder / "page");
  if (!page) return fail(page.error());
  Result<std::string> server = read_fact(folder / "server");
  if (!server) return fail(server.error());
  Result<Secret> key = read_secret_fact(folder / "private-key.pem");
  if (!key) return fail(key.error());
  Result<Secret> webhook = read_secret_fact(folder / "webhook-secret");
  if (!webhook) return fail(webhook.error());
  Result<std::optional<std::string>> admin = read_first_admin(folder / kFirstAdmin);
  if (!admin) return fail(admin.error());
  return StoredApp{.id = *id,
                   .page = std::move(*page),
                   .server = std::move(*server),
                   .private_key = std::move(*key),
                   .webhook_secret = std::move(*webhook),
                   .first_admin = std::move(*admin)};
}

}  // namespace

Status store_registered_app(const fs::path& state, const github::RegisteredApp& app, std::string_view server) {
  const fs::path folder = state / kFolder;
  const fs::path unfinished = state / kUnfinished;
  if (Status removed = remove_tree(unfinished); !removed) return removed;
  if (::mkdir(unfinished.c_str(), 0700) != 0) return system_failure("make", unfinished, errno);
  Status done = write_facts(unfinished, app, server);
  if (done && ::rename(unfinished.c_str(), folder.c_str()) != 0) {
    const bool is_there = errno == EEXIST || errno == ENOTEMPTY;
    done = is_there ? fail(ErrorCode::conflict, "an App is registered already: {} is there", folder.string())
                    : system_failure("make", folder, errno);
  }
  if (done) return sync_directory(state);
  if (const Status removed = remove_tree(unfinished); !removed) return fail(done.error(), removed.error().message());
  return done;
}

Result<std::optional<StoredApp>> load_registered_app(const fs::path& state) {
  const fs::path folder = state / kFolder;
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::optional<StoredApp>();
    return system_failure("look at", folder, errno);
  }
  if (!S_ISDIR(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::permission_denied, "{} holds the App's keys and has to be a folder that is its owner's alone: chmod 700 {}",
                folder.string(), folder.string());
  }
  Result<StoredApp> app = read_facts(folder);
  if (!app) return fail(app.error());
  return std::optional<StoredApp>(std::move(*app));
}

Status forget_first_admin(const fs::path& state) {
  const fs::path file = state / kFolder / kFirstAdmin;
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return system_failure("remove", file, errno);
  return {};
}

}  // namespace ekaci::app
