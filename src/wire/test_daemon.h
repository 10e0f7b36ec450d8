#pragma once

#include <string>
#include <string_view>

#include "wire/protocol.h"
#include "wire/session.h"
#include "wire/writer.h"

namespace ekaci::wire {

/// What a daemon says, written by hand.
class TestDaemon {
 public:
  TestDaemon& number(std::uint64_t value) {
    writer_.number(value);
    return *this;
  }
  TestDaemon& tag(Tag tag) { return number(static_cast<std::uint64_t>(tag)); }
  TestDaemon& text(std::string_view text) {
    writer_.text(text);
    return *this;
  }
  TestDaemon& greet(std::uint64_t minor) {
    number(kDaemonMagic).number(0x100 | minor);
    if (minor >= 38) number(0);
    text("2.99");
    if (minor >= 35) number(1);
    return tag(Tag::last);
  }
  TestDaemon& refuse(std::string_view message) {
    return tag(Tag::error).text("Error").number(0).text("Error").text(message).number(0).number(0);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  Writer writer_{bytes_};
};

/// A session that has been greeted.
inline Session open_session(std::uint64_t minor = kNewestMinor) {
  Session session;
  session.feed(TestDaemon().greet(minor).bytes());
  while (session.next().value()) {
  }
  session.sent(session.output().size());
  return session;
}

}  // namespace ekaci::wire
