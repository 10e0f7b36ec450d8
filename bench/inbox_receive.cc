// How many webhooks a second are kept durably.
//
//   inbox_receive DIRECTORY [SECONDS]
//
// Makes a database below DIRECTORY, receives webhooks of 20 kB from one thread and then from eight, and says how many were kept a second
// and how long the slowest of a hundred took.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"
#include "db/database.h"
#include "db/forge_memory.h"

namespace ekaci {
namespace {

using Steady = std::chrono::steady_clock;

[[noreturn]] void end(const Error& error) {
  fmt::print(stderr, "inbox_receive: {}\n", error.to_string());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): all that runs beside only receives
}

template <class T>
T need(Result<T> result) {
  if (!result) end(result.error());
  return std::move(*result);
}

/// As compressible as webhooks are: names that repeat, and hashes.
std::string payload_of(const std::string& guid) {
  std::string payload = "{\"guid\":\"" + guid + "\"";
  for (int i = 0; payload.size() < 20'000; ++i) {
    payload +=
        fmt::format(",\"html_url_{}\":\"/owner/name/commit/{}\"", i % 40, to_hex(sha256(guid + std::to_string(i % 25))).substr(0, 40));
  }
  return payload + "}";
}

void receive_until(db::SqliteForgeMemory& memory, const std::string& name, Steady::time_point until, std::vector<Steady::duration>& times) {
  // What makes a webhook is no part of keeping it.
  const std::string payload = payload_of(name);
  for (int i = 0; Steady::now() < until; ++i) {
    const forge::Delivery delivery{.guid = fmt::format("{}-{}", name, i), .event = "push", .payload = payload};
    const Steady::time_point start = Steady::now();
    need(memory.receive(delivery));
    times.push_back(Steady::now() - start);
  }
}

void measure(db::SqliteForgeMemory& memory, std::size_t threads, std::chrono::seconds duration) {
  std::vector<std::vector<Steady::duration>> times(threads);
  const Steady::time_point until = Steady::now() + duration;
  {
    std::vector<std::jthread> running;
    for (std::size_t t = 0; t < threads; ++t) {
      running.emplace_back([&, t] { receive_until(memory, fmt::format("{}-{}", threads, t), until, times[t]); });
    }
  }
  std::vector<Steady::duration> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  std::ranges::sort(all);
  const auto slow = std::chrono::duration<double, std::milli>(all.at(all.size() * 99 / 100));
  fmt::print("{} threads: {} a second, 99 of 100 within {:.2f} ms\n", threads, static_cast<std::int64_t>(all.size()) / duration.count(),
             slow.count());
}

void run(const std::filesystem::path& below, std::chrono::seconds duration) {
  const std::filesystem::path directory = need(make_unique_directory(below, "inbox-"));
  const SystemClock clock;
  {
    const auto database = need(db::SqliteDatabase::open({.file = directory / "ekaci.db"}, clock));
    const auto memory = need(db::SqliteForgeMemory::open({.file = directory / "ekaci.db"}, clock));
    measure(*memory, 1, duration);
    measure(*memory, 8, duration);
  }
  if (const Status removed = remove_tree(directory); !removed) end(removed.error());
}

}  // namespace
}  // namespace ekaci

int main(int count, char** arguments) {
  int seconds = 5;
  if (count == 3) {
    const std::string_view text = arguments[2];
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  if (count < 2 || count > 3 || seconds < 1) {
    fmt::print(stderr, "usage: inbox_receive DIRECTORY [SECONDS]\n");
    return 2;
  }
  ekaci::run(arguments[1], std::chrono::seconds(seconds));
  return 0;
}
