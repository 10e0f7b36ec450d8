#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "net/request_reader.h"
#include "net/response_head.h"
#include "net/server_core.h"

/// The life of one connection: it waits for a request, reads its head, then its body, hands it to the handler, sends the answer, and begins
/// again, or lingers and closes. In each of these phases exactly one deadline runs, so that none of them can last for ever.
namespace ekaci::net {
namespace {

namespace asio = boost::asio;
using ErrorOfAsio = boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Read at once: a webhook comes in one or two of them.
constexpr std::size_t kReadBytes = std::size_t{16} << 10U;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// A second for each `rate` bytes.
milliseconds time_for(std::uint64_t bytes, std::uint64_t rate) { return seconds(bytes / std::max<std::uint64_t>(rate, 1)); }

enum class Phase { idle, head, body, handling, sending, lingering, closed };

class SocketConnection final : public Connection, public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(ServerCore& core, std::string peer)
      : core_(core),
        strand_(asio::make_strand(core.context())),
        socket_(strand_),
        deadline_(strand_),
        peer_(std::move(peer)),
        reader_(core.limits().header_bytes) {}

  /// Before start().
  bool assign(Fd socket, int family) {
    ErrorOfAsio error;
    socket_.assign(asio::generic::stream_protocol(family, 0), socket.get(), error);
    if (error) return false;
    static_cast<void>(socket.release());
    return true;
  }

  void start() override { on_strand(&SocketConnection::await_request); }
  void close_if_idle() override {
    on_strand([](SocketConnection& self) {
      if (self.phase_ == Phase::idle) self.close_now();
    });
  }
  void close() override { on_strand(&SocketConnection::close_now); }

 private:
  using Step = void (SocketConnection::*)();

  /// Runs a step on the strand, later.
  template <class What>
  void on_strand(What what) {
    asio::post(strand_, [self = shared_from_this(), what] { std::invoke(what, *self); });
  }

