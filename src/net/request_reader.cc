#include "net/request_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace ekaci::net {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr unsigned kHttp11 = 11;
constexpr std::size_t kMaxShownReason = 200;

tl::unexpected<Refusal> refuse(int status, std::string reason) {
  return tl::unexpected<Refusal>({.status = status, .reason = std::move(reason)});
}

template <class BeastText>
std::string_view view(const BeastText& text) {
  return {text.data(), text.size()};
}

Headers copy_headers(const Parser::value_type& message) {
  Headers headers;
  for (const auto& field : message) headers.add(std::string(view(field.name_string())), std::string(view(field.value())));
  return headers;
}

/// RFC 9112 section 3.2.
std::optional<Refusal> check_host(const Headers& headers, unsigned version) {
  const std::size_t hosts = headers.find_all("Host").size();
  if (hosts > 1) return Refusal{.reason = "it names more than one Host"};
  if (hosts == 0 && version >= kHttp11) return Refusal{.reason = "it names no Host"};
  return std::nullopt;
}

/// RFC 9112 section 6.1. A coding that we do not know would hide where the body ends, and what comes behind it would be read as another
/// request.
std::optional<Refusal> check_transfer_coding(const Headers& headers, const Parser& parser) {
  const std::optional<std::string> codings = headers.joined("Transfer-Encoding");
  if (!codings) return std::nullopt;
  if (!is_equal_ignoring_case(trim(*codings), "chunked"))
    return Refusal{.status = 501, .reason = "of transfer codings only chunked is known"};
  if (parser.get().version() < kHttp11 || !parser.chunked()) return Refusal{.reason = "HTTP/1.0 has no transfer codings"};
  return std::nullopt;
}

std::optional<Refusal> check_expectation(const Headers& headers) {
  const std::optional<std::string> expectation = headers.joined("Expect");
  if (!expectation || is_equal_ignoring_case(*expectation, "100-continue")) return std::nullopt;
  return Refusal{.status = 417, .reason = "of expectations only 100-continue is known"};
}

tl::expected<RequestHead, Refusal> checked_head(const Parser& parser) {
  const auto& message = parser.get();
  RequestHead head{.headers = copy_headers(message), .keeps_connection = parser.keep_alive()};
  const std::optional<Method> method = parse_method(view(message.method_string()));
  if (!method) return refuse(501, "this method is not known here");
  head.method = *method;
  Result<Target> target = parse_target(view(message.target()));
  if (!target) return refuse(400, target.error().message());
  head.target = std::move(*target);
  if (auto refusal = check_host(head.headers, message.version())) return tl::unexpected(*refusal);
  if (auto refusal = check_transfer_coding(head.headers, parser)) return tl::unexpected(*refusal);
  if (auto refusal = check_expectation(head.headers)) return tl::unexpected(*refusal);
  head.awaits_continue = head.headers.contains("Expect") && message.version() >= kHttp11;
  if (const auto length = parser.content_length()) head.content_length = *length;
  return head;
}

std::string too_large_head(std::size_t limit) { return fmt::format("its head has more than {} bytes", limit); }

}  // namespace

struct RequestReader::State {
  explicit State(std::size_t limit) : header_limit(limit) {
    // Beast 1.74 holds any length against a limit that is not set, and finds it too large.
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    parser.header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limit, std::numeric_limits<std::uint32_t>::max())));
  }

  /// Lets the parser take from the front. Nothing where it wants more.
  tl::expected<void, Refusal> feed(std::string& bytes) {
    boost::system::error_code error;
    const std::size_t taken = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    bytes.erase(0, taken);
    if (!error || error == http::error::need_more) return {};
    if (error == http::error::header_limit) return refuse(431, too_large_head(header_limit));
    if (error == http::error::body_limit) return refuse(413, fmt::format("its body has more than {} bytes", body_limit));
    return refuse(400, "bad request: " + clip(printable_line(error.message()), kMaxShownReason));
  }

  std::size_t header_limit;
  std::size_t head_bytes = 0;  ///< taken from all that came
  std::uint64_t body_limit = 0;
  Parser parser;
  RequestHead head;
};

RequestReader::RequestReader(std::size_t header_limit) : state_(std::make_unique<State>(header_limit)) {}
RequestReader::RequestReader(RequestReader&& other) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&& other) noexcept = default;
RequestReader::~RequestReader() = default;

Reading RequestReader::read_head(std::string& bytes) {
  State& state = *state_;
  // RFC 9112 section 2.2: old clients send an empty line behind a body.
  if (!state.parser.got_some() && bytes.starts_with("\r\n")) bytes.erase(0, 2);
  if (bytes.empty() || bytes == "\r") return Progress::needs_more;
  const std::size_t offered = bytes.size();
  if (auto fed = state.feed(bytes); !fed) return tl::unexpected(std::move(fed).error());
  state.head_bytes += offered - bytes.size();
  // Beast takes field by field, and holds only what it has not taken yet against its limit.
  const bool is_whole = state.parser.is_header_done();
  if (state.head_bytes + (is_whole ? 0 : bytes.size()) > state.header_limit) return refuse(431, too_large_head(state.header_limit));
  if (!is_whole) return Progress::needs_more;
  tl::expected<RequestHead, Refusal> head = checked_head(state.parser);
  if (!head) return tl::unexpected(std::move(head).error());
  state.head = std::move(*head);
  state.parser.eager(true);
  return Progress::whole;
}

const RequestHead& RequestReader::head() const { return state_->head; }

RequestHead RequestReader::take_head() { return std::move(state_->head); }

void RequestReader::limit_body(std::uint64_t bytes) {
  state_->body_limit = bytes;
  state_->parser.body_limit(bytes);
}

Reading RequestReader::read_body(std::string& bytes) {
  State& state = *state_;
  if (const std::uint64_t announced = state.head.content_length.value_or(0); announced > state.body_limit) {
    return refuse(413, fmt::format("its body has {} bytes, and no more than {} are taken", announced, state.body_limit));
  }
  if (!state.parser.is_done() && !bytes.empty()) {
    if (auto fed = state.feed(bytes); !fed) return tl::unexpected(std::move(fed).error());
  }
  if (state.parser.is_done()) return Progress::whole;
  // What waits to be understood is the head of a chunk or a trailer.
  if (bytes.size() > state.header_limit) return refuse(431, "the head of a chunk or the trailer is too large");
  return Progress::needs_more;
}

std::size_t RequestReader::body_size() const { return state_->parser.get().body().size(); }

std::string RequestReader::take_body() { return std::move(state_->parser.get().body()); }

}  // namespace ekaci::net
