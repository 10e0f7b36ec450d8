#include "wire/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "wire/test_daemon.h"

namespace ekaci::wire {
namespace {

constexpr std::string_view kOne = "/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig";

StorePath one() { return StorePath::parse(kOne).value(); }

/// Everything that the session has to say now; the last is an error where it broke.
std::vector<Result<std::optional<Message>>> drain(Session& session) {
  std::vector<Result<std::optional<Message>>> all;
  while (true) {
    Result<std::optional<Message>> message = session.next();
    if (message && !*message) return all;
    all.push_back(message);
    if (!message) return all;
  }
}

/// The only message.
template <class Expected>
Expected only(Session& session) {
  const std::vector<Result<std::optional<Message>>> all = drain(session);
  EXPECT_EQ(all.size(), 1U);
  if (all.size() != 1 || !all.front()) {
    ADD_FAILURE() << (all.empty() ? "no message" : all.front().error().to_string());
    return {};
  }
  const auto* message = std::get_if<Expected>(&**all.front());
  EXPECT_NE(message, nullptr) << all.front()->value().index();
  return message == nullptr ? Expected{} : *message;
}

ErrorCode failure_of(Session& session) {
  const std::vector<Result<std::optional<Message>>> all = drain(session);
  if (all.empty() || all.back()) {
    ADD_FAILURE() << "nothing is wrong";
    return ErrorCode::internal;
  }
  return all.back().error().code();
}

TEST(Session, NegotiatesTheLowerVersion) {
  for (const auto& [theirs, ours] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{{34, 34}, {35, 35}, {38, 38}, {39, 38}}) {
    Session session;
    session.feed(TestDaemon().greet(theirs).bytes());
    const auto greeting = only<Greeting>(session);
    EXPECT_EQ(greeting.minor, ours);
    EXPECT_EQ(greeting.daemon_version, "2.99");
    EXPECT_EQ(greeting.trust, theirs >= 35 ? Trust::trusted : Trust::unknown);
  }
}

TEST(Session, RefusesDaemonsThatAreTooOldOrOfAnotherKind) {
  Session old;
  old.feed(TestDaemon().number(kDaemonMagic).number(0x100 | 33U).bytes());
  EXPECT_EQ(failure_of(old), ErrorCode::unsupported);
  EXPECT_THAT(old.next().error().to_string(), testing::HasSubstr("1.33"));
  Session future;
  future.feed(TestDaemon().number(kDaemonMagic).number(0x200).bytes());
  EXPECT_EQ(failure_of(future), ErrorCode::unsupported);
  Session other;
  other.feed("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
  EXPECT_EQ(failure_of(other), ErrorCode::corrupt);
}

TEST(Session, ADaemonMayRefuseTheClientAtOnce) {
  Session session;
  session.feed(TestDaemon().number(kDaemonMagic).number(0x100 | 34U).text("2.8").refuse("not \x1b[31mallowed").bytes());
  EXPECT_EQ(failure_of(session), ErrorCode::permission_denied);
  EXPECT_THAT(session.next().error().to_string(), testing::HasSubstr("not allowed"));
}

TEST(Session, AnswersComeInTheOrderOfTheRequests) {
  Session session = open_session();
  const StorePath path = one();
  session.add_temp_root(path);
  session.query_valid_paths(std::span(&path, 1));
  session.query_path_info(path);
  EXPECT_EQ(session.unanswered(), 3U);
  session.feed(TestDaemon().tag(Tag::last).number(1).tag(Tag::last).number(1).text(kOne).refuse("no\nsuch").bytes());
  const std::vector<Result<std::optional<Message>>> all = drain(session);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].value(), Message(Done{}));
  EXPECT_EQ(all[1].value(), Message(Paths{.paths = {path}}));
  EXPECT_EQ(all[2].value(), Message(Refusal{.message = "no\nsuch"}));
  EXPECT_EQ(session.unanswered(), 0U);
}

TEST(Session, ReadsWhatAStoreKnowsOfAPath) {
  Session session = open_session();
  session.query_path_info(one());
  session.query_path_info(one());
  const std::string hash(64, 'a');
  TestDaemon daemon;
  daemon.tag(Tag::last).number(1).text("").text(hash).number(1).text(kOne).number(1234).number(96).number(1).number(1).text("key:sig").text(
      "");
  session.feed(daemon.tag(Tag::last).number(0).bytes());
  const std::vector<Result<std::optional<Message>>> all = drain(session);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].value(), Message(PathInfoAnswer{.facts = PathFacts{.nar_hash = hash, .references = {one()}, .nar_size = 96}}));
  EXPECT_EQ(all[1].value(), Message(PathInfoAnswer{}));
}

TEST(Session, BuildResultsHaveProcessorTimeSince37) {
  for (const std::uint64_t minor : {34U, 37U}) {
    Session session = open_session(minor);
    session.build(one(), {}, BuildMode::normal);
    TestDaemon daemon;
    daemon.tag(Tag::last).number(3).text("builder failed").number(1).number(0).number(100).number(107);
    if (minor == 37) daemon.number(1).number(5000).number(0);
    session.feed(daemon.number(1).text("sha256:x!out").text("{}").bytes());
    const auto result = only<BuildResult>(session);
    EXPECT_EQ(result.status, BuildStatus::permanent_failure);
    EXPECT_EQ(result.message, "builder failed");
    EXPECT_EQ(result.start, 100U);
    EXPECT_EQ(result.stop, 107U);
  }
}

