#include "db/forge_memory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

#include "base/fd.h"
#include "db/forge_test_data.h"
#include "db/migrations.h"
#include "tests/support/fake_forge_memory.h"

namespace ekaci::db {
namespace {

class ForgeMemory : public ForgeMemoryTest {
 protected:
  /// Opens the file whatever it is.
  Result<std::unique_ptr<SqliteForgeMemory>> open() { return SqliteForgeMemory::open(options_, clock_); }
  void execute(std::string_view sql) {
    auto connection = Connection::open(directory_.file(), Access::write, std::chrono::seconds(5)).value();
    ASSERT_TRUE(connection.execute(sql));
  }
};

TEST_F(ForgeMemory, RefusesANewerFormat) {
  memory_.reset();
  execute("PRAGMA user_version = 1000");
  EXPECT_EQ(open().error().code(), ErrorCode::unsupported);
}

TEST_F(ForgeMemory, WorksInAFileOfEveryEarlierVersion) {
  for (std::size_t version = 1; version < migrations().size(); ++version) {
    SCOPED_TRACE(version);
    memory_.reset();
    std::filesystem::remove(directory_.file());
    const auto fixture = std::filesystem::path(EKACI_SOURCE_DIR) / "src/db/data" / fmt::format("version{}.sql", version);
    execute(read_file(fixture, 1'000'000).value());
    memory_ = open().value();
    keep({.repositories = {repository_numbered(1)}, .subjects = {pull_request(1, 7, "one")}, .checks = {running("one", "EkaCI")}});
    receive("a");
    reopen();
    EXPECT_EQ(only_owed().check, running("one", "EkaCI"));
    const auto database = SqliteDatabase::open({.file = directory_.file()}, clock_).value();
    EXPECT_TRUE(database->find_evaluation(key_of(1)).value()) << "what was there stays";
  }
}

// ---- against the model

/// Something that is told to both.
struct Deed {
  std::string name{};
  std::function<Status(forge::Inbox&, forge::Ledger&, forge::Outbox&)> tell{};
};

/// The very same in both, as far as the ports show it.
template <class Left, class Right>
void expect_same(Left& left, Right& right, const StoppedClock& clock) {
  RC_ASSERT(left.load().value() == right.load().value());
  RC_ASSERT(left.owed(clock.wall(), 100).value() == right.owed(clock.wall(), 100).value());
  RC_ASSERT(left.owed_comments(clock.wall(), 100).value() == right.owed_comments(clock.wall(), 100).value());
  RC_ASSERT(left.next_due(clock.wall()).value() == right.next_due(clock.wall()).value());
  RC_ASSERT(left.unhandled({}, 100).value() == right.unhandled({}, 100).value());
  for (const char* head : {"one", "two"}) {
    RC_ASSERT(left.open_checks({1}, commit(head)).value() == right.open_checks({1}, commit(head)).value());
  }
}

forge::Check any_check() {
  const std::string head = *rc::gen::element<std::string>("one", "two");
  const std::string name = *rc::gen::element<std::string>("EkaCI", "job");
  const std::string title = *rc::gen::element<std::string>("a", "b", "c");
  return *rc::gen::arbitrary<bool>() ? running(head, name, title) : concluded(head, name, title);
}

forge::WantedComment any_comment(std::int64_t repository, std::int64_t number) {
  return {.repository = {repository},
          .pull_request = {number},
          .head = commit(*rc::gen::element<std::string>("one", "two")),
          .text = *rc::gen::element<std::string>("", "a", "b"),
          .makes_comment = *rc::gen::arbitrary<bool>()};
}

forge::LedgerEntry any_entry() {
  forge::LedgerEntry entry;
  const auto repository = *rc::gen::inRange<std::int64_t>(1, 3);
  const auto number = *rc::gen::inRange<std::int64_t>(1, 3);
  const std::string head = *rc::gen::element<std::string>("one", "two");
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      entry.repositories = {repository_numbered(repository)};
      break;
    case 1:
      entry.left = {{2}};
      break;
    case 2:
    case 3:
      entry.subjects = {pull_request(repository, number, head)};
      break;
    case 4:
      entry.closed = {key_of_pull_request(repository, number)};
      break;
    case 5:
      entry.handled = {{.id = {*rc::gen::inRange<std::int64_t>(1, 5)}, .outcome = "done"}};
      break;
    case 6:
      entry.permitted = {{repository}};
      break;
    default:
      break;
  }
  if (*rc::gen::inRange(0, 3) == 0) entry.comments.push_back(any_comment(repository, number));
  if (*rc::gen::inRange(0, 3) > 0) entry.checks.push_back(any_check());
  if (*rc::gen::inRange(0, 4) == 0) entry.checks.push_back(any_check());
  return entry;
}

/// What the Outbox is told of a comment.
Deed any_word_of_a_comment(Clock::Wall later) {
  const forge::CommentId id{*rc::gen::inRange<std::int64_t>(1, 4)};
  const auto version = *rc::gen::inRange<std::uint64_t>(1, 5);
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return {.name = "commented",
              .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.commented(id, {id.value + 10}, version); }};
    case 1:
      return {.name = "uncommented", .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.uncommented(id, version); }};
    case 2:
      return {.name = "comment postponed", .tell = [=](auto&, auto&, forge::Outbox& outbox) {
                return outbox.comment_postponed(id, later, forge::Delay::failed, "why");
              }};
    default:
      return {.name = "comment refused",
              .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.comment_refused(id, version, "why"); }};
  }
}

