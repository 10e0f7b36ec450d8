#include "base/secret.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace ekaci {

// NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): wiped where it stands, which moving would not do
Secret::Secret(std::string&& bytes)
    : bytes_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {  // NOLINT(*-avoid-c-arrays): see bytes_
  std::ranges::copy(bytes, bytes_.get());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Secret::wipe() {
  if (bytes_) OPENSSL_cleanse(bytes_.get(), size_);
}

bool is_equal(const Secret& secret, std::string_view bytes) {
  const std::string_view own = secret.reveal();
  return own.size() == bytes.size() && CRYPTO_memcmp(own.data(), bytes.data(), own.size()) == 0;
}

}  // namespace ekaci
