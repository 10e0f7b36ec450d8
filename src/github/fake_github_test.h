#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "github/app_token.h"
#include "github/transport.h"

/// What the tests of this room stand on.
namespace ekaci::github {

/// A clock that stands still until it is turned.
class TurnedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant(since_1970()); }
  [[nodiscard]] Wall wall() const override { return Wall(since_1970()); }
  void turn(std::chrono::seconds by);

 private:
  [[nodiscard]] std::chrono::seconds since_1970() const;
  mutable std::mutex mutex_;
  std::chrono::seconds time_{1'735'689'600};  // 2025-01-01T00:00:00Z
};

/// A key that was made for this process, in both forms.
struct TestKey {
  std::string pkcs1{};
  std::string pkcs8{};
  std::string public_key{};
};
const TestKey& test_key();
PrivateKey test_private_key();
/// Whether a text was signed with the test key (RS256).
bool is_signed_with_test_key(std::string_view text, std::string_view signature);

/// Answers in GitHub's place what it was told to, and remembers what it was asked. Hands out tokens by itself: `token-1`, `token-2` …, good
/// for an hour. Any thread.
class FakeGitHub {
 public:
  explicit FakeGitHub(const Clock& clock) : clock_(clock) {}

  /// The next answer to requests of that method and path (without the query). Each is given once; the last one that was told, until there
  /// is another.
  void answer(std::string_view method_and_path, int status, std::string body, net::Headers headers = {});
  /// There is no answer to these.
  void be_unreachable(std::string_view method_and_path, ErrorCode code);

  Transport transport();
  /// Of requests for tokens there is no record here.
  [[nodiscard]] std::vector<net::ClientRequest> requests() const;
  [[nodiscard]] std::vector<net::ClientRequest> token_requests() const;

 private:
  using Answer = Result<net::ClientResponse>;
  struct Told {
    Answer answer;
    bool is_used = false;
  };
  void tell(std::string_view method_and_path, Answer answer);
  Answer answer_to(const net::ClientRequest& request);
  Answer hand_out_token(const net::ClientRequest& request);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Told>> answers_;
  std::vector<net::ClientRequest> requests_;
  std::vector<net::ClientRequest> token_requests_;
};

}  // namespace ekaci::github