Deed any_deed(const StoppedClock& clock) {
  const forge::CheckId id{*rc::gen::inRange<std::int64_t>(1, 5)};
  const auto version = *rc::gen::inRange<std::uint64_t>(0, 6);
  const Clock::Wall later = clock.wall() + std::chrono::seconds(*rc::gen::inRange(0, 10));
  switch (*rc::gen::inRange(0, 12)) {
    case 0: {
      const forge::Delivery delivery = delivery_named(*rc::gen::element<std::string>("a", "b", "c", "d"));
      return {.name = "receive", .tell = [=](forge::Inbox& inbox, auto&, auto&) -> Status {
                if (const auto received = inbox.receive(delivery); !received) return fail(received.error());
                return {};
              }};
    }
    case 1:
    case 2:
      return {.name = "sent",
              .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.sent(id, {id.value + 10}, version, later); }};
    case 3:
      return {.name = "postponed",
              .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.postponed(id, later, forge::Delay::failed, "why"); }};
    case 4:
      return {.name = "refused", .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.refused(id, version, "why"); }};
    case 5:
      return {.name = "try", .tell = [=](auto&, auto&, forge::Outbox& outbox) { return outbox.trying_to_create(id); }};
    case 6:
    case 7:
      return any_word_of_a_comment(later);
    default: {
      const forge::LedgerEntry entry = any_entry();
      return {.name = "keep", .tell = [=](auto&, forge::Ledger& ledger, auto&) { return ledger.keep(entry); }};
    }
  }
}

/// As a Result's code, so that messages may differ.
std::optional<ErrorCode> code_of(const Status& status) {
  if (status) return std::nullopt;
  return status.error().code();
}

RC_GTEST_FIXTURE_PROP(ForgeMemory, DoesWhatTheModelDoes, ()) {
  // One file for all runs of the property would carry one into the next.
  execute(
      "DELETE FROM subject; DELETE FROM forge_check; DELETE FROM forge_comment; DELETE FROM forge_repository; DELETE FROM delivery; DELETE "
      "FROM sqlite_sequence");
  fake::ForgeMemory model(clock_);
  const int deeds = *rc::gen::inRange(1, 40);
  for (int i = 0; i < deeds; ++i) {
    const Deed deed = any_deed(clock_);
    const Status real = deed.tell(*memory_, *memory_, *memory_);
    const Status ideal = deed.tell(model, model, model);
    RC_LOG() << deed.name << "\n";
    RC_ASSERT(code_of(real) == code_of(ideal));
    clock_.elapsed += std::chrono::seconds(*rc::gen::inRange(0, 4));
    if (*rc::gen::inRange(0, 10) == 0) reopen();
    expect_same(*memory_, model, clock_);
  }
}

// ---- deaths

