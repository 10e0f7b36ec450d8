#include "nix/repl_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/random.h"
#include "base/sha256.h"

namespace ekaci::nix {
namespace {

constexpr std::size_t kNonceBytes = 16;

/// Takes `ESC [ … m` off the front, as often as it stands there.
std::string_view without_colours(std::string_view text) {
  while (text.starts_with("\x1b[")) {
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    if (end == std::string_view::npos || text[end] != 'm') return text;
    text.remove_prefix(end + 1);
  }
  return text;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

std::string make_nonce() {
  std::array<std::uint8_t, kNonceBytes> bytes{};
  fill_random(bytes);
  return to_hex(bytes);
}

std::optional<std::string> parse_printed_string(std::string_view line) {
  line = without_colours(line);
  if (!line.starts_with('"')) return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (!without_colours(line.substr(i + 1)).empty()) return std::nullopt;
      return text;
    }
    if (line[i] != '\\') {
      text += line[i];
    } else if (++i < line.size()) {
      text += unescaped(line[i]);
    }
  }
  return std::nullopt;
}

std::string ReplSession::ask(std::string_view expression) {
  Nonces nonces{make_nonce(), make_nonce()};
  const std::string_view output = nonces.output;
  std::string bytes =
      fmt::format("{}\n:{}\n\"{}\" + \"{}\"\n", expression, nonces.error, output.substr(0, kNonceBytes), output.substr(kNonceBytes));
  awaited_.push_back(std::move(nonces));
  return bytes;
}

Status ReplSession::check_limit(std::size_t held) const {
  if (held <= output_limit_) return {};
  return fail(ErrorCode::resource_exhausted, "evaluating it printed more than {} bytes", output_limit_);
}

Status ReplSession::feed_output(std::string_view bytes) {
  output_ += bytes;
  return check_limit(output_.size() + (reply_ ? reply_->size() : 0));
}

Status ReplSession::feed_errors(std::string_view bytes) {
  errors_ += bytes;
  return check_limit(errors_.size());
}

std::optional<ReplExchange> ReplSession::take() {
  if (awaited_.empty()) return std::nullopt;
  const Nonces& nonces = awaited_.front();
  while (!output_ended_) {
    const std::size_t end = output_.find('\n', output_searched_);
    if (end == std::string::npos) {
      output_searched_ = output_.size();
      return std::nullopt;
    }
    std::optional<std::string> printed = parse_printed_string(std::string_view(output_).substr(0, end));
    output_.erase(0, end + 1);
    output_searched_ = 0;
    if (printed && *printed == nonces.output) {
      output_ended_ = true;
    } else if (printed) {
      reply_ = std::move(printed);
    }
  }
  const std::size_t found = errors_.find(":" + nonces.error, errors_searched_);
  const std::size_t end = found == std::string::npos ? found : errors_.find('\n', found);
  if (end == std::string::npos) {
    // The nonce may have come in part.
    const std::size_t part = std::min(errors_.size(), nonces.error.size() + 1);
    errors_searched_ = found == std::string::npos ? errors_.size() - part : found;
    return std::nullopt;
  }
  const std::size_t before = errors_.rfind('\n', found);
  const std::size_t line_start = before == std::string::npos ? 0 : before + 1;
  const std::string_view line = std::string_view(errors_).substr(line_start, found - line_start);
  // `error: unknown command ':<nonce>'`, or the excerpt of a syntax error: `     2| :<nonce>`.
  ReplExchange exchange{.reply = std::exchange(reply_, std::nullopt), .errors = {}, .incomplete = line.ends_with("| ")};
  exchange.errors = errors_.substr(0, line_start);
  errors_.erase(0, end + 1);
  errors_searched_ = 0;
  output_ended_ = false;
  awaited_.pop_front();
  return exchange;
}

}  // namespace ekaci::nix
