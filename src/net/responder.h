#pragma once

#include <functional>
#include <utility>

#include "net/http.h"

namespace ekaci::net {

/// The duty to answer one request. Answers once, from any thread, at any time; does nothing where the connection or the server has
/// gone meanwhile. Answers 500 when it is destroyed without an answer, so that no client waits for ever. Move-only.
class Responder {
 public:
  using Answer = std::function<void(Response)>;

  /// `answer` is called once, by whoever answers, and must not throw. Tests give their own.
  explicit Responder(Answer answer) : answer_(std::move(answer)) {}
  Responder(Responder&& other) noexcept;
  Responder& operator=(Responder&& other) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();

  /// Only the first call counts.
  void answer(Response response);

 private:
  void answer_if_dropped() noexcept;
  Answer answer_;
};

/// Answers requests. Called on an I/O thread, by several at once where there are several: it must not block, and hands longer work to
/// another thread together with the responder. Should it throw, the request is answered with 500.
using Handler = std::function<void(Request, Responder)>;

}  // namespace ekaci::net
