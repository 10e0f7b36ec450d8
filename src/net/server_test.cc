#include "net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "tests/support/raw_connection.h"
#include "tests/support/waiting_handler.h"

namespace ekaci::net {
namespace {

using ::ekaci::testing::RawConnection;
using ::ekaci::testing::WaitingHandler;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

/// `METHOD path: body`.
void echo(const Request& request, Responder responder) {
  responder.answer(Response::text(200, std::string(to_string(request.method)) + " " + request.target.path + ": " + request.body));
}

std::unique_ptr<HttpServer> start(ServerOptions options) {
  options.log = Log(LogLevel::error);
  return HttpServer::start(std::move(options)).value();
}

std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

std::string post(std::string_view path, std::size_t length) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Until it is so; the test's own limit ends what never is.
void await(const std::function<bool()>& is_so) {
  while (!is_so()) std::this_thread::yield();
}

TEST(HttpServer, AnswersOneRequestAfterTheOther) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/a%20b")).body, "GET /a%20b: ");
  EXPECT_EQ(client.ask(post("/", 5) + "hello").body, "POST /: hello");
  const RawConnection::Answer last = client.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(last.head, HasSubstr("Connection: close"));
  EXPECT_EQ(client.read_all(), "");
}

TEST(HttpServer, TellsOfARequestThatNoHandlerSaw) {
  std::promise<std::string> refused;
  const auto server =
      start({.handler = echo,
             .body_limit = [](Method, const Target&) { return std::uint64_t{10}; },
             .refused = [&](Method method, const Target& target,
                            int status) { refused.set_value(fmt::format("{} {} {}", to_string(method), target.path, status)); }});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/small")).status, 200);
  EXPECT_EQ(client.ask(post("/hook", 11)).status, 413);
  EXPECT_EQ(refused.get_future().get(), "POST /hook 413");
}

TEST(HttpServer, SaysWhoAsks) {
  const auto server =
      start({.handler = [](const Request& request, Responder responder) { responder.answer(Response::text(200, request.peer)); }});
  RawConnection client(server->port());
  EXPECT_THAT(client.ask(get("/")).body, StartsWith("127.0.0.1:"));
}

TEST(HttpServer, KeepsTwoHundredConnectionsAtOnce) {
  const auto server = start({.handler = echo, .threads = 2});
  std::vector<std::unique_ptr<RawConnection>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<RawConnection>(server->port()));
  for (int round = 0; round < 3; ++round) {
    for (const auto& client : clients) ASSERT_TRUE(client->send(get("/x")));
    for (const auto& client : clients) ASSERT_EQ(client->read_answer().body, "GET /x: ");
  }
  const ServerCounters counters = server->counters();
  EXPECT_EQ(counters.connections, 200U);
  EXPECT_EQ(counters.accepted, 200U);
  EXPECT_EQ(counters.requests, 600U);
  EXPECT_EQ(counters.responses.at(1), 600U);
  EXPECT_EQ(counters.refused, 0U);
}

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send(get("/1") + post("/2", 1) + "x" + get("/3"));
  EXPECT_EQ(client.read_answer().body, "GET /1: ");
  EXPECT_EQ(client.read_answer().body, "POST /2: x");
  EXPECT_EQ(client.read_answer().body, "GET /3: ");
}

TEST(HttpServer, AnswersAClientThatSendsNoMore) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send(get("/"));
  client.half_close();
  EXPECT_THAT(client.read_all(), EndsWith("GET /: "));
}

TEST(HttpServer, RefusesALargeBodyBeforeItIsSent) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  const RawConnection::Answer answer = client.ask(post("/", 20 * kMebibyte));
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("20971520 bytes"));
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_EQ(server->counters().requests, 0U);
}

TEST(HttpServer, AClientThatSendsALargeBodyAllTheSameGetsItsAnswer) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send(post("/", 20 * kMebibyte));
  client.send(std::string(20 * kMebibyte, 'x'));
  EXPECT_EQ(client.read_answer().status, 413);
  EXPECT_EQ(server->counters().body_bytes, 0U);
}

TEST(HttpServer, ARouteMayTakeLargerBodies) {
  const auto server =
      start({.handler = [](const Request& request,
                           Responder responder) { responder.answer(Response::text(200, std::to_string(request.body.size()))); },
             .body_limit = [](Method, const Target& target) -> std::uint64_t { return target.path == "/webhook" ? 4 * kMebibyte : 10; }});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(post("/webhook", 4 * kMebibyte) + std::string(4 * kMebibyte, 'x')).body, "4194304");
  EXPECT_EQ(client.ask(post("/other", 11)).status, 413);
}

