#include "github/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#include <stdexcept>

#include "base/sha256.h"

namespace ekaci::github {
namespace {

constexpr std::string_view kPrefix = "sha256=";

}  // namespace

std::string signature_of(std::string_view body, std::string_view secret) {
  if (secret.size() > std::numeric_limits<int>::max()) throw std::length_error("a secret of gigabytes");
  const auto* const bytes = reinterpret_cast<const unsigned char*>(body.data());  // NOLINT(*-reinterpret-cast): text as bytes
  Sha256 digest{};
  unsigned int size = 0;
  const auto* const made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, body.size(), digest.data(), &size);
  if (made == nullptr || size != digest.size()) throw std::runtime_error("HMAC");
  return std::string(kPrefix).append(to_hex(digest));
}

bool is_signed(std::string_view body, std::string_view header, std::span<const Secret> secrets) {
  bool is_right = false;
  for (const Secret& secret : secrets) {
    if (secret.is_empty()) continue;
    const std::string expected = signature_of(body, secret.reveal());
    // No early end: which of the secrets it was is nobody's business.
    if (header.size() == expected.size() && CRYPTO_memcmp(header.data(), expected.data(), expected.size()) == 0) is_right = true;
  }
  return is_right;
}

}  // namespace ekaci::github
