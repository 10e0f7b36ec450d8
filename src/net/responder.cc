#include "net/responder.h"

namespace ekaci::net {

Responder::Responder(Responder&& other) noexcept : answer_(std::exchange(other.answer_, nullptr)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    answer_if_dropped();
    answer_ = std::exchange(other.answer_, nullptr);
  }
  return *this;
}

Responder::~Responder() { answer_if_dropped(); }

void Responder::answer(Response response) {
  if (const Answer answer = std::exchange(answer_, nullptr)) answer(std::move(response));
}

void Responder::answer_if_dropped() noexcept {
  if (answer_) answer(Response::error(500, "the request was not answered; the server's log may say why"));
}

}  // namespace ekaci::net
