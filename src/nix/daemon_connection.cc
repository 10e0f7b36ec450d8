#include "nix/daemon_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "process/sigpipe.h"

namespace ekaci::nix {
namespace {

using std::chrono::milliseconds;

/// How often a blocked wait looks at its CancelToken.
constexpr milliseconds kCancelInterval{50};
constexpr std::size_t kMostComplaint = 2000;

std::string message_of(int error) { return std::generic_category().message(error); }

/// Milliseconds until someone has to be asked whether to go on; an error where they were.
Result<int> patience(const DaemonWait& wait, const std::string& name) {
  if (wait.cancel.stop_requested()) return fail(ErrorCode::cancelled, "{} was not waited for: stopped", name);
  const auto left = std::chrono::ceil<milliseconds>(wait.deadline - SystemClock().now());
  if (left.count() <= 0) return fail(ErrorCode::timed_out, "{} does not answer in time", name);
  return static_cast<int>(std::min(left, kCancelInterval).count());
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path) return fail(ErrorCode::invalid_argument, "{} is too long for a socket's path", text);
  std::memcpy(&address.sun_path[0], text.data(), text.size());
  return address;
}

}  // namespace

Result<std::unique_ptr<DaemonConnection>> DaemonConnection::open(const DaemonAddress& address, std::shared_ptr<DaemonReaper> reaper,
                                                                 const DaemonWait& wait) {
  std::unique_ptr<DaemonConnection> connection(new DaemonConnection(std::move(reaper)));
  const Status connected = std::visit([&](const auto& where) { return connection->connect(where, wait); }, address);
  if (!connected) return fail(connected.error());
  if (Status greeted = connection->greet(wait); !greeted) return fail(greeted.error());
  return connection;
}

DaemonConnection::~DaemonConnection() { close(); }

void DaemonConnection::close() {
  input_.reset();
  output_.reset();
  error_.reset();
  if (!child_) return;
  reaper_->take(std::move(*child_));
  child_.reset();
}

Status DaemonConnection::connect(const DaemonSocket& socket, const DaemonWait& wait) {
  name_ = fmt::format("the Nix daemon at {}", socket.path.string());
  const Result<sockaddr_un> address = address_of(socket.path);
  if (!address) return fail(address.error());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(ErrorCode::resource_exhausted, "cannot make a socket: {}", message_of(errno));
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);  // NOLINT(*-reinterpret-cast): how sockets are called
  while (::connect(fd.get(), generic, sizeof *address) != 0) {
    // Its queue is full: nothing tells when it is not.
    if (errno != EAGAIN && errno != EINTR) {
      return fail(ErrorCode::unavailable, "cannot connect to {}: {}. Is it running (systemctl status nix-daemon)?", name_,
                  message_of(errno));
    }
    const Result<int> left = patience(wait, name_);
    if (!left) return fail(left.error());
    ::poll(nullptr, 0, *left);
  }
  output_ = Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!output_) return fail(ErrorCode::resource_exhausted, "cannot duplicate a socket: {}", message_of(errno));
  input_ = std::move(fd);
  return {};
}

Status DaemonConnection::connect(const DaemonProgram& program, const DaemonWait& /*wait*/) {
  name_ = program.command.arguments.empty() ? "a Nix daemon" : program.command.arguments.front();
  Result<process::Child> child = process::spawn(program.command, {process::Stream::pipe, process::Stream::pipe, process::Stream::pipe});
  if (!child) return fail(child.error());
  input_ = std::move(child->output());
  output_ = std::move(child->input());
  error_ = std::move(child->error());
  child_ = std::move(*child);
  return {};
}

Status DaemonConnection::greet(const DaemonWait& wait) {
  while (true) {
    Result<wire::Message> message = receive(wait);
    if (!message) return fail(message.error());
    if (auto* greeting = std::get_if<wire::Greeting>(&*message)) {
      greeting_ = std::move(*greeting);
      return {};
    }
  }
}

Result<std::optional<wire::Message>> DaemonConnection::next() {
  Result<std::optional<wire::Message>> message = session_.next();
  if (message) return message;
  close();
  return fail(message.error(), "talking to " + name_);
}

