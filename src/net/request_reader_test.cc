#include "net/request_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::net {
namespace {

constexpr std::size_t kHeadLimit = 1024;
constexpr std::uint64_t kBodyLimit = 64;

/// What came of bytes that were fed piece by piece.
struct Outcome {
  std::optional<Refusal> refusal{};
  bool is_whole = false;
  RequestHead head{};
  std::string body{};
  std::string rest{};
};

class Feeding {
 public:
  /// False when it is over.
  bool feed(std::string_view piece) {
    buffer_ += piece;
    if (!has_head_) {
      const Reading head = reader_.read_head(buffer_);
      if (!head) return refuse(head.error());
      if (*head == Progress::needs_more) return true;
      has_head_ = true;
      reader_.limit_body(kBodyLimit);
    }
    const Reading body = reader_.read_body(buffer_);
    if (!body) return refuse(body.error());
    outcome_.is_whole = *body == Progress::whole;
    return !outcome_.is_whole;
  }

  Outcome end() {
    if (!outcome_.is_whole) return outcome_;
    outcome_.head = reader_.take_head();
    outcome_.body = reader_.take_body();
    outcome_.rest = buffer_;
    return outcome_;
  }

 private:
  bool refuse(const Refusal& refusal) {
    outcome_.refusal = refusal;
    return false;
  }
  RequestReader reader_{kHeadLimit};
  std::string buffer_;
  Outcome outcome_;
  bool has_head_ = false;
};

Outcome read(std::string_view bytes) {
  Feeding feeding;
  feeding.feed(bytes);
  return feeding.end();
}

Outcome read_in_pieces(std::string_view bytes, std::size_t size) {
  Feeding feeding;
  while (!bytes.empty() && feeding.feed(bytes.substr(0, size))) bytes.remove_prefix(std::min(size, bytes.size()));
  return feeding.end();
}

int refused_with(std::string_view bytes) {
  const Outcome outcome = read(bytes);
  return outcome.refusal ? outcome.refusal->status : 0;
}

TEST(RequestReader, ReadsARequest) {
  const Outcome outcome = read("POST /hooks?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Y:  z \r\n\r\nhelloGET");
  ASSERT_TRUE(outcome.is_whole);
  EXPECT_EQ(outcome.head.method, Method::post);
  EXPECT_EQ(outcome.head.target.path, "/hooks");
  EXPECT_EQ(outcome.head.headers.find("x-y"), "z");
  EXPECT_TRUE(outcome.head.keeps_connection);
  EXPECT_EQ(outcome.body, "hello");
  EXPECT_EQ(outcome.rest, "GET");
}

TEST(RequestReader, ReadsChunksAndDropsTheTrailer) {
  const Outcome outcome =
      read("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Signature: forged\r\n\r\n");
  ASSERT_TRUE(outcome.is_whole);
  EXPECT_EQ(outcome.body, "abcde");
  EXPECT_FALSE(outcome.head.headers.contains("X-Signature"));
}

TEST(RequestReader, OldClientsMayLeaveOutTheHost) {
  const Outcome outcome = read("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(outcome.is_whole);
  EXPECT_FALSE(outcome.head.keeps_connection);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.keeps_connection);
  EXPECT_TRUE(read("\r\nGET / HTTP/1.0\r\n\r\n").is_whole);
}

TEST(RequestReader, WhatCanBeUnderstoodInTwoWaysIsRefused) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refused_with(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Content-Length: 5, 6\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Content-Length: -5\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Content-Length: 0x5\r\n\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\r\n"), 400);
}

TEST(RequestReader, WhatIsNoRequestIsRefusedWithAReason) {
  for (const char* bad :
       {"\n\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "G\x01T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"}) {
    EXPECT_EQ(refused_with(bad), 400) << bad;
    EXPECT_FALSE(read(bad).refusal.value_or(Refusal{}).reason.empty()) << bad;
  }
  EXPECT_EQ(refused_with("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\n\r\n"), 417);
}

TEST(RequestReader, HeadsAreBounded) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refused_with(start + "X: " + std::string(kHeadLimit, 'x')), 431);
  EXPECT_EQ(refused_with("GET /" + std::string(kHeadLimit, 'x')), 431);
  std::string many = start;
  while (many.size() < 2 * kHeadLimit) many += "X: y\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{6}, many.size()}) {
    const Outcome outcome = read_in_pieces(many, size);
    ASSERT_TRUE(outcome.refusal) << size;
    EXPECT_EQ(outcome.refusal->status, 431);
  }
}

TEST(RequestReader, BodiesAreBounded) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refused_with(post + "Content-Length: 65\r\n\r\n"), 413);
  EXPECT_EQ(refused_with(post + "Content-Length: 18446744073709551615\r\n\r\n"), 413);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked\r\n\r\n41\r\n"), 413);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n40\r\n"), 413);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"), 400);
  EXPECT_EQ(refused_with(post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(2 * kHeadLimit, 'x')), 431);
  EXPECT_TRUE(read(post + "Content-Length: 64\r\n\r\n" + std::string(64, 'x')).is_whole);
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesCome) {
  const std::vector<std::string> requests{
      "POST /a%20b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nA: b\r\n\r\n",
      "\r\nDELETE /x HTTP/1.0\r\n\r\n",
  };
  for (const std::string& request : requests) {
    const Outcome whole = read(request);
    ASSERT_TRUE(whole.is_whole) << request;
    for (std::size_t size = 1; size < request.size(); ++size) {
      const Outcome pieces = read_in_pieces(request, size);
      ASSERT_TRUE(pieces.is_whole) << size << request;
      EXPECT_EQ(pieces.head.target, whole.head.target);
      EXPECT_EQ(pieces.head.headers, whole.head.headers);
      EXPECT_EQ(pieces.body, whole.body);
    }
  }
}

TEST(RequestReader, AnyBytesAreReadOrRefused) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, std::uint8_t size) {
    for (const char* start : {"", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
      const Outcome outcome = read_in_pieces(start + bytes, size + std::size_t{1});
      RC_ASSERT(outcome.body.size() <= kBodyLimit);
    }
  }));
}

}  // namespace
}  // namespace ekaci::net
