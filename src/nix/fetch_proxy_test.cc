#include "nix/fetch_proxy.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

namespace ekaci::nix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A socket of 127.0.0.1 that waits at most some seconds for anything.
class Socket {
 public:
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}
  static Socket to(std::uint16_t port) {
    Socket made(Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    const sockaddr_in address = local(port);
    EXPECT_EQ(::connect(made.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return made;
  }
  static Socket listening() {
    Socket made(Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    const sockaddr_in address = local(0);
    EXPECT_EQ(::bind(made.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(made.fd_.get(), 8), 0);
    return made;
  }
  static sockaddr_in local(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  [[nodiscard]] std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }
  [[nodiscard]] Socket accept() const {
    EXPECT_TRUE(readable());
    return Socket(Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  void say(std::string_view text) const { EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL), text.size()); }
  void stop_talking() const { ::shutdown(fd_.get(), SHUT_WR); }
  /// What comes, up to so many bytes or the end.
  [[nodiscard]] std::string hear(std::size_t most = 1 << 20) const {
    std::string heard;
    while (heard.size() < most && readable()) {
      std::array<char, 4096> buffer{};
      const ssize_t got = ::recv(fd_.get(), buffer.data(), std::min(buffer.size(), most - heard.size()), 0);
      if (got <= 0) break;
      heard.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return heard;
  }

 private:
  [[nodiscard]] bool readable() const {
    pollfd poll_fd{fd_.get(), POLLIN, 0};
    return ::poll(&poll_fd, 1, 20'000) == 1;
  }
  Fd fd_;
};

constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

class Proxy : public testing::Test {
 protected:
  void start(FetchPolicy policy) {
    policy.local_ports = {{"server.example.org", server.port()}};
    proxy = FetchProxy::start(std::move(policy)).value();
  }
  [[nodiscard]] Socket client() const { return Socket::to(static_cast<std::uint16_t>(std::stoi(proxy->url().substr(17)))); }
  [[nodiscard]] std::string answer_to(std::string_view request) const {
    const Socket socket = client();
    socket.say(request);
    socket.stop_talking();
    return socket.hear();
  }

  Socket server = Socket::listening();
  std::unique_ptr<FetchProxy> proxy;
};

TEST_F(Proxy, PassesBytesBothWaysAndCountsThem) {
  start({});
  const Socket socket = client();
  socket.say("CONNECT server.example.org:443 HTTP/1.1\r\nHost: x\r\n\r\nearly");
  const Socket peer = server.accept();
  EXPECT_EQ(peer.hear(5), "early");
  EXPECT_EQ(socket.hear(kEstablished.size()), kEstablished);
  peer.say(std::string(1'000'000, 'a'));
  EXPECT_EQ(socket.hear(1'000'000), std::string(1'000'000, 'a'));
  socket.say("question");
  EXPECT_EQ(peer.hear(8), "question");
  peer.stop_talking();
  EXPECT_EQ(socket.hear(), "");
  EXPECT_GT(proxy->report().bytes, 1'000'012U);
  EXPECT_FALSE(proxy->report().limit_reached);
}

TEST_F(Proxy, CutsEverythingAtTheLimit) {
  start({.bytes = 100'000});
  const Socket socket = client();
  socket.say("CONNECT server.example.org:443 HTTP/1.1\r\n\r\n");
  const Socket peer = server.accept();
  EXPECT_EQ(socket.hear(kEstablished.size()), kEstablished);
  const std::string sent(90'000, 'a');
  peer.say(sent);
  EXPECT_EQ(socket.hear(sent.size()), sent);
  peer.say(sent);
  EXPECT_LT(socket.hear().size(), sent.size() + 1);
  EXPECT_TRUE(proxy->report().limit_reached);
  EXPECT_EQ(answer_to("CONNECT server.example.org:443 HTTP/1.1\r\n\r\n"), "") << "and lets nothing new begin";
}

TEST_F(Proxy, RefusesEverythingButConnectToTheHttpsPort) {
  start({});
  EXPECT_THAT(answer_to("GET http://server.example.org/ HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer_to("CONNECT server.example.org:22 HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer_to("CONNECT server.example.org HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer_to("CONNECT ser ver:443 HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer_to("CONNECT a\x01/b:443 HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405"));
}

TEST_F(Proxy, RefusesAddressesThatAreNotPublic) {
  start({});
  for (const char* host :
       {"127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]", "0", "2130706433"}) {
    EXPECT_THAT(answer_to(fmt::format("CONNECT {}:443 HTTP/1.1\r\n\r\n", host)),
                testing::AnyOf(StartsWith("HTTP/1.1 403"), StartsWith("HTTP/1.1 502")))
        << host;
  }
  EXPECT_THAT(proxy->report().refusals, testing::Contains(HasSubstr("10.1.2.3:443 is not on the public internet")));
}

TEST_F(Proxy, SaysThatNobodyAnswers) {
  server = Socket::listening();
  start({});
  server = Socket::listening();  // the port that the proxy was told has closed
  EXPECT_THAT(answer_to("CONNECT server.example.org:443 HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 502"));
  EXPECT_THAT(proxy->report().refusals, ElementsAre("server.example.org:443 cannot be connected to"));
}

TEST_F(Proxy, EndsARequestThatHasNoEnd) {
  start({});
  EXPECT_EQ(answer_to("CONNECT " + std::string(20'000, 'a')), "");
}

TEST_F(Proxy, LetsTooManyConnectionsWait) {
  start({.connections = 2});
  const Socket first = client();
  const Socket second = client();
  const Socket third = client();
  third.say("GET / HTTP/1.1\r\n\r\n");
  first.say("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(first.hear(), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(third.hear(), StartsWith("HTTP/1.1 405"));
}

TEST_F(Proxy, EndsWithConnectionsOpen) {
  start({});
  const Socket idle = client();
  const Socket open = client();
  open.say("CONNECT server.example.org:443 HTTP/1.1\r\n\r\n");
  const Socket peer = server.accept();
  EXPECT_EQ(open.hear(kEstablished.size()), kEstablished);
  proxy.reset();
  EXPECT_EQ(open.hear(), "");
  EXPECT_EQ(peer.hear(), "");
}

}  // namespace
}  // namespace ekaci::nix
