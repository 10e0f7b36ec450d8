// A daemon's bytes are hostile. However they are cut into parts a session says the same, and it holds no more than its bound.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/session.h"
#include "wire/test_daemon.h"

namespace ekaci::wire {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void ask(Session& session) {
  const StorePath path = StorePath::parse("/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig").value();
  session.set_options({});
  session.query_path_info(path);
  session.query_valid_paths({});
  session.build(path, {}, BuildMode::normal);
  session.build_with_results(path);
  session.add_to_store({.name = "source"});
  session.add_temp_root(path);
}

/// What a greeted session makes of the bytes, fed in parts of that size; behind what breaks it there is nothing.
std::vector<Message> listen(std::uint64_t minor, std::string_view bytes, std::size_t part) {
  Session session = open_session(minor);
  ask(session);
  std::vector<Message> said;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(part, bytes.size()))) {
    session.feed(bytes.substr(0, part));
    while (true) {
      const Result<std::optional<Message>> message = session.next();
      if (!message) return said;
      if (!*message) break;
      said.push_back(**message);
    }
  }
  return said;
}

void check(std::string_view bytes) {
  Session fresh;
  fresh.feed(bytes);
  while (fresh.next().value_or(std::nullopt)) {
  }
  for (const std::uint64_t minor : {kOldestMinor, kNewestMinor}) require(listen(minor, bytes, bytes.size()) == listen(minor, bytes, 13));
}

}  // namespace
}  // namespace ekaci::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ekaci::wire::check({reinterpret_cast<const char*>(data), size});  // NOLINT(*-reinterpret-cast): bytes as text
  return 0;
}
