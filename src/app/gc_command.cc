#include "app/gc_command.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "app/config_command.h"
#include "app/gc_report.h"
#include "app/interrupt.h"
#include "app/output.h"
#include "app/shelves.h"
#include "app/world.h"
#include "base/files.h"
#include "base/text.h"
#include "net/client.h"

namespace ekaci::app {
namespace {

namespace fs = std::filesystem;

/// A server may have much to drop.
constexpr std::chrono::hours kLongestAnswer{1};

/// What a directory is kept within.
struct Keeping {
  fs::path directory;
  retention::Rules rules;
};

Result<std::string> collect_in(const Keeping& keeping, const GcCommand& command) {
  std::error_code missing;
  if (!fs::exists(keeping.directory / "ekaci.db", missing)) {
    return fail(ErrorCode::not_found, "nothing is kept in {}", printable_line(keeping.directory.string()));
  }
  const Interrupt interrupt;
  const SystemClock clock;
  const auto database = open_database(keeping.directory, clock);
  if (!database) return fail(database.error());
  const auto shelves = Shelves::open(keeping.directory, clock);
  if (!shelves) return fail(shelves.error());
  const auto world = (*shelves)->world();
  const Result<retention::Swept> swept =
      command.dry_run ? retention::rehearse(world, keeping.rules) : retention::sweep(world, keeping.rules, interrupt.token());
  if (!swept) return fail(swept.error());
  return gc_json(*swept, keeping.directory.string());
}

/// nullopt where no server runs.
Result<std::optional<std::string>> ask_server(const fs::path& socket, const GcCommand& command) {
  const auto client = net::HttpClient::make({.unix_socket = socket});
  if (!client) return fail(client.error());
  if (!(*client)->send({.url = "http://ekaci/status"}, {})) return std::nullopt;
  net::ClientRequest request{.method = net::Method::post, .url = command.dry_run ? "http://ekaci/gc?dry-run" : "http://ekaci/gc"};
  request.deadlines.total = kLongestAnswer;
  request.deadlines.low_speed = 0;
  const Interrupt interrupt;
  Result<net::ClientResponse> response = (*client)->send(request, interrupt.token());
  if (!response) return fail(response.error(), "the server was asked, and may go on with it");
  if (response->status != 200) {
    return fail(ErrorCode::unavailable, "the server answers with status {}: {}", response->status,
                printable_line(clip(response->body, 500)));
  }
  return std::optional(std::move(response->body));
}

Result<std::string> collect_of_server(const GcCommand& command) {
  const Result<config::ServerConfiguration> configuration = read_server_configuration(command.configuration);
  if (!configuration) return fail(configuration.error());
  Result<std::optional<std::string>> answer = ask_server(configuration->server.control_socket(), command);
  if (!answer) return fail(answer.error());
  if (std::optional<std::string>& told = *answer) return std::move(*told);
  return collect_in({configuration->server.state, retention_rules(configuration->retention)}, command);
}

Result<std::string> collect_of_cache(const GcCommand& command) {
  Result<fs::path> cache = default_cache_directory();
  if (!cache) return fail(cache.error());
  config::RetentionSettings settings;
  if (command.older_than) settings.reviews = settings.logs = settings.attempts = settings.trees = *command.older_than;
  if (command.disk) settings.disk = *command.disk;
  settings.keep_free = 0;
  return collect_in({std::move(*cache), retention_rules(settings)}, command);
}

}  // namespace

Result<ExitStatus> collect(const GcCommand& command) {
  const Result<std::string> json = command.configuration.empty() ? collect_of_cache(command) : collect_of_server(command);
  if (!json) return fail(json.error());
  const Result<std::string> text = command.json ? Result<std::string>(*json + "\n") : gc_table(*json);
  if (!text) return fail(text.error());
  if (!write_text(STDOUT_FILENO, *text)) return fail(ErrorCode::io, "cannot write to standard output");
  return ExitStatus::merge;
}

}  // namespace ekaci::app
