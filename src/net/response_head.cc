#include "net/response_head.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace ekaci::net {
namespace {

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

bool is_ours(const Field& field) {
  constexpr std::array<std::string_view, 4> kOurs{"Date", "Connection", "Content-Length", "Transfer-Encoding"};
  return std::ranges::any_of(kOurs, [&](std::string_view name) { return is_equal_ignoring_case(name, field.name); });
}

bool says_length(const Response& response, Method method) {
  if (response.status == kNoContent || response.status == kNotModified) return false;
  // A handler that left the body of a HEAD's answer empty did not say that GET's is.
  return method != Method::head || !response.body.empty();
}

}  // namespace

bool is_sendable(const Response& response) {
  const bool is_final = response.status >= 200 && response.status <= 599;
  return is_final && std::ranges::all_of(response.headers.fields(), [](const Field& field) { return is_sendable(field); });
}

bool has_body(const Response& response, Method method) {
  return method != Method::head && response.status != kNoContent && response.status != kNotModified;
}

std::string response_head(const Response& response, const Sending& sending) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  head += fmt::format("Date: {}\r\nConnection: {}\r\n", http_date(sending.now), sending.keeps_connection ? "keep-alive" : "close");
  for (const Field& field : response.headers.fields()) {
    if (!is_ours(field)) head += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  if (says_length(response, sending.method)) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  return head + "\r\n";
}

std::string http_date(Clock::Wall when) {
  using std::chrono::days;
  using std::chrono::floor;
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(floor<std::chrono::seconds>(when - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(std::chrono::weekday(day).c_encoding()), unsigned{date.day()},
                     kMonths.at(unsigned{date.month()} - 1), int{date.year()}, time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

}  // namespace ekaci::net
