#include "github/rate_limits.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include "github/timestamp.h"

namespace ekaci::github {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours kHour{1};
constexpr seconds kFirstPause{60};
constexpr seconds kLongestGuess{15 * 60};
/// GitHub counts by the hour: what asks for more is a clock that is wrong.
constexpr seconds kLongestPause{65 * 60};

std::optional<std::uint64_t> number_in(const net::Headers& headers, std::string_view name) {
  const std::optional<std::string_view> text = headers.find(name);
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<Clock::Wall> reset_in(const net::Headers& headers) {
  const std::optional<std::uint64_t> reset = number_in(headers, "x-ratelimit-reset");
  if (!reset || *reset > INT64_MAX) return std::nullopt;
  return wall_from_seconds(static_cast<std::int64_t>(*reset));
}

Clock::Wall within_an_hour(Clock::Wall until, Clock::Wall now) {
  return std::clamp<Clock::Wall>(until, now + seconds{1}, now + kLongestPause);
}

/// Until when GitHub says to wait; nullopt where it does not.
std::optional<Clock::Wall> told_pause(Outcome outcome, const net::Headers& headers, Clock::Wall now) {
  const std::optional<std::uint64_t> after = number_in(headers, "retry-after");
  if ((outcome == Outcome::limited || outcome == Outcome::failed) && after) {
    const auto longest = static_cast<std::uint64_t>(kLongestPause.count());
    return within_an_hour(now + seconds{static_cast<std::int64_t>(std::min(*after, longest))}, now);
  }
  if (number_in(headers, "x-ratelimit-remaining") != 0) return std::nullopt;
  return within_an_hour(reset_in(headers).value_or(now + kFirstPause), now);
}

/// Whether what is left of a budget is no more than what is kept of it.
bool is_reserve(std::uint64_t left, std::uint64_t whole) {
  // In this order, so that no product is too large.
  const std::uint64_t reserve = whole / 100 * RateLimits::kReservedPercent + whole % 100 * RateLimits::kReservedPercent / 100;
  return left < reserve;
}

/// Where it says only that there were too many: longer each time.
seconds guessed_pause(std::uint32_t times_before) {
  constexpr std::uint32_t kMostDoublings = 8;
  return std::min(kFirstPause * (1 << std::min(times_before, kMostDoublings)), kLongestGuess);
}

}  // namespace

std::optional<Clock::Wall> RateLimits::blocked_until(const State& state, Clock::Wall now) const {
  const bool is_spent = state.calls >= calls_per_hour_ && now < state.hour_began + kHour;
  const Clock::Wall until = std::max(state.paused_until, is_spent ? state.hour_began + kHour : Clock::Wall{});
  if (until <= now) return std::nullopt;
  return until;
}

std::optional<Clock::Wall> RateLimits::reserved_until(const State& state, Clock::Wall now) const {
  Clock::Wall until{};
  const bool is_of_this_hour = now >= state.hour_began && now < state.hour_began + kHour;
  if (is_of_this_hour && is_reserve(calls_per_hour_ - std::min(state.calls, calls_per_hour_), calls_per_hour_)) {
    until = state.hour_began + kHour;
  }
  const std::optional<RemainingCalls>& told = state.told;
  if (told && told->reset > now && is_reserve(told->remaining, told->limit.value_or(calls_per_hour_))) {
    until = std::max(until, within_an_hour(told->reset, now));
  }
  if (until <= now) return std::nullopt;
  return until;
}

std::optional<Clock::Wall> RateLimits::admit(forge::InstallationId installation, Clock::Wall now) {
  return states_.with([&](auto& states) -> std::optional<Clock::Wall> {
    State& state = states[installation];
    // A clock that was set back must not stretch the hour.
    if (now >= state.hour_began + kHour || now < state.hour_began) {
      state.hour_began = now;
      state.calls = 0;
    }
    if (const std::optional<Clock::Wall> until = blocked_until(state, now)) return until;
    ++state.calls;
    return std::nullopt;
  });
}

void RateLimits::answered(forge::InstallationId installation, Outcome outcome, const net::Headers& headers, Clock::Wall now) {
  states_.with([&](auto& states) {
    State& state = states[installation];
    if (outcome == Outcome::not_modified && state.calls > 0) --state.calls;
    if (const auto remaining = number_in(headers, "x-ratelimit-remaining")) {
      const RemainingCalls told{.installation = installation,
                                .remaining = *remaining,
                                .limit = number_in(headers, "x-ratelimit-limit"),
                                .reset = reset_in(headers).value_or(now)};
      state.told = told;
    }
    const bool was_paused = state.paused_until > now;
    if (const std::optional<Clock::Wall> until = told_pause(outcome, headers, now)) {
      state.paused_until = std::max(state.paused_until, *until);
    } else if (outcome == Outcome::limited && !was_paused) {
      // Answers to calls that were on their way together are one limit and not several in a row.
      state.paused_until = now + guessed_pause(state.limits_in_a_row++);
    } else if (outcome == Outcome::good && !was_paused) {
      state.limits_in_a_row = 0;
    }
  });
}

std::optional<Clock::Wall> RateLimits::resume_at(forge::InstallationId installation, Clock::Wall now) const {
  return states_.with([&](const auto& states) -> std::optional<Clock::Wall> {
    const auto found = states.find(installation);
    return found == states.end() ? std::nullopt : blocked_until(found->second, now);
  });
}

std::optional<Clock::Wall> RateLimits::spares_from(forge::InstallationId installation, Clock::Wall now) const {
  return states_.with([&](const auto& states) -> std::optional<Clock::Wall> {
    const auto found = states.find(installation);
    return found == states.end() ? std::nullopt : reserved_until(found->second, now);
  });
}

std::vector<RemainingCalls> RateLimits::remaining() const {
  return states_.with([](const auto& states) {
    std::vector<RemainingCalls> all;
    for (const auto& [installation, state] : states) {
      if (state.told) all.push_back(*state.told);
    }
    return all;
  });
}

}  // namespace ekaci::github
