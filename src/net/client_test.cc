#include "net/client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "net/listen.h"
#include "net/server.h"
#include "net/url.h"
#include "tests/support/waiting_handler.h"

namespace ekaci::net {
namespace {

using ::ekaci::testing::WaitingHandler;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kSecret = "ghs_hunter2";

/// What the server saw, as text; `/redirect` leads to `/`, `/loop` to itself, `/large` is a mebibyte.
void tell(const Request& request, Responder responder) {
  if (request.target.path == "/redirect" || request.target.path == "/loop") {
    Response response = Response::text(302, "there");
    response.headers.set("Location", request.target.path == "/loop" ? "/loop" : "/");
    responder.answer(std::move(response));
    return;
  }
  if (request.target.path == "/large") {
    responder.answer(Response::text(200, std::string(std::size_t{1} << 20U, 'x')));
    return;
  }
  std::string seen = std::string(to_string(request.method)) + " " + request.target.path + "\n";
  for (const auto& [name, value] : request.headers.fields()) seen += name + ": " + value + "\n";
  Response response = Response::text(200, seen + "\n" + request.body);
  response.headers.add("X-RateLimit-Remaining", "4999");
  response.headers.add("ETag", "\"abc\"");
  responder.answer(std::move(response));
}

class HttpClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ::setenv("no_proxy", "*", 1); }  // NOLINT(concurrency-mt-unsafe): there is no other thread yet

  HttpClientTest()
      : server_(HttpServer::start({.handler = tell, .log = Log(LogLevel::error)}).value()),
        client_(HttpClient::make({.user_agent = "EkaCI/test"}).value()) {}

  [[nodiscard]] std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(path);
  }
  Result<ClientResponse> send(const ClientRequest& request) { return client_->send(request, {}); }

  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, LeavesThePathAsItIs) { EXPECT_EQ(send({.url = url("/a/../b")}).value().status, 400) << "our server takes no `..`"; }

TEST_F(HttpClientTest, SendsMethodPathHeadersAndBody) {
  const auto response = send({.method = Method::post,
                              .url = url("/repos/" + encode_path_segment("a/b") + "?q=1"),
                              .headers = {{.name = "Authorization", .value = "Bearer x"}, {.name = "X-Empty"}},
                              .body = "{}"});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->status, 200);
  for (const char* part :
       {"POST /repos/a%2Fb\n", "Authorization: Bearer x\n", "X-Empty: \n", "User-Agent: EkaCI/test\n", "Content-Length: 2\n"}) {
    EXPECT_THAT(response->body, HasSubstr(part));
  }
  for (const char* part : {"Accept-Encoding", "Expect", "Content-Type", "q=1"}) EXPECT_THAT(response->body, Not(HasSubstr(part)));
  EXPECT_TRUE(response->body.ends_with("\n\n{}"));
}

TEST_F(HttpClientTest, ReadsTheAnswersHeadersWhateverTheirCase) {
  const auto response = send({.url = url("/")});
  EXPECT_EQ(response.value().headers.find("x-ratelimit-remaining"), "4999");
  EXPECT_EQ(response.value().headers.find("etag"), "\"abc\"");
}

TEST_F(HttpClientTest, HasEveryMethod) {
  for (const Method method : {Method::get, Method::post, Method::put, Method::patch, Method::remove, Method::options}) {
    const auto response = send({.method = method, .url = url("/")});
    ASSERT_TRUE(response) << to_string(method) << response.error().to_string();
    EXPECT_TRUE(response->body.starts_with(std::string(to_string(method)) + " /\n"));
  }
  const auto head = send({.method = Method::head, .url = url("/")});
  EXPECT_EQ(head.value().status, 200);
  EXPECT_EQ(head.value().body, "");
  EXPECT_TRUE(head.value().headers.contains("Content-Length"));
}

TEST_F(HttpClientTest, SendsLargeBodiesAtOnce) {
  const std::string body(std::size_t{1} << 20U, 'x');
  const auto response = send({.method = Method::put, .url = url("/"), .body = body});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_TRUE(response->body.ends_with(body));
}