  void await_request() {
    if (phase_ == Phase::closed) return;
    if (requests_ > 0 && core_.is_stopping()) {
      linger();
      return;
    }
    phase_ = Phase::idle;
    method_ = Method::get;
    reader_ = RequestReader(core_.limits().header_bytes);
    if (!buffer_.empty()) {
      begin_head();
      return;
    }
    set_deadline(requests_ == 0 ? core_.limits().header_time : core_.limits().idle_time);
    socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](const ErrorOfAsio& error) {
      if (self->phase_ != Phase::idle) return;
      if (error) {
        self->close_now();
        return;
      }
      self->begin_head();
    });
  }

  void begin_head() {
    phase_ = Phase::head;
    set_deadline(core_.limits().header_time);
    read_head();
  }

  void read_head() {
    const Reading reading = reader_.read_head(buffer_);
    if (!reading) {
      refuse(reading.error());
      return;
    }
    if (*reading == Progress::needs_more) {
      read_more(&SocketConnection::read_head);
      return;
    }
    begin_body();
  }

  void begin_body() {
    phase_ = Phase::body;
    received_ = Clock::Instant::clock::now();
    const RequestHead& head = reader_.head();
    method_ = head.method;
    const BodyLimit& limit = core_.options().body_limit;
    reader_.limit_body(limit ? limit(head.method, head.target) : core_.limits().body_bytes);
    set_deadline(core_.limits().body_time);
    const Reading first = reader_.read_body(buffer_);
    // Who has begun to send the body is not told to go on.
    const bool has_begun = reader_.body_size() > 0 || !buffer_.empty();
    if (head.awaits_continue && !has_begun && first && *first == Progress::needs_more) {
      send_continue();
      return;
    }
    take_body(first);
  }

  void send_continue() {
    asio::async_write(socket_, asio::buffer(kContinue), [self = shared_from_this()](const ErrorOfAsio& error, std::size_t sent) {
      self->core_.counting().bytes_sent += sent;
      if (self->phase_ == Phase::closed) return;
      if (error) {
        self->close_now();
        return;
      }
      self->read_body();
    });
  }

  void read_body() { take_body(reader_.read_body(buffer_)); }

  void take_body(const Reading& reading) {
    if (!reading) {
      refuse(reading.error());
      return;
    }
    if (!hold_body()) {
      refuse({.status = 503, .reason = "too many large requests at once; try again later"});
      return;
    }
    if (*reading == Progress::whole) {
      handle();
      return;
    }
    deadline_at(received_ + core_.limits().body_time + time_for(reader_.body_size(), core_.limits().body_rate));
    read_more(&SocketConnection::read_body);
  }

  bool hold_body() {
    const std::uint64_t more = reader_.body_size() - held_;
    if (!core_.hold_body_bytes(more)) return false;
    held_ += more;
    return true;
  }

  void release_body() { core_.release_body_bytes(std::exchange(held_, 0)); }

  void read_more(Step then) {
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kReadBytes);
    const auto room = asio::buffer(buffer_.data() + before, kReadBytes);
    socket_.async_read_some(room, [self = shared_from_this(), then, before](const ErrorOfAsio& error, std::size_t read) {
      self->buffer_.resize(before + read);
      self->core_.counting().bytes_received += read;
      if (self->phase_ == Phase::closed) return;
      if (self->is_late_) {
        self->refuse({.status = 408, .reason = "the request did not come in time"});
        return;
      }
      if (error) {
        self->close_now();
        return;
      }
      (self.get()->*then)();
    });
  }

  void handle() {
    phase_ = Phase::handling;
    set_deadline(core_.limits().answer_time);
    ++requests_;
    ++core_.counting().requests;
    RequestHead head = reader_.take_head();
    keeps_connection_ = head.keeps_connection && requests_ < core_.limits().requests_per_connection;
    Request request{
        .method = head.method,
        .target = std::move(head.target),
        .headers = std::move(head.headers),
        .body = reader_.take_body(),
        .peer = peer_,
        .received = received_,
    };
    try {
      core_.options().handler(std::move(request), make_responder());
    } catch (const std::exception& defect) {
      core_.options().log.error("a request's handler threw: {}", defect.what());
    }
  }

  /// It keeps neither connection nor core alive. Without the core the connection's socket cannot be: so the core is held first, and longer.
  Responder make_responder() {
    return Responder([core = core_.weak_from_this(), connection = weak_from_this(), number = requests_](Response response) {
      const std::shared_ptr<ServerCore> alive = core.lock();
      if (!alive) return;
      const std::shared_ptr<SocketConnection> self = connection.lock();
      if (!self) return;
      asio::post(self->strand_, [connection, number, response = std::move(response)]() mutable {
        if (const auto there = connection.lock()) there->take_answer(number, std::move(response));
      });
    });
  }

  void take_answer(std::size_t number, Response response) {
    if (phase_ != Phase::handling || number != requests_) return;
    send(std::move(response));
  }

  void refuse(const Refusal& refusal) {
    const RefusalListener& listener = core_.options().refused;
    if (phase_ == Phase::body && listener) listener(method_, reader_.head().target, refusal.status);
    keeps_connection_ = false;
    Response response = Response::error(refusal.status, refusal.reason);
    if (refusal.status == 503) response.headers.set("Retry-After", "10");
    send(std::move(response));
  }

  void send(Response response) {
    phase_ = Phase::sending;
    release_body();
    if (!is_sendable(response)) {
      core_.options().log.error("a handler's answer has a status or a header that cannot be sent (status {})", response.status);
      response = Response::error(500, "the answer cannot be sent; the server's log says more");
    }
    keeps_connection_ = keeps_connection_ && !core_.is_stopping();
    ++core_.counting().responses.at(static_cast<std::size_t>(response.status / 100 - 1));
    outgoing_head_ = response_head(response, {.method = method_, .keeps_connection = keeps_connection_, .now = Clock::Wall::clock::now()});
    outgoing_body_ = has_body(response, method_) ? std::move(response.body) : std::string();
    const std::array<asio::const_buffer, 2> whole{asio::buffer(outgoing_head_), asio::buffer(outgoing_body_)};
    set_deadline(core_.limits().write_time + time_for(outgoing_body_.size(), core_.limits().write_rate));
    asio::async_write(socket_, whole, [self = shared_from_this()](const ErrorOfAsio& error, std::size_t sent) {
      self->core_.counting().bytes_sent += sent;
      if (self->phase_ == Phase::closed) return;
      if (error) {
        self->close_now();
        return;
      }
      self->end_request();
    });
  }

  void end_request() {
    outgoing_head_.clear();
    outgoing_body_ = std::string();
    if (!keeps_connection_) {
      linger();
      return;
    }
    await_request();
  }

  /// Closing a socket with bytes in it that were not read would make the kernel take back what was sent.
  void linger() {
    phase_ = Phase::lingering;
    ErrorOfAsio ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    set_deadline(core_.limits().linger_time);
    drop_more();
  }

  void drop_more() {
    buffer_.resize(kReadBytes);
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const ErrorOfAsio& error, std::size_t read) {
      self->core_.counting().bytes_received += read;
      if (self->phase_ == Phase::closed) return;
      if (error) {
        self->close_now();
        return;
      }
      self->drop_more();
    });
  }

  void set_deadline(milliseconds from_now) { deadline_at(Clock::Instant::clock::now() + from_now); }

  /// Instead of the deadline before.
  void deadline_at(Clock::Instant when) {
    deadline_.expires_at(when);
    deadline_.async_wait([self = shared_from_this()](const ErrorOfAsio& error) {
      // A wait that was already over when it was taken back comes without an error.
      if (error || self->phase_ == Phase::closed || self->deadline_.expiry() > Clock::Instant::clock::now()) return;
      self->end_phase();
    });
  }

  /// The deadline has passed.
  void end_phase() {
    switch (phase_) {
      case Phase::head:
      case Phase::body: {
        is_late_ = true;
        ErrorOfAsio ignored;
        socket_.cancel(ignored);  // what is being read ends, and says so
        return;
      }
      case Phase::handling:
        refuse({.status = 504, .reason = "the answer was not ready in time"});
        return;
      case Phase::idle:
      case Phase::sending:
      case Phase::lingering:
        close_now();
        return;
      case Phase::closed:
        return;
    }
  }

  void close_now() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    release_body();
    deadline_.cancel();
    ErrorOfAsio ignored;
    socket_.close(ignored);
    core_.forget(shared_from_this());
  }

  ServerCore& core_;  ///< owns this
  asio::strand<asio::io_context::executor_type> strand_;
  // All below: on the strand.
  asio::generic::stream_protocol::socket socket_;
  asio::steady_timer deadline_;
  const std::string peer_;
  Phase phase_ = Phase::idle;
  std::string buffer_;  ///< received and not taken yet
  RequestReader reader_;
  Method method_ = Method::get;
  Clock::Instant received_{};
  std::uint64_t held_ = 0;    ///< of the body bytes that all share
  std::size_t requests_ = 0;  ///< that came to the handler
  bool keeps_connection_ = false;
  bool is_late_ = false;
  std::string outgoing_head_;
  std::string outgoing_body_;
};

}  // namespace

std::shared_ptr<Connection> make_connection(ServerCore& core, Fd socket, int family, std::string peer) {
  auto connection = std::make_shared<SocketConnection>(core, std::move(peer));
  if (!connection->assign(std::move(socket), family)) return nullptr;
  return connection;
}

}  // namespace ekaci::net
