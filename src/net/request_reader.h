#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "net/http.h"

namespace ekaci::net {

/// Why bytes are not taken as a request, and what is answered before the connection is closed.
struct Refusal {
  int status = 400;
  std::string reason{};
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// How far a part of a message has come.
enum class Progress { needs_more, whole };
using Reading = tl::expected<Progress, Refusal>;

/// What a request's line and head say, checked.
struct RequestHead {
  Method method = Method::get;
  Target target{};
  Headers headers{};
  std::optional<std::uint64_t> content_length{};
  bool keeps_connection = false;  ///< the client would send another request
  bool awaits_continue = false;   ///< it sends the body after `100 Continue`
};

/// Reads one request of HTTP/1.1 or 1.0 (RFC 9112) from bytes as they come; no input or output of its own. What could be understood in two
/// ways is refused: a length beside a transfer coding, any coding but chunked, a missing or second Host, line ends without CR.
/// One thread.
class RequestReader {
 public:
  /// The head may have that many bytes.
  explicit RequestReader(std::size_t header_limit);
  RequestReader(RequestReader&& other) noexcept;
  RequestReader& operator=(RequestReader&& other) noexcept;
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  /// Takes what belongs to the head off the front of `bytes`; what is left stays there for the next call. Not again once it is whole or
  /// refused.
  Reading read_head(std::string& bytes);
  /// When the head is whole.
  [[nodiscard]] const RequestHead& head() const;
  [[nodiscard]] RequestHead take_head();

  /// When the head is whole, and before read_body(): the most bytes that the body may have.
  void limit_body(std::uint64_t bytes);
  /// Likewise; takes what belongs to the body.
  Reading read_body(std::string& bytes);
  /// Bytes of the body so far.
  [[nodiscard]] std::size_t body_size() const;
  [[nodiscard]] std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ekaci::net