Result<wire::Message> DaemonConnection::receive(const DaemonWait& wait) {
  while (true) {
    Result<std::optional<wire::Message>> received = next();
    if (!received) return fail(received.error());
    if (std::optional<wire::Message>& message = *received) return std::move(*message);
    if (Status exchanged = exchange(wait); !exchanged) return fail(exchanged.error());
  }
}

Result<std::optional<wire::Message>> DaemonConnection::receive_for(milliseconds longest, const DaemonWait& wait) {
  const Clock::Instant end = SystemClock().now() + longest;
  while (true) {
    Result<std::optional<wire::Message>> message = next();
    if (!message || *message || SystemClock().now() >= end) return message;
    if (Status exchanged = exchange(wait); !exchanged) return fail(exchanged.error());
  }
}

Result<std::optional<wire::Message>> DaemonConnection::send_down_to(std::size_t bytes, const DaemonWait& wait) {
  while (session_.output().size() > bytes) {
    Result<std::optional<wire::Message>> message = next();
    if (!message || *message) return message;
    if (Status exchanged = exchange(wait); !exchanged) return fail(exchanged.error());
  }
  return std::nullopt;
}

/// Sends or receives something, or finds that it cannot; what fails closes the connection.
Status DaemonConnection::exchange(const DaemonWait& wait) {
  if (!is_open()) return fail(ErrorCode::unavailable, "the connection to {} is closed", name_);
  const auto give_up = [&](const Error& error) {
    close();
    return fail(error);
  };
  // What can be sent is sent without asking first: most of it fits.
  if (Status sent = send_some(); !sent) return give_up(sent.error());
  const Result<int> longest = patience(wait, name_);
  if (!longest) return give_up(longest.error());
  const short output_events = session_.output().empty() ? short{0} : short{POLLOUT};
  std::array<pollfd, 3> waits = {
      {{input_.get(), POLLIN, 0}, {output_events == 0 ? -1 : output_.get(), output_events, 0}, {error_.get(), POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), *longest);
  if (waits[2].revents != 0) hear_complaints();
  if (waits[0].revents == 0) return {};
  if (Status received = receive_some(); !received) return give_up(received.error());
  return {};
}

Status DaemonConnection::send_some() {
  if (session_.output().empty()) return {};
  const process::SigpipeBlocked guard;
  while (!session_.output().empty()) {
    const std::string_view bytes = session_.output();
    const ssize_t written = ::write(output_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EAGAIN) return {};
    // Its last words are still to be read, and may say why.
    if (written < 0 && (errno == EPIPE || errno == ECONNRESET)) session_.sent(bytes.size());
    if (written < 0 && errno != EINTR && errno != EPIPE && errno != ECONNRESET) {
      return fail(ErrorCode::unavailable, "cannot write to {}: {}", name_, message_of(errno));
    }
    if (written > 0) session_.sent(static_cast<std::size_t>(written));
  }
  return {};
}

Status DaemonConnection::receive_some() {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(input_.get(), buffer.data(), buffer.size());
  if (got > 0) session_.feed({buffer.data(), static_cast<std::size_t>(got)});
  if (got == 0 || (got < 0 && errno == ECONNRESET)) {
    if (error_) hear_complaints();
    return fail(lost());
  }
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    return fail(ErrorCode::unavailable, "cannot read from {}: {}", name_, message_of(errno));
  }
  return {};
}

void DaemonConnection::hear_complaints() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(error_.get(), buffer.data(), buffer.size());
  if (got > 0) complaint_.append(buffer.data(), static_cast<std::size_t>(got));
  if (got == 0) error_.reset();
  if (complaint_.size() > kMostComplaint) complaint_.erase(0, complaint_.size() - kMostComplaint);
}

Error DaemonConnection::lost() const {
  const std::string said = printable_line(complaint_);
  return {ErrorCode::unavailable, fmt::format("{} has ended the connection{}{}", name_, said.empty() ? "" : ": ", said)};
}

}  // namespace ekaci::nix
