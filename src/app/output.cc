#include "app/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace ekaci::app {
namespace {

constexpr std::size_t kLeastColumns = 20;
constexpr std::size_t kMostColumns = 500;
constexpr std::size_t kMostRows = 500;

std::size_t columns_from_environment() {
  const char* text = std::getenv("COLUMNS");  // NOLINT(concurrency-mt-unsafe): nothing of ours writes the environment
  std::size_t columns = 0;
  if (text == nullptr || std::from_chars(text, text + std::strlen(text), columns).ec != std::errc()) return 0;
  return columns;
}

}  // namespace

bool write_text(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Terminal look_at_terminal(int descriptor) {
  Terminal terminal;
  terminal.is_terminal = ::isatty(descriptor) == 1;
  winsize size{};
  std::size_t columns = columns_from_environment();
  if (terminal.is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) columns = size.ws_col;
    if (size.ws_row > 0) terminal.rows = std::min<std::size_t>(size.ws_row, kMostRows);
  }
  if (columns >= kLeastColumns) terminal.columns = std::min(columns, kMostColumns);
  return terminal;
}

}  // namespace ekaci::app