TEST(HttpServer, AllBodiesTogetherAreBounded) {
  WaitingHandler waiting;
  const auto server = start({.handler = waiting.handler(), .limits = {.body_bytes_in_all = 1000}});
  RawConnection first(server->port());
  first.send(post("/", 600) + std::string(600, 'x'));
  Responder responder = waiting.next();
  RawConnection second(server->port());
  const RawConnection::Answer refused = second.ask(post("/", 600) + std::string(600, 'x'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.head, HasSubstr("Retry-After"));
  responder.answer(Response::empty(204));
  EXPECT_EQ(first.read_head().status, 204);
  EXPECT_EQ(server->counters().body_bytes, 0U);
  RawConnection third(server->port());
  third.send(post("/", 600) + std::string(600, 'x'));
  waiting.next().answer(Response::empty(204));
  EXPECT_EQ(third.read_head().status, 204);
}

TEST(HttpServer, CutsWhoSendsAHeadTooSlowly) {
  const auto server = start({.handler = echo, .limits = {.header_time = 20ms}});
  RawConnection client(server->port());
  client.send("GET / HT");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 408 "));
  RawConnection silent(server->port());
  EXPECT_EQ(silent.read_all(), "");
}

TEST(HttpServer, CutsWhoSendsABodyTooSlowly) {
  const auto server = start({.handler = echo, .limits = {.body_time = 20ms}});
  RawConnection client(server->port());
  client.send(post("/", 10) + "x");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server->counters().body_bytes, 0U);
}

TEST(HttpServer, CutsWhoTakesNoAnswer) {
  const auto server = start(
      {.handler = [](const Request&, Responder responder) { responder.answer(Response::text(200, std::string(64 * kMebibyte, 'x'))); },
       .limits = {.write_time = 20ms, .write_rate = std::uint64_t{1} << 40U}});
  RawConnection client(server->port());
  client.send(get("/"));
  await([&] { return server->counters().requests == 1; });
  await([&] { return server->counters().connections == 0; });
}

TEST(HttpServer, ClosesIdleConnections) {
  const auto server = start({.handler = echo, .limits = {.idle_time = 20ms}});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  EXPECT_EQ(client.read_all(), "");
}

TEST(HttpServer, ClosesAfterSoManyRequests) {
  const auto server = start({.handler = echo, .limits = {.requests_per_connection = 2}});
  RawConnection client(server->port());
  EXPECT_THAT(client.ask(get("/")).head, HasSubstr("Connection: keep-alive"));
  EXPECT_THAT(client.ask(get("/")).head, HasSubstr("Connection: close"));
  EXPECT_EQ(client.read_all(), "");
}

TEST(HttpServer, HandlersMayAnswerLaterFromAnotherThread) {
  WaitingHandler waiting;
  const auto server = start({.handler = waiting.handler()});
  RawConnection client(server->port());
  client.send(get("/"));
  std::thread([responder = waiting.next()]() mutable { responder.answer(Response::text(202, "later")); }).join();
  EXPECT_EQ(client.read_answer().body, "later");
}

TEST(HttpServer, ADroppedResponderAnswers500) {
  const auto server = start({.handler = [](const Request&, const Responder&) {}});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/")).status, 500);
  EXPECT_EQ(client.ask(get("/")).status, 500);
}

TEST(HttpServer, AHandlerThatThrowsAnswers500) {
  ServerOptions options{.handler = [](const Request&, const Responder&) { throw std::runtime_error("a defect"); }};
  const auto server = start(std::move(options));
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/")).status, 500);
  EXPECT_EQ(client.ask(get("/")).status, 500);
}

TEST(HttpServer, AHandlerThatNeverAnswersIsAnsweredFor) {
  WaitingHandler waiting;
  const auto server = start({.handler = waiting.handler(), .limits = {.answer_time = 20ms}});
  RawConnection client(server->port());
  EXPECT_EQ(client.ask(get("/")).status, 504);
  EXPECT_EQ(client.read_all(), "");
  waiting.next().answer(Response::text(200, "too late"));
}