TEST(Session, WhatIsBehindALongLineIsSkipped) {
  Session session = open_session();
  session.build(one(), {}, BuildMode::normal);
  const std::string line(kLongestText * 5 + 3, 'x');
  TestDaemon daemon;
  daemon.tag(Tag::result).number(7).number(kBuildLogLine).number(2).number(1).text(line).number(1).text(line);
  daemon.tag(Tag::next).text("after");
  std::vector<Message> said;
  for (std::string_view rest = daemon.bytes(); !rest.empty(); rest.remove_prefix(std::min<std::size_t>(rest.size(), 1000))) {
    session.feed(rest.substr(0, 1000));
    for (const Result<std::optional<Message>>& message : drain(session)) said.push_back(message.value().value());
  }
  const std::string kept = line.substr(0, kLongestText);
  EXPECT_THAT(said, testing::ElementsAre(Message(ActivityResult{.id = 7, .type = kBuildLogLine, .fields = {kept, kept}}),
                                         Message(Notice{.text = "after"})));
}

TEST(Session, ALineWithoutEndCostsNothing) {
  Session session = open_session();
  session.feed(TestDaemon().tag(Tag::next).number(std::numeric_limits<std::uint64_t>::max()).bytes());
  session.feed(std::string(kLongestText, 'x'));
  EXPECT_EQ(only<Notice>(session).text.size(), kLongestText) << "what is kept is told at once";
  for (int n = 0; n < 1000; ++n) {
    session.feed(std::string(100'000, 'x'));
    ASSERT_EQ(session.next().value(), std::nullopt);
  }
}

TEST(Session, AMessageWithoutEndIsRefused) {
  Session session = open_session();
  session.query_valid_paths({});
  session.feed(TestDaemon().tag(Tag::last).number(200'000).bytes());
  TestDaemon paths;
  for (int n = 0; n < 20'000; ++n) paths.text(kOne);
  Result<std::optional<Message>> message = std::optional<Message>();
  int fed = 0;
  for (; message && fed < 50; ++fed) {
    session.feed(paths.bytes());
    message = session.next();
  }
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().code(), ErrorCode::corrupt);
  EXPECT_LT(fed, 20);
}

TEST(Session, AnAnswerToNothingIsRefused) {
  Session session = open_session();
  session.feed(TestDaemon().tag(Tag::last).bytes());
  EXPECT_EQ(failure_of(session), ErrorCode::corrupt);
  session.feed(TestDaemon().tag(Tag::next).text("more").bytes());
  EXPECT_EQ(failure_of(session), ErrorCode::corrupt) << "a broken session stays broken";
}

TEST(Session, RefusesWhatItDidNotAskFor) {
  for (const std::uint64_t tag : {static_cast<std::uint64_t>(Tag::read), static_cast<std::uint64_t>(Tag::write), std::uint64_t{7}}) {
    Session session = open_session();
    session.query_valid_paths({});
    session.feed(TestDaemon().number(tag).number(8).bytes());
    EXPECT_EQ(failure_of(session), ErrorCode::corrupt);
  }
}

TEST(Session, AnyBytesAreReadWithoutHarmHoweverTheyAreCut) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& parts) {
    Session session = open_session();
    session.build(one(), {}, BuildMode::normal);
    session.query_path_info(one());
    for (const std::string& part : parts) {
      session.feed(part);
      drain(session);
    }
  }));
}

/// Some valid conversation, to be cut anywhere.
std::string conversation() {
  TestDaemon daemon;
  daemon.greet(38).tag(Tag::next).text("hello").tag(Tag::start_activity).number(1).number(3).number(kBuildActivity).text("building");
  daemon.number(2).number(0).number(5).number(1).text("field").number(0).tag(Tag::result).number(1).number(kBuildLogLine).number(1);
  daemon.number(1).text(std::string(kLongestText + 9, 'l')).tag(Tag::stop_activity).number(1).tag(Tag::last).number(1).text(kOne);
  return daemon.refuse("end").bytes();
}

std::vector<Message> replay(const std::vector<std::string_view>& parts) {
  Session session;
  std::vector<Message> said;
  bool asked = false;
  for (const std::string_view part : parts) {
    session.feed(part);
    for (Result<std::optional<Message>>& message : drain(session)) {
      RC_ASSERT(message.has_value());
      said.push_back(std::move(**message));
      if (std::exchange(asked, true)) continue;
      session.query_valid_paths({});
      session.add_temp_root(one());
    }
  }
  return said;
}

TEST(Session, HowTheBytesAreCutDoesNotMatter) {
  const std::string bytes = conversation();
  const std::size_t greeting = TestDaemon().greet(38).bytes().size();
  const std::vector<Message> whole = replay({std::string_view(bytes).substr(0, greeting), std::string_view(bytes).substr(greeting)});
  EXPECT_EQ(whole.size(), 7U);
  EXPECT_TRUE(rc::check([&] {
    std::vector<std::string_view> parts;
    std::string_view rest = bytes;
    const std::size_t longest = *rc::gen::element<std::size_t>(1, 7, 100, 10'000);
    while (!rest.empty()) {
      const std::size_t length = *rc::gen::inRange<std::size_t>(1, std::min(longest, rest.size()) + 1);
      // The requests are made when the greeting has come: what answers them must not come with it.
      const std::size_t at = bytes.size() - rest.size();
      const std::size_t most = at < greeting ? greeting - at : rest.size();
      parts.push_back(rest.substr(0, std::min(length, most)));
      rest.remove_prefix(parts.back().size());
    }
    RC_ASSERT(replay(parts) == whole);
  }));
}

}  // namespace
}  // namespace ekaci::wire
