#pragma once

#include <memory>

#include "base/fd.h"
#include "net/server_core.h"

namespace ekaci::net {

/// Takes connections from a listening socket until it is closed, whatever errors come. Any thread.
class Acceptor {
 public:
  /// The core outlives it.
  static Result<std::shared_ptr<Acceptor>> start(ServerCore& core, Fd listening);
  Acceptor() = default;
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  Acceptor(Acceptor&&) = delete;
  Acceptor& operator=(Acceptor&&) = delete;
  virtual ~Acceptor() = default;

  virtual void close() = 0;
};

}  // namespace ekaci::net
