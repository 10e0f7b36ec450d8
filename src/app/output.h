#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace ekaci::app {

/// Writes all of it; false where the reader has gone or the disk is full.
bool write_text(int descriptor, std::string_view text);

/// What stands at the other end of a descriptor.
struct Terminal {
  bool is_terminal = false;
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Looks at the terminal behind a descriptor; $COLUMNS decides where there is none.
Terminal look_at_terminal(int descriptor);

}  // namespace ekaci::app
