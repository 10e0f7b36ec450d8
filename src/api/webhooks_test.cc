#include "api/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ekaci::api {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Keeps guids, or nothing.
class ShortInbox final : public forge::Inbox {
 public:
  Result<bool> receive(const forge::Delivery& delivery) override {
    const std::scoped_lock lock(mutex_);
    if (is_full) return fail(ErrorCode::resource_exhausted, "the disk is full");
    return guids_.insert(delivery.guid).second;
  }
  Result<std::vector<forge::StoredDelivery>> unhandled(forge::DeliveryId /*after*/, std::size_t /*limit*/) override {
    return std::vector<forge::StoredDelivery>();
  }
  bool is_full = false;

 private:
  std::mutex mutex_;
  std::set<std::string> guids_;
};

class WebhooksTest : public ::testing::Test {
 protected:
  /// What a webhook is answered that is signed and right but for the given headers.
  net::Response post(const std::vector<net::Field>& headers = {}) {
    net::Request request{.method = net::Method::post, .body = "{}", .peer = "unix"};
    for (const net::Field& field : {net::Field{"X-Hub-Signature-256", "right"}, net::Field{"X-GitHub-Delivery", "guid-1"},
                                    net::Field{"X-GitHub-Event", "push"}, net::Field{"Content-Type", "application/json"}}) {
      request.headers.set(field.name, field.value);
    }
    for (const net::Field& field : headers) request.headers.set(field.name, field.value);
    std::promise<net::Response> answered;
    webhooks_.handle(std::move(request), net::Responder([&](net::Response response) { answered.set_value(std::move(response)); }));
    return answered.get_future().get();
  }

  SystemClock clock_;
  Log log_{LogLevel::error};
  ShortInbox inbox_;
  std::vector<std::pair<std::string, std::string>> counted_;
  Webhooks webhooks_{
      {.inbox = inbox_,
       .is_signed = [](std::string_view /*body*/, std::string_view signature) { return signature == "right"; },
       .received = [] {},
       .clock = clock_,
       .log = log_,
       .counted = [this](std::string_view event, WebhookOutcome outcome) { counted_.emplace_back(event, to_string(outcome)); }},
      1};
};

TEST_F(WebhooksTest, AreCountedByEventAndByWhatCameOfThem) {
  EXPECT_EQ(post().status, 202);
  EXPECT_EQ(post().status, 202);
  EXPECT_EQ(post({{"Content-Type", "text/plain"}, {"X-GitHub-Delivery", "guid-2"}}).status, 415);
  inbox_.is_full = true;
  EXPECT_EQ(post({{"X-GitHub-Delivery", "guid-3"}}).status, 503);
  EXPECT_THAT(counted_,
              ElementsAre(Pair("push", "accepted"), Pair("push", "repeated"), Pair("push", "malformed"), Pair("push", "not_kept")));
}

TEST_F(WebhooksTest, NobodysWordForTheEventIsTakenWhereNobodySigned) {
  EXPECT_EQ(post({{"X-Hub-Signature-256", "wrong"}}).status, 401);
  EXPECT_THAT(counted_, ElementsAre(Pair("", "bad_signature")));
}

TEST_F(WebhooksTest, EachAnswerNamesItsRequest) {
  std::set<std::string> ids;
  for (const char* signature : {"right", "right", "wrong"}) {
    const net::Response response = post({{"X-Hub-Signature-256", signature}, {"X-Request-Id", "a stranger's"}});
    ids.emplace(response.headers.find("X-Request-Id").value_or(""));
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_FALSE(ids.contains("") || ids.contains("a stranger's"));
}

}  // namespace
}  // namespace ekaci::api
