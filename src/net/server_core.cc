#include "net/server_core.h"

#include <boost/asio/io_context.hpp>
#include <utility>

namespace ekaci::net {

ServerCore::ServerCore(ServerOptions options) : options_(std::move(options)), context_(std::make_unique<boost::asio::io_context>()) {}

ServerCore::~ServerCore() = default;

ServerCounters ServerCore::counters() const {
  ServerCounters counters{
      .accepted = counting_.accepted,
      .refused = counting_.refused,
      .accept_failures = counting_.accept_failures,
      .requests = counting_.requests,
      .bytes_received = counting_.bytes_received,
      .bytes_sent = counting_.bytes_sent,
      .body_bytes = counting_.body_bytes,
  };
  for (std::size_t i = 0; i < counters.responses.size(); ++i) counters.responses.at(i) = counting_.responses.at(i);
  const std::scoped_lock lock(mutex_);
  counters.connections = connections_.size();
  return counters;
}

bool ServerCore::has_room() const {
  const std::scoped_lock lock(mutex_);
  return !stopping_ && connections_.size() < limits().connections;
}

bool ServerCore::adopt(const std::shared_ptr<Connection>& connection) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || connections_.size() >= limits().connections) return false;
    connections_.insert(connection);
  }
  connection->start();
  return true;
}

void ServerCore::forget(const std::shared_ptr<Connection>& connection) {
  const std::scoped_lock lock(mutex_);
  connections_.erase(connection);
  if (connections_.empty()) emptied_.notify_all();
}

bool ServerCore::hold_body_bytes(std::uint64_t bytes) {
  if (counting_.body_bytes.fetch_add(bytes) + bytes <= limits().body_bytes_in_all) return true;
  release_body_bytes(bytes);
  return false;
}

void ServerCore::begin_stopping() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  for (const auto& connection : all()) connection->close_if_idle();
}

void ServerCore::wait_until_empty(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  emptied_.wait_for(lock, longest, [this] { return connections_.empty(); });
}

void ServerCore::close_all() {
  for (const auto& connection : all()) connection->close();
}

std::set<std::shared_ptr<Connection>> ServerCore::all() const {
  const std::scoped_lock lock(mutex_);
  return connections_;
}

}  // namespace ekaci::net
