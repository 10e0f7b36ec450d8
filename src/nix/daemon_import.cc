#include "nix/daemon_import.h"

#include <fcntl.h>

#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "nix/daemon_content.h"

namespace ekaci::nix {
namespace {

/// Bytes that wait to be sent, while more are read.
constexpr std::size_t kWaiting = std::size_t{256} << 10U;
/// Paths that are sent before the daemon has told of the first that it has it.
constexpr std::size_t kAhead = 64;

}  // namespace

/// A transfer under way.
struct DaemonImport::Sending {
  DaemonConnection& connection;
  std::chrono::milliseconds answer_time;
  CancelToken cancel;
  std::deque<StorePath> unanswered{};

  [[nodiscard]] DaemonWait wait() const { return {.deadline = SystemClock().now() + answer_time, .cancel = cancel}; }

  /// An answer has to be that of the oldest addition, and the path that it was meant to have.
  Status hear(const wire::Message& message) {
    if (const auto* refusal = std::get_if<wire::Refusal>(&message)) {
      const std::string path = unanswered.empty() ? "a path" : unanswered.front().to_string();
      connection.close();
      return fail(ErrorCode::unavailable, "the Nix daemon does not take {}: {}", path, printable_line(refusal->message));
    }
    const auto* added = std::get_if<wire::Added>(&message);
    if (added == nullptr || unanswered.empty()) return {};
    const StorePath expected = std::move(unanswered.front());
    unanswered.pop_front();
    if (added->path == expected) return {};
    connection.close();
    return fail(ErrorCode::corrupt, "the content of {} changed while it was copied: the Nix daemon made {} of it", expected.to_string(),
                added->path.to_string());
  }

  Status send_down_to(std::size_t bytes) {
    while (true) {
      const Result<std::optional<wire::Message>> received = connection.send_down_to(bytes, wait());
      if (!received) return fail(received.error());
      const std::optional<wire::Message>& message = *received;
      if (!message) return {};
      if (Status heard = hear(*message); !heard) return heard;
    }
  }

  Status await_down_to(std::size_t most) {
    while (unanswered.size() > most) {
      const Result<wire::Message> message = connection.receive(wait());
      if (!message) return fail(message.error());
      if (Status heard = hear(*message); !heard) return heard;
    }
    return {};
  }
};

DaemonImport::DaemonImport(std::string_view root, Valid valid) : root_(root), valid_(std::move(valid)) {}

Status DaemonImport::open_directory_of_store() {
  Result<Fd> directory = open_directory(AT_FDCWD, root_.empty() ? "/" : root_);
  for (const char* name : {"nix", "store"}) {
    if (directory) directory = open_directory(directory->get(), name);
  }
  if (!directory) return fail(directory.error(), "looking for a store below " + root_);
  store_ = std::move(*directory);
  return {};
}

FileAt DaemonImport::file_of(const StorePath& path) const { return {.directory = store_.get(), .name = path.base_name()}; }

/// In rounds, so that what is valid is asked for in one question for each round.
Status DaemonImport::plan(std::span<const StorePath> paths, const CancelToken& cancel) {
  if (Status opened = open_directory_of_store(); !opened) return opened;
  std::set<StorePath> seen(paths.begin(), paths.end());
  std::vector<StorePath> round(seen.begin(), seen.end());
  while (!round.empty()) {
    const Result<std::vector<StorePath>> valid = valid_(round);
    if (!valid) return fail(valid.error());
    const std::set<StorePath> there(valid->begin(), valid->end());
    std::vector<StorePath> next;
    for (const StorePath& path : round) {
      if (there.contains(path)) continue;
      if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "the copying of paths was stopped");
      Result<wire::Addition> addition = identify(path, file_of(path));
      if (!addition) return fail(addition.error());
      for (const StorePath& reference : addition->references) {
        if (seen.insert(reference).second) next.push_back(reference);
      }
      additions_.emplace(path, std::move(*addition));
    }
    round = std::move(next);
  }
  return {};
}

/// References first, without recursion. A path's hash covers its references, so there are no circles; a made-up one would end too.
std::vector<StorePath> DaemonImport::in_order() const {
  std::vector<StorePath> order;
  std::set<StorePath> begun;
  for (const auto& [root, unused] : additions_) {
    std::vector<std::pair<const StorePath*, std::size_t>> stack;
    if (begun.insert(root).second) stack.emplace_back(&root, 0);
    while (!stack.empty()) {
      const StorePath& path = *stack.back().first;
      const std::vector<StorePath>& references = additions_.at(path).references;
      if (stack.back().second == references.size()) {
        order.push_back(path);
        stack.pop_back();
        continue;
      }
      const auto below = additions_.find(references[stack.back().second++]);
      if (below != additions_.end() && begun.insert(below->first).second) stack.emplace_back(&below->first, 0);
    }
  }
  return order;
}

Status DaemonImport::send(DaemonConnection& connection, std::chrono::milliseconds answer_time, const CancelToken& cancel) {
  Sending sending{.connection = connection, .answer_time = answer_time, .cancel = cancel};
  for (const StorePath& path : in_order()) {
    if (Status sent = send_one(sending, path); !sent) {
      // In the middle of an addition nothing else can be said.
      connection.close();
      return sent;
    }
  }
  return sending.await_down_to(0);
}

Status DaemonImport::send_one(Sending& sending, const StorePath& path) {
  const wire::Addition& addition = additions_.at(path);
  wire::Session& session = sending.connection.session();
  session.add_to_store(addition);
  sending.unanswered.push_back(path);
  const Status written = write_addition(addition, file_of(path), [&](std::string_view part) {
    session.content(part);
    return sending.send_down_to(kWaiting);
  });
  if (!written) return fail(written.error(), "copying " + path.to_string());
  session.end_of_content();
  return sending.await_down_to(kAhead);
}

}  // namespace ekaci::nix
