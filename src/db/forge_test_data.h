#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/database.h"
#include "db/forge_memory.h"
#include "db/test_data.h"
#include "forge/ports.h"

/// What the tests of SqliteForgeMemory share.
namespace ekaci::db {

inline CommitId commit(const std::string& name) { return CommitId::parse(to_hex(sha256(name)).substr(0, 40)).value(); }

inline forge::Repository repository_numbered(std::int64_t number) {
  return {.id = {number}, .installation = {77}, .name = fmt::format("owner/name-{}", number), .default_branch = "main"};
}

inline forge::Delivery delivery_named(const std::string& guid) {
  return {.guid = guid, .event = "push", .payload = R"({"guid":")" + guid + "\"}", .received = Clock::Wall(std::chrono::seconds(5))};
}

inline forge::SubjectRecord pull_request(std::int64_t repository, std::int64_t number, const std::string& head) {
  return {.repository = {repository},
          .subject = forge::PullRequest{.number = {number},
                                        .state = forge::PullRequest::State::draft,
                                        .target = "main",
                                        .head = commit(head),
                                        .head_owner = "another",
                                        .author = "someone",
                                        .association = forge::Association::first_time_contributor,
                                        .title = std::string("a title\0\xff", 9),
                                        .updated = Clock::Wall(std::chrono::seconds(1'234))}};
}

inline forge::SubjectKey key_of_pull_request(std::int64_t repository, std::int64_t number) {
  return {.repository = {repository}, .kind = forge::SubjectKey::Kind::pull_request, .number = {number}};
}

inline forge::Check running(const std::string& head, const std::string& name, const std::string& title = "running") {
  return {.repository = {1},
          .head = commit(head),
          .name = name,
          .text = {.status = forge::CheckStatus::in_progress, .title = title, .summary = "so far"}};
}

inline forge::Check concluded(const std::string& head, const std::string& name, const std::string& title = "merge") {
  forge::Check check = running(head, name, title);
  check.text.status = forge::CheckStatus::completed;
  check.text.conclusion = forge::Conclusion::success;
  return check;
}

/// An SqliteForgeMemory on a file of its own, which can be closed and opened again.
class ForgeMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto database = SqliteDatabase::open({.file = directory_.file()}, clock_);
    ASSERT_TRUE(database) << database.error().to_string();
    reopen();
    keep({.repositories = {repository_numbered(1)}});
  }
  /// As a process does that was killed: nothing is closed properly but what the kernel closes.
  void reopen() {
    memory_.reset();
    memory_ = SqliteForgeMemory::open(options_, clock_).value();
  }
  void keep(const forge::LedgerEntry& entry) {
    const Status kept = memory_->keep(entry);
    ASSERT_TRUE(kept) << kept.error().to_string();
  }
  void receive(const std::string& guid) { ASSERT_TRUE(memory_->receive(delivery_named(guid)).value()) << guid; }

  [[nodiscard]] Clock::Wall now() const { return clock_.wall(); }
  [[nodiscard]] Clock::Wall in(int seconds) const { return clock_.wall() + std::chrono::seconds(seconds); }
  std::vector<forge::OwedCheck> owed() { return memory_->owed(now(), 1'000).value(); }
  /// The only one there is.
  forge::OwedCheck only_owed() {
    const std::vector<forge::OwedCheck> all = owed();
    if (all.size() != 1) throw std::runtime_error(fmt::format("{} checks are owed", all.size()));
    return all.front();
  }
  void send(const forge::OwedCheck& check, int seconds_until_next = 5) {
    const Status sent = memory_->sent(check.id, {check.id.value + 1'000}, check.version, in(seconds_until_next));
    ASSERT_TRUE(sent) << sent.error().to_string();
  }
  void send_all() {
    for (const forge::OwedCheck& check : owed()) send(check);
  }

  TemporaryDirectory directory_{};
  StoppedClock clock_{};
  ForgeMemoryOptions options_{.file = directory_.file()};
  std::unique_ptr<SqliteForgeMemory> memory_{};
};

}  // namespace ekaci::db
