#include "wire/writer.h"

#include <array>

namespace ekaci::wire {

void Writer::number(std::uint64_t value) {
  std::array<char, 8> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xffU);
    value >>= 8U;
  }
  bytes_.append(bytes.data(), bytes.size());
}

void Writer::text(std::string_view text) {
  number(text.size());
  bytes_ += text;
  bytes_.append((8 - text.size() % 8) % 8, '\0');
}

void Writer::texts(std::span<const std::string> texts) {
  number(texts.size());
  for (const std::string& each : texts) text(each);
}

void Writer::path(const StorePath& path) { text(path.to_string()); }

void Writer::paths(std::span<const StorePath> paths) {
  number(paths.size());
  for (const StorePath& each : paths) path(each);
}

void Writer::frame(std::string_view part) {
  if (part.empty()) return;
  number(part.size());
  bytes_ += part;
}

}  // namespace ekaci::wire