TEST(HttpServer, AnAnswerThatCannotBeSentIs500) {
  const auto server =
      start({.handler = [](Request,
                           Responder responder) { responder.answer({.headers = {{.name = "Location", .value = "/a\r\nSet-Cookie: b"}}}); },
             .log = Log(LogLevel::error)});
  RawConnection client(server->port());
  const RawConnection::Answer answer = client.ask(get("/"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.head.find("Set-Cookie"), std::string::npos);
}

TEST(HttpServer, TellsAPatientClientToGoOn) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("hello").body, "POST /: hello");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST(HttpServer, HeadIsAnsweredWithoutABody) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_head().head, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_EQ(client.ask(get("/")).body, "GET /: ");
}

TEST(HttpServer, SpeaksWithOldClients) {
  const auto server = start({.handler = echo});
  RawConnection client(server->port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("GET /: "));
  RawConnection keeping(server->port());
  EXPECT_EQ(keeping.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
  EXPECT_EQ(keeping.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
}

TEST(HttpServer, BadRequestsAreToldWhy) {
  const auto server = start({.handler = echo});
  for (const char* bad : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
    RawConnection client(server->port());
    const RawConnection::Answer answer = client.ask(bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_THAT(answer.body, StartsWith("{\"error\":")) << bad;
    EXPECT_EQ(client.read_all(), "");
  }
  EXPECT_EQ(server->counters().responses.at(3), 3U);
}

TEST(HttpServer, RefusesConnectionsBeyondTheLimit) {
  const auto server = start({.handler = echo, .limits = {.connections = 2}});
  auto first = std::make_unique<RawConnection>(server->port());
  RawConnection second(server->port());
  EXPECT_EQ(first->ask(get("/")).status, 200);
  EXPECT_EQ(second.ask(get("/")).status, 200);
  RawConnection third(server->port());
  EXPECT_EQ(third.read_answer().status, 503);
  EXPECT_EQ(third.read_all(), "");
  EXPECT_EQ(server->counters().refused, 1U);
  first.reset();
  await([&] { return server->counters().connections < 2; });
  RawConnection fourth(server->port());
  EXPECT_EQ(fourth.ask(get("/")).status, 200);
}

/// No descriptor above those that are open can be had as long as it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const Fd lowest_free(::dup(0));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free.get());
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
constexpr bool kSanitizerNeedsDescriptors = true;  // it looks through a pipe of its own whether memory can be read
#else
constexpr bool kSanitizerNeedsDescriptors = false;
#endif
#else
constexpr bool kSanitizerNeedsDescriptors = false;
#endif

TEST(HttpServer, GoesOnAfterAWantOfDescriptors) {
  if (kSanitizerNeedsDescriptors) GTEST_SKIP() << "UBSan takes its own want of descriptors for memory that cannot be read";
  const auto server = start({.handler = echo, .log = Log(LogLevel::error)});
  RawConnection client;
  {
    const NoMoreDescriptors want;
    client.connect_to(server->port());
    client.send(get("/"));
    await([&] { return server->counters().accept_failures > 0; });
    EXPECT_EQ(server->counters().accepted, 0U);
  }
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(HttpServer, StopsAfterWhatIsUnderWay) {
  WaitingHandler waiting;
  const auto server = start({.handler = waiting.handler()});
  RawConnection idle(server->port());
  idle.send(get("/"));
  waiting.next().answer(Response::empty(204));
  EXPECT_EQ(idle.read_head().status, 204);
  RawConnection busy(server->port());
  busy.send(get("/"));
  Responder responder = waiting.next();

  std::future<void> stopped = std::async(std::launch::async, [&] { server->stop(1h); });
  EXPECT_EQ(idle.read_all(), "");  // it has begun
  EXPECT_EQ(stopped.wait_for(0ms), std::future_status::timeout);
  responder.answer(Response::text(200, "done"));
  const RawConnection::Answer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_EQ(busy.read_all(), "");
  busy = RawConnection();
  stopped.get();
  RawConnection late(server->port());
  EXPECT_FALSE(late.is_connected());
}

TEST(HttpServer, ClosesWhatIsNotDoneWithinTheGrace) {
  WaitingHandler waiting;
  auto server = start({.handler = waiting.handler()});
  RawConnection busy(server->port());
  busy.send(get("/"));
  std::optional<Responder> responder = waiting.next();
  server->stop(1ms);
  EXPECT_EQ(busy.read_all(), "");
  server.reset();
  responder.reset();  // answers nobody
}

TEST(HttpServer, WhatIsWaitedForWhenItStopsNeedsNoAnswer) {
  WaitingHandler waiting;
  std::vector<Responder> left;
  {
    const auto server = start({.handler = waiting.handler(), .threads = 2});
    std::vector<std::unique_ptr<RawConnection>> clients;
    for (int i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<RawConnection>(server->port()));
      clients.back()->send(get("/"));
      left.push_back(waiting.next());
    }
    std::thread answering([&] {
      for (Responder& responder : left) responder.answer(Response::empty(204));
    });
    server->stop(0ms);
    answering.join();
  }
}

TEST(HttpServer, OnePortHasOneServer) {
  const auto server = start({.handler = echo});
  const auto second = HttpServer::start({.address = HostPort{.host = "127.0.0.1", .port = server->port()}, .handler = echo});
  EXPECT_EQ(second.error().code(), ErrorCode::conflict);
  EXPECT_THAT(second.error().message(), HasSubstr("127.0.0.1:" + std::to_string(server->port())));
  EXPECT_EQ(HttpServer::start({}).error().code(), ErrorCode::invalid_argument);
}

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() : directory_(make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-net-").value()) {}
  UnixSocketTest(const UnixSocketTest&) = delete;
  UnixSocketTest& operator=(const UnixSocketTest&) = delete;
  ~UnixSocketTest() override { EXPECT_TRUE(remove_tree(directory_)); }

  [[nodiscard]] std::filesystem::path path() const { return directory_ / "control.sock"; }
  [[nodiscard]] ServerOptions options() const {
    return {.address = UnixSocket{.path = path()}, .handler = echo, .log = Log(LogLevel::error)};
  }

  std::filesystem::path directory_;
};

TEST_F(UnixSocketTest, IsServedForThisUserOnly) {
  const auto server = start(options());
  RawConnection client(path());
  EXPECT_EQ(client.ask(get("/")).body, "GET /: ");
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(server->port(), 0);
  server->stop(0ms);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, TellsTheHandlerWhichUserAsks) {
  ServerOptions told = options();
  told.handler = [](const Request& request, Responder responder) { responder.answer(Response::text(200, request.peer)); };
  const auto server = start(std::move(told));
  RawConnection client(path());
  EXPECT_EQ(client.ask(get("/")).body, "unix:" + std::to_string(::geteuid()));
}

TEST_F(UnixSocketTest, IsTakenOverOnlyWhereNobodyAnswers) {
  {
    const auto server = start(options());
    EXPECT_EQ(HttpServer::start(options()).error().code(), ErrorCode::conflict);
    RawConnection client(path());
    EXPECT_EQ(client.ask(get("/")).status, 200);
    std::filesystem::create_hard_link(path(), directory_ / "kept");
  }
  std::filesystem::rename(directory_ / "kept", path());  // as a server leaves it that was killed
  const auto server = start(options());
  RawConnection client(path());
  EXPECT_EQ(client.ask(get("/")).status, 200);
}

TEST_F(UnixSocketTest, AFileOfAnotherKindIsLeftAlone) {
  ASSERT_TRUE(write_file_atomically(path(), "precious"));
  EXPECT_EQ(HttpServer::start(options()).error().code(), ErrorCode::conflict);
  EXPECT_EQ(read_file(path(), 100).value(), "precious");
}

TEST_F(UnixSocketTest, PathsThatCannotBeAreRefused) {
  ServerOptions missing = options();
  missing.address = UnixSocket{.path = directory_ / "none" / "control.sock"};
  EXPECT_FALSE(HttpServer::start(std::move(missing)));
  ServerOptions too_long = options();
  too_long.address = UnixSocket{.path = directory_ / std::string(200, 'x')};
  EXPECT_EQ(HttpServer::start(std::move(too_long)).error().code(), ErrorCode::invalid_argument);
}

TEST(ListenAddress, IsReadStrictly) {
  EXPECT_EQ(parse_host_port("127.0.0.1:8080").value(), (HostPort{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(parse_host_port("[::1]:0").value(), (HostPort{.host = "::1", .port = 0}));
  EXPECT_EQ(to_string(ListenAddress(HostPort{.host = "::1", .port = 80})), "[::1]:80");
  for (const char* bad : {"", "8080", ":8080", "a:", "a:65536", "a:-1", "a:b", "::1:80", "[]:1", "a b:1", "http://a:1", "a\n:1"}) {
    EXPECT_EQ(parse_host_port(bad).error().code(), ErrorCode::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace ekaci::net