/// What a server does in a while, each a step that is there as a whole or not at all.
std::vector<Deed> a_while(Clock::Wall now) {
  using forge::Inbox;
  using forge::Outbox;
  const auto receive = [](const char* guid) {
    return Deed{.name = "receive", .tell = [=](Inbox& inbox, auto&, auto&) -> Status {
                  if (const auto received = inbox.receive(delivery_named(guid)); !received) return fail(received.error());
                  return {};
                }};
  };
  const auto keep = [](const forge::LedgerEntry& entry) {
    return Deed{.name = "keep", .tell = [=](auto&, forge::Ledger& ledger, auto&) { return ledger.keep(entry); }};
  };
  return {
      receive("a"),
      keep({.repositories = {repository_numbered(1)},
            .subjects = {pull_request(1, 7, "one")},
            .checks = {running("one", "EkaCI"), running("one", "job")},
            .handled = {{.id = {1}, .outcome = "reviewed"}}}),
      {.name = "try", .tell = [=](auto&, auto&, Outbox& outbox) { return outbox.trying_to_create({1}); }},
      {.name = "sent", .tell = [=](auto&, auto&, Outbox& outbox) { return outbox.sent({1}, {10}, 1, now); }},
      {.name = "postponed", .tell = [=](auto&, auto&, Outbox& outbox) { return outbox.postponed({2}, now, forge::Delay::failed, "down"); }},
      receive("b"),
      keep({.subjects = {pull_request(1, 7, "two")},
            .checks = {concluded("one", "EkaCI"), concluded("one", "job"), running("two", "EkaCI")},
            .handled = {{.id = {2}, .outcome = "pushed"}}}),
      {.name = "refused", .tell = [=](auto&, auto&, Outbox& outbox) { return outbox.refused({2}, 2, "no"); }},
      {.name = "sent", .tell = [=](auto&, auto&, Outbox& outbox) { return outbox.sent({1}, {10}, 2, now); }},
      keep({.closed = {key_of_pull_request(1, 7)}, .checks = {concluded("two", "EkaCI")}})};
}

/// All that the ports show, to be compared.
struct Shown {
  forge::LedgerState state{};
  std::vector<forge::StoredDelivery> unhandled{};
  std::vector<forge::OwedCheck> owed{};
  friend bool operator==(const Shown&, const Shown&) = default;
};

template <class Memory>
Shown show(Memory& memory, Clock::Wall now) {
  return {.state = memory.load().value(), .unhandled = memory.unhandled({}, 100).value(), .owed = memory.owed(now, 100).value()};
}

/// What is there after the first `count` deeds, by the model.
Shown shown_after(const std::vector<Deed>& deeds, std::size_t count, const Clock& clock) {
  fake::ForgeMemory model(clock);
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(deeds[i].tell(model, model, model)) << deeds[i].name;
  return show(model, clock.wall());
}

/// A child that does the deeds and writes a byte after each.
struct DoingChild {
  pid_t pid = -1;
  Fd done;
};

DoingChild start_doing(const std::vector<Deed>& deeds, const ForgeMemoryOptions& options, const Clock& clock, std::size_t until) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  DoingChild child{.pid = ::fork(), .done = Fd(ends[0])};
  const Fd write_end(ends[1]);
  if (child.pid != 0) return child;
  const auto memory = SqliteForgeMemory::open(options, clock);
  for (std::size_t i = 0; memory && i < until; ++i) {
    if (!deeds[i].tell(**memory, **memory, **memory) || ::write(write_end.get(), "x", 1) != 1) ::_exit(1);
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);
}

class KilledForgeMemory : public ForgeMemory {
 protected:
  void SetUp() override { start_anew(); }
  void start_anew() {
    memory_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(directory_.file().string() + suffix);
    ASSERT_TRUE(SqliteDatabase::open({.file = directory_.file()}, clock_));
  }
  static std::size_t bytes_until_the_end(const Fd& fd) {
    char byte = 0;
    std::size_t count = 0;
    while (::read(fd.get(), &byte, 1) == 1) ++count;
    return count;
  }
};

TEST_F(KilledForgeMemory, HasAllThatWasDoneAfterEachStep) {
  const std::vector<Deed> deeds = a_while(clock_.wall());
  for (std::size_t until = 0; until <= deeds.size(); ++until) {
    start_anew();
    const DoingChild child = start_doing(deeds, options_, clock_, until);
    EXPECT_EQ(bytes_until_the_end(child.done), until);
    ::waitpid(child.pid, nullptr, 0);
    reopen();
    EXPECT_EQ(show(*memory_, clock_.wall()), shown_after(deeds, until, clock_)) << until;
  }
}

TEST_F(KilledForgeMemory, HasWholeStepsOnlyWhereverItDies) {
  const std::vector<Deed> deeds = a_while(clock_.wall());
  for (std::size_t until = 0; until < 2 * deeds.size(); ++until) {
    start_anew();
    const DoingChild child = start_doing(deeds, options_, clock_, deeds.size());
    char byte = 0;
    std::size_t told = 0;
    while (told < until / 2 && ::read(child.done.get(), &byte, 1) == 1) ++told;
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    told += bytes_until_the_end(child.done);
    reopen();
    const Shown shown = show(*memory_, clock_.wall());
    const bool is_last = shown == shown_after(deeds, told, clock_);
    EXPECT_TRUE(is_last || (told < deeds.size() && shown == shown_after(deeds, told + 1, clock_))) << told;
    EXPECT_TRUE(memory_->receive(delivery_named("after")).value());
  }
}

}  // namespace
}  // namespace ekaci::db