TEST_F(HttpClientTest, KeepsItsConnections) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send({.url = url("/")}));
  EXPECT_EQ(server_->counters().accepted, 1U);
}

TEST_F(HttpClientTest, ServesManyThreads) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(send({.method = Method::post, .url = url("/"), .body = "x"}).value().status, 200);
    });
  }
  threads.clear();
  EXPECT_EQ(server_->counters().requests, 160U);
  EXPECT_LE(server_->counters().accepted, 8U);
}

TEST_F(HttpClientTest, RedirectionsAreAnswersUnlessTheyAreWanted) {
  EXPECT_EQ(send({.url = url("/redirect")}).value().status, 302);
  EXPECT_EQ(send({.url = url("/redirect")}).value().headers.find("location"), "/");
  const auto followed = send({.url = url("/redirect"), .redirects = 1});
  EXPECT_EQ(followed.value().status, 200);
  EXPECT_FALSE(followed.value().headers.contains("Location"));
  EXPECT_EQ(send({.url = url("/loop"), .redirects = 3}).error().code(), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, AnswersAreBounded) {
  EXPECT_EQ(send({.url = url("/large"), .largest_answer = (std::uint64_t{1} << 20U) - 1}).error().code(), ErrorCode::resource_exhausted);
  EXPECT_EQ(send({.url = url("/large"), .largest_answer = std::uint64_t{1} << 20U}).value().body.size(), std::size_t{1} << 20U);
}

TEST_F(HttpClientTest, WhatCannotBeSentIsRefused) {
  const std::vector<ClientRequest> bad{
      {.url = "ftp://host/"},
      {.url = "/path"},
      {.url = "http://user:password@host/"},
      {.url = url("/"), .headers = {{.name = "X", .value = "a\r\nY: b"}}},
      {.url = url("/"), .headers = {{.name = "Content-Length", .value = "1"}}},
      {.url = url("/"), .body = "x"},
  };
  for (const ClientRequest& request : bad) EXPECT_EQ(send(request).error().code(), ErrorCode::invalid_argument) << request.url;
  EXPECT_EQ(server_->counters().accepted, 0U);
  EXPECT_EQ(HttpClient::make({.user_agent = "a\nb"}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(HttpClientTest, ErrorsHoldNoSecrets) {
  const Headers headers{{.name = "Authorization", .value = "Bearer " + std::string(kSecret)}};
  const std::string query = "?token=" + std::string(kSecret);
  const std::uint16_t port = server_->port();
  server_.reset();
  const std::string gone = "http://127.0.0.1:" + std::to_string(port) + "/path" + query;
  const Headers broken{{.name = "Authorization", .value = std::string(kSecret) + "\n"}};
  for (const ClientRequest& request : std::vector<ClientRequest>{{.url = gone, .headers = headers},
                                                                 {.url = gone, .headers = broken},
                                                                 {.url = "https://" + std::string(kSecret) + "@host/"},
                                                                 {.url = gone, .headers = headers, .body = std::string(kSecret)}}) {
    const auto response = send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().to_string(), Not(HasSubstr(kSecret)));
  }
}

TEST_F(HttpClientTest, NobodyThereIsUnavailable) {
  const std::string gone = url("/");
  server_.reset();
  const Error error = send({.url = gone}).error();
  EXPECT_EQ(error.code(), ErrorCode::unavailable);
  EXPECT_THAT(error.message(), HasSubstr("GET " + gone));
}

TEST_F(HttpClientTest, PlainHttpIsNoTls) {
  const auto response = send({.url = "https" + url("/").substr(4)});
  EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, AMissingFileOfAuthoritiesIsSaid) {
  const auto client = HttpClient::make({.certificates = "/nonexistent/ca.pem"}).value();
  EXPECT_EQ(client->send({.url = "https" + url("/").substr(4)}, {}).error().code(), ErrorCode::invalid_argument);
}

class SlowServerTest : public HttpClientTest {
 protected:
  SlowServerTest() : slow_(HttpServer::start({.handler = waiting_.handler(), .log = Log(LogLevel::error)}).value()) {}
  [[nodiscard]] std::string slow_url() const { return "http://127.0.0.1:" + std::to_string(slow_->port()) + "/"; }
  WaitingHandler waiting_;
  std::unique_ptr<HttpServer> slow_;
};

TEST_F(SlowServerTest, ADeadlineEndsTheExchange) {
  const auto response = send({.url = slow_url(), .deadlines = {.total = 20ms}});
  EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST_F(SlowServerTest, ARequestToStopEndsTheExchange) {
  CancelSource source;
  Result<ClientResponse> response = fail(ErrorCode::internal, "not asked");
  std::thread asking([&] { response = client_->send({.url = slow_url()}, source.get_token()); });
  const Responder responder = waiting_.next();
  source.request_stop();
  asking.join();
  EXPECT_EQ(response.error().code(), ErrorCode::cancelled);
  EXPECT_EQ(client_->send({.url = slow_url()}, source.get_token()).error().code(), ErrorCode::cancelled);
}

/// Answers one connection with these bytes, whatever it is asked, and closes.
class Babbler {
 public:
  explicit Babbler(std::string bytes) : listening_(listen_on(HostPort{.host = "127.0.0.1"}).value()) {
    const int flags = ::fcntl(listening_.socket.get(), F_GETFL);
    ::fcntl(listening_.socket.get(), F_SETFL, flags & ~O_NONBLOCK);
    thread_ = std::jthread([this, bytes = std::move(bytes)] {
      const Fd client(::accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string asked(4096, '\0');
      static_cast<void>(::recv(client.get(), asked.data(), asked.size(), 0));
      ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    });
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(listening_.port) + "/"; }

 private:
  Listening listening_;
  std::jthread thread_;
};

TEST_F(HttpClientTest, WhatIsNoHttpIsCorrupt) {
  const Babbler babbler("220 mail.example.org ESMTP\r\n");
  EXPECT_EQ(send({.url = babbler.url()}).error().code(), ErrorCode::corrupt);
}

TEST_F(HttpClientTest, AnAnswerThatBreaksOffIsUnavailable) {
  const Babbler babbler("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(send({.url = babbler.url()}).error().code(), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, TrailersAndInterimAnswersAreNotTheAnswersHeaders) {
  const Babbler babbler(
      "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "
      "x\r\n\r\n3\r\nabc\r\n0\r\nX-Late: y\r\n\r\n");
  const auto response = send({.url = babbler.url()});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->body, "abc");
  EXPECT_TRUE(response->headers.contains("ETag"));
  EXPECT_FALSE(response->headers.contains("Link"));
  EXPECT_FALSE(response->headers.contains("X-Late"));
}

TEST_F(HttpClientTest, AHeadWithoutEndIsBounded) {
  const Babbler babbler("HTTP/1.1 200 OK\r\n" + [] {
    std::string lines;
    while (lines.size() < 400'000) lines += "X-Filler: " + std::string(1000, 'x') + "\r\n";
    return lines;
  }());
  EXPECT_EQ(send({.url = babbler.url()}).error().code(), ErrorCode::resource_exhausted);
}

TEST_F(HttpClientTest, GoesThroughAUnixSocket) {
  const std::filesystem::path directory = make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-net-").value();
  const std::filesystem::path path = directory / "control.sock";
  {
    const auto server = HttpServer::start({.address = UnixSocket{.path = path}, .handler = tell, .log = Log(LogLevel::error)}).value();
    const auto client = HttpClient::make({.unix_socket = path}).value();
    const auto response = client->send({.url = "http://control/status"}, {});
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_THAT(response->body, HasSubstr("GET /status\n"));
  }
  EXPECT_TRUE(remove_tree(directory));
}

}  // namespace
}  // namespace ekaci::net
