#include "nix/build_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "nix/daemon_builder.h"
#include "nix/daemon_import.h"

namespace ekaci::nix {
namespace {

/// Paths in one question: its answer stays far below wire::kLargestMessage.
constexpr std::size_t kBatch = 20'000;
/// Requests that are sent before their answers have come.
constexpr std::size_t kAhead = 256;
/// Connections that are kept for further questions.
constexpr std::size_t kMostIdle = 4;

std::string_view setting_of(BuildSandbox sandbox) {
  switch (sandbox) {
    case BuildSandbox::none:
      return "false";
    case BuildSandbox::relaxed:
      return "relaxed";
    case BuildSandbox::full:
      return "true";
  }
  return "true";
}

Failure refused(const wire::Refusal& refusal) {
  return fail(ErrorCode::unavailable, "the Nix daemon refuses: {}", printable_line(refusal.message));
}

/// The answer of the oldest request; what the daemon says besides is not for us.
template <class Answer>
Result<Answer> receive(DaemonConnection& connection, const DaemonWait& wait) {
  while (true) {
    Result<wire::Message> message = connection.receive(wait);
    if (!message) return fail(message.error());
    if (auto* answer = std::get_if<Answer>(&*message)) return std::move(*answer);
    if (const auto* refusal = std::get_if<wire::Refusal>(&*message)) return refused(*refusal);
  }
}

/// Asks about one path after the other, without waiting for each answer.
template <class Answer, class Patience, class Ask, class Take>
Status pipeline(DaemonConnection& connection, std::span<const StorePath> paths, Patience patience, Ask ask, Take take) {
  std::size_t asked = 0;
  for (const StorePath& path : paths) {
    while (asked < paths.size() && connection.session().unanswered() < kAhead) ask(paths[asked++]);
    Result<Answer> answer = receive<Answer>(connection, patience());
    if (!answer) return fail(answer.error(), "asking about " + path.to_string());
    take(path, std::move(*answer));
  }
  return {};
}

PathInfo info_of(const StorePath& path, wire::PathFacts facts) {
  std::ranges::sort(facts.references);
  return {.path = path, .nar_size = facts.nar_size, .nar_hash = "sha256:" + facts.nar_hash, .references = std::move(facts.references)};
}

std::vector<StorePath> sorted_and_each_once(std::vector<StorePath> paths) {
  std::ranges::sort(paths);
  const auto doubles = std::ranges::unique(paths);
  paths.erase(doubles.begin(), doubles.end());
  return paths;
}

}  // namespace

DaemonStore::DaemonStore(DaemonStoreSettings settings) : settings_(std::move(settings)), reaper_(std::make_shared<DaemonReaper>()) {}

Result<std::unique_ptr<DaemonStore>> DaemonStore::open(DaemonStoreSettings settings, const CancelToken& cancel) {
  std::unique_ptr<DaemonStore> store(new DaemonStore(std::move(settings)));
  if (Status found = store->find_trust(cancel); !found) return fail(found.error());
  return store;
}

DaemonWait DaemonStore::patience(const CancelToken& cancel) const {
  return {.deadline = SystemClock().now() + settings_.answer_time, .cancel = cancel};
}

wire::Options DaemonStore::options() const {
  wire::Options options{
      .cores = settings_.cores, .substitute = settings_.substitution == Substitution::on, .overrides = settings_.overrides};
  const BuildSandbox sandbox = settings_.description.assurance.sandbox;
  options.overrides.try_emplace("sandbox", setting_of(sandbox));
  // Else Nix would build without one where the machine cannot have it, and the outcome would claim what is not so.
  options.overrides["sandbox-fallback"] = "false";
  // They are the builder's words in the daemon's mouth, and the log has them.
  options.overrides["log-lines"] = "0";
  return options;
}

Result<std::unique_ptr<DaemonConnection>> DaemonStore::open_connection(const CancelToken& cancel) const {
  const DaemonWait wait = patience(cancel);
  Result<std::unique_ptr<DaemonConnection>> connection = DaemonConnection::open(settings_.address, reaper_, wait);
  if (!connection) return connection;
  (*connection)->session().set_options(options());
  if (const Result<wire::Done> set = receive<wire::Done>(**connection, wait); !set) return fail(set.error());
  return connection;
}

Status DaemonStore::find_trust(const CancelToken& cancel) {
  Result<std::unique_ptr<DaemonConnection>> connection = open_connection(cancel);
  if (!connection) return fail(connection.error());
  version_ = printable_line((*connection)->greeting().daemon_version);
  trust_ = (*connection)->greeting().trust;
  if (trust_ == wire::Trust::unknown) {
    (*connection)->session().ask_for_trust();
    const DaemonWait wait = patience(cancel);
    while (trust_ == wire::Trust::unknown) {
      const Result<wire::Message> message = (*connection)->receive(wait);
      if (!message) return fail(message.error());
      if (std::holds_alternative<wire::Done>(*message)) trust_ = wire::Trust::trusted;
      if (std::holds_alternative<wire::Refusal>(*message)) trust_ = wire::Trust::untrusted;
    }
  }
  // Daemons before 1.35 end the connection when they refuse.
  if (trust_ == wire::Trust::trusted) idle_.connections.push_back(std::move(*connection));
  return {};
}

engine::BuilderDescription DaemonStore::description() const {
  engine::BuilderDescription description = settings_.description;
  if (!is_trusted()) description.assurance.sandbox = BuildSandbox::none;
  return description;
}

Result<std::unique_ptr<engine::BuilderConnection>> DaemonStore::connect() {
  Result<std::unique_ptr<DaemonConnection>> connection = open_connection({});
  if (!connection) return fail(connection.error());
  return std::make_unique<DaemonBuilder>(std::move(*connection), options(), trust_);
}

/// With one that is idle, or with a new one. An idle one may have been lost since: then the question is asked once more.
Status DaemonStore::with_connection(const Use& use) {
  std::unique_ptr<DaemonConnection> connection;
  {
    const std::scoped_lock lock(idle_.mutex);
    if (!idle_.connections.empty()) {
      connection = std::move(idle_.connections.back());
      idle_.connections.pop_back();
    }
  }
  const bool was_idle = connection != nullptr;
  Status used = was_idle ? use(*connection) : fail(ErrorCode::unavailable, "no connection");
  if (!used && (!was_idle || (used.error().code() == ErrorCode::unavailable && !connection->is_open()))) {
    Result<std::unique_ptr<DaemonConnection>> fresh = open_connection({});
    if (!fresh) return fail(fresh.error());
    connection = std::move(*fresh);
    used = use(*connection);
  }
  const std::scoped_lock lock(idle_.mutex);
  if (used && idle_.connections.size() < kMostIdle) idle_.connections.push_back(std::move(connection));
  return used;
}

Result<std::vector<StorePath>> DaemonStore::ask_in_batches(std::span<const StorePath> paths,
                                                           void (wire::Session::*question)(std::span<const StorePath>)) {
  std::vector<StorePath> found;
  const Status asked = with_connection([&](DaemonConnection& connection) -> Status {
    found.clear();
    for (std::span<const StorePath> rest = paths; !rest.empty(); rest = rest.subspan(std::min(kBatch, rest.size()))) {
      (connection.session().*question)(rest.first(std::min(kBatch, rest.size())));
      Result<wire::Paths> answer = receive<wire::Paths>(connection, patience());
      if (!answer) return fail(answer.error());
      std::ranges::move(answer->paths, std::back_inserter(found));
    }
    return {};
  });
  if (!asked) return fail(asked.error());
  return sorted_and_each_once(std::move(found));
}

Result<std::vector<StorePath>> DaemonStore::valid_paths(std::span<const StorePath> paths) {
  return ask_in_batches(paths, &wire::Session::query_valid_paths);
}

Result<std::vector<StorePath>> DaemonStore::substitutable_paths(std::span<const StorePath> paths) {
  if (settings_.substitution == Substitution::off) return std::vector<StorePath>();
  return ask_in_batches(paths, &wire::Session::query_substitutable_paths);
}

Result<std::vector<PathInfo>> DaemonStore::path_infos(std::span<const StorePath> paths) {
  std::vector<PathInfo> infos;
  const Status asked = with_connection([&](DaemonConnection& connection) {
    infos.clear();
    return pipeline<wire::PathInfoAnswer>(
        connection, paths, [this] { return patience(); }, [&](const StorePath& path) { connection.session().query_path_info(path); },
        [&](const StorePath& path, wire::PathInfoAnswer answer) {
          if (answer.facts) infos.push_back(info_of(path, std::move(*answer.facts)));
        });
  });
  if (!asked) return fail(asked.error());
  return infos;
}

Status DaemonStore::add_roots(DaemonConnection& connection, std::span<const StorePath> paths) const {
  return pipeline<wire::Done>(
      connection, paths, [this] { return patience(); }, [&](const StorePath& path) { connection.session().add_temp_root(path); },
      [](const StorePath& /*path*/, wire::Done /*done*/) {});
}

/// The roots live as long as the connection: one that was lost is made anew, with all of them.
Status DaemonStore::keep(std::span<const StorePath> paths) {
  const std::scoped_lock lock(kept_.mutex);
  std::vector<StorePath> wanted;
  for (const StorePath& path : paths) {
    if (kept_.paths.insert(path).second) wanted.push_back(path);
  }
  // Only an answer tells that the connection, and with it what it holds, is still there.
  if (wanted.empty() && !paths.empty()) wanted.push_back(paths.front());
  if (kept_.connection != nullptr && add_roots(*kept_.connection, wanted)) return {};
  kept_.connection.reset();
  Result<std::unique_ptr<DaemonConnection>> fresh = open_connection({});
  if (!fresh) return fail(fresh.error());
  if (Status added = add_roots(**fresh, std::vector<StorePath>(kept_.paths.begin(), kept_.paths.end())); !added) return added;
  kept_.connection = std::move(*fresh);
  return {};
}

Status DaemonStore::import_paths(std::string_view root, std::span<const StorePath> paths, const CancelToken& cancel) {
  // What is found valid is not sent, so it has to stay until what refers to it has come.
  DaemonImport import(root, [this](std::span<const StorePath> wanted) -> Result<std::vector<StorePath>> {
    if (Status kept = keep(wanted); !kept) return fail(kept.error());
    return valid_paths(wanted);
  });
  if (Status planned = import.plan(paths, cancel); !planned) return planned;
  if (import.is_empty()) return {};
  return with_connection([&](DaemonConnection& connection) { return import.send(connection, settings_.answer_time, cancel); });
}

}  // namespace ekaci::nix
