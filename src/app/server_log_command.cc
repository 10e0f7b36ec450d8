#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "app/control_client.h"
#include "app/interrupt.h"
#include "app/log_text.h"
#include "app/output.h"
#include "app/status_command.h"
#include "base/text.h"

/// `ekaci log --config`: a log is fetched piece by piece, and the server asked again for what is not written yet.
namespace ekaci::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBetweenPieces = 200ms;
/// What has yet to begin is seldom about to.
constexpr std::chrono::milliseconds kBetweenTries = 1s;

/// Ends at once where it is asked to.
void sleep(std::chrono::milliseconds time, const CancelToken& cancel) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, cancel, time, [] { return false; });
}

/// The log's name. With --follow, a build that has yet to begin is waited for.
Result<std::string> find_log(ControlClient& server, const ServerLogCommand& command, const CancelToken& cancel) {
  ControlClient::Query query{{"subject", command.subject}, {"what", command.what}};
  if (command.attempt) query.emplace_back("attempt", std::to_string(*command.attempt));
  bool is_told = false;
  while (true) {
    const auto found = server.get("/log", query, cancel);
    if (found) {
      write_text(STDERR_FILENO, printable_line(trim(found->body)) + "\n");
      return std::string(found->headers.find("X-Ekaci-Log").value_or(""));
    }
    const bool may_come = command.follow && found.error().code() == ErrorCode::conflict;
    if (!may_come || cancel.stop_requested()) return fail(found.error());
    if (!is_told) write_text(STDERR_FILENO, "waiting: " + found.error().message() + "\n");
    is_told = true;
    sleep(kBetweenTries, cancel);
  }
}

Status print_log(ControlClient& server, const std::string& name, const ServerLogCommand& command, const CancelToken& cancel) {
  LogPrinter printer(command.form);
  std::string place = "0";
  while (!cancel.stop_requested()) {
    const auto page = server.get("/logs/" + name, {{"place", place}}, cancel);
    if (!page && cancel.stop_requested()) break;
    if (!page) return fail(page.error());
    place = page->headers.find("X-Ekaci-Next-Place").value_or(place);
    if (Status printed = printer.print(page->body); !printed) return printed;
    if (page->headers.find("X-Ekaci-More") != "yes") break;
    if (!page->body.empty()) continue;
    if (!command.follow) break;
    sleep(kBetweenPieces, cancel);
  }
  return printer.finish();
}

}  // namespace

Result<ExitStatus> show_server_log(const ServerLogCommand& command) {
  const Interrupt interrupt;
  Result<ControlClient> server = ControlClient::open(command.configuration);
  if (!server) return fail(server.error());
  const Result<std::string> name = find_log(*server, command, interrupt.token());
  if (!name) return fail(name.error());
  if (const Status printed = print_log(*server, *name, command, interrupt.token()); !printed) return fail(printed.error());
  return ExitStatus::merge;
}

}  // namespace ekaci::app
