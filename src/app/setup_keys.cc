#include "app/setup_keys.h"

#include <array>
#include <cstdint>

#include "base/base64.h"
#include "base/random.h"

namespace ekaci::app {
namespace {

constexpr std::size_t kBytes = 32;

std::string random_text() {
  std::array<std::uint8_t, kBytes> bytes{};
  fill_random(bytes);
  return base64url(std::string(bytes.begin(), bytes.end()));
}

}  // namespace

SetupKeys::SetupKeys(const Clock& clock) : clock_(clock), token_(random_text()), end_(clock.now() + kLife) {}

KeyCheck SetupKeys::check_token(std::string_view text) const {
  if (!is_equal(token_, text)) return KeyCheck::wrong;
  if (is_closed()) return KeyCheck::used;
  return clock_.now() < end_ ? KeyCheck::good : KeyCheck::expired;
}

std::string SetupKeys::new_state() {
  std::string text = random_text();
  changing_.with([&](Changing& changing) { changing.state = State{.text = Secret(std::string(text)), .end = clock_.now() + kLife}; });
  return text;
}

KeyCheck SetupKeys::take_state(std::string_view text) {
  return changing_.with([&](Changing& changing) {
    if (!changing.state || !is_equal(changing.state->text, text)) return KeyCheck::wrong;
    if (changing.is_closed || changing.state->is_taken) return KeyCheck::used;
    if (clock_.now() >= changing.state->end) return KeyCheck::expired;
    changing.state->is_taken = true;
    return KeyCheck::good;
  });
}

void SetupKeys::give_back_state(std::string_view text) {
  changing_.with([&](Changing& changing) {
    if (changing.state && is_equal(changing.state->text, text)) changing.state->is_taken = false;
  });
}

void SetupKeys::close() {
  changing_.with([](Changing& changing) { changing.is_closed = true; });
}

bool SetupKeys::is_closed() const {
  return changing_.with([](const Changing& changing) { return changing.is_closed; });
}

}  // namespace ekaci::app
