// Whoever can connect sends what he likes. However a request's bytes are cut into parts, what is read of them is the same; what comes
// to a handler is text within bounds; and the same bytes are read as a Link header and as a URL.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/text.h"
#include "net/link_header.h"
#include "net/request_reader.h"
#include "net/router.h"
#include "net/url.h"

namespace ekaci::net {
namespace {

constexpr std::size_t kHeadLimit = 4096;
constexpr std::uint64_t kBodyLimit = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

Router make_router() {
  Router router;
  const Handler nothing = [](const Request&, const Responder&) {};
  for (const char* pattern : {"/", "/a", "/a/{x}", "/a/{x}/b", "/{x}/{y}/{z}", "/a/b"}) {
    require(router.add(Method::get, pattern, nothing).has_value());
  }
  require(router.add(Method::post, "/a/{x}", nothing).has_value());
  return router;
}

struct Whole {
  RequestHead head{};
  std::string body{};
};

std::optional<Whole> read(std::string_view bytes, std::size_t part) {
  RequestReader reader(kHeadLimit);
  std::string buffer;
  bool has_head = false;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(part, bytes.size()))) {
    buffer += bytes.substr(0, part);
    if (!has_head) {
      const Reading head = reader.read_head(buffer);
      if (!head) return std::nullopt;
      if (*head == Progress::needs_more) continue;
      has_head = true;
      reader.limit_body(kBodyLimit);
    }
    const Reading body = reader.read_body(buffer);
    if (!body) return std::nullopt;
    require(reader.body_size() <= kBodyLimit);
    if (*body == Progress::whole) return Whole{.head = reader.take_head(), .body = reader.take_body()};
  }
  return std::nullopt;
}

void check_target(const Target& target) {
  for (const std::string& segment : target.segments) require(is_utf8(segment) && segment != "..");
  for (const auto& [name, value] : target.query.parameters()) require(is_utf8(name) && is_utf8(value));
  static const Router kRouter = make_router();
  for (const Method method : {Method::get, Method::head, Method::post, Method::options}) {
    const Router::Outcome outcome = kRouter.find(method, target);
    if (const auto* found = std::get_if<Router::Found>(&outcome)) require(found->handler != nullptr);
  }
}

void check(std::string_view bytes, std::size_t part) {
  const std::optional<Whole> whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
  const std::optional<Whole> parts = read(bytes, part);
  if (whole) check_target(whole->head.target);
  if (whole && parts) require(whole->body == parts->body && whole->head.headers == parts->head.headers);
  if (const auto target = parse_target(bytes)) check_target(*target);
  if (const auto url = parse_url(bytes)) require(parse_url(url->to_string()) == url);
  static_cast<void>(parse_links(bytes).has_value());
}

}  // namespace
}  // namespace ekaci::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast): libFuzzer's bytes as text
  ekaci::net::check(bytes.substr(1), std::size_t{data[0]} + 1);
  return 0;
}
