#include "github/app_token.h"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/base64.h"

namespace ekaci::github {
namespace {

constexpr std::size_t kLargestKey = std::size_t{64} << 10U;
constexpr int kFewestBits = 2048;

struct BioCloser {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct ContextFreer {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// In place of OpenSSL's own, which asks at the terminal.
int give_no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Why this is no key, guessed from what it says it is: for the operator, after OpenSSL could not read it.
std::string_view why_no_key(std::string_view pem) {
  if (!holds(pem, "-----BEGIN ")) return "it is no PEM: no line begins with -----BEGIN";
  if (holds(pem, "ENCRYPTED")) return "it is encrypted; GitHub's are not, so decrypt it first";
  if (holds(pem, "PUBLIC KEY-----")) return "it is a public key";
  if (holds(pem, "CERTIFICATE-----")) return "it is a certificate";
  return "it is damaged or of a kind that is not known; give the file as GitHub let you download it";
}

Failure no_key(std::string_view why) { return fail(ErrorCode::invalid_argument, "this is no private key of a GitHub App: {}", why); }

}  // namespace

struct PrivateKey::Handle {
  EVP_PKEY* key = nullptr;
  explicit Handle(EVP_PKEY* owned) : key(owned) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { EVP_PKEY_free(key); }
};

PrivateKey::PrivateKey(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::parse(std::string_view pem) {
  if (pem.size() > kLargestKey) return no_key("it is far too long");
  const std::unique_ptr<BIO, BioCloser> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (text == nullptr) throw std::bad_alloc();
  auto handle = std::make_unique<Handle>(PEM_read_bio_PrivateKey(text.get(), nullptr, give_no_password, nullptr));
  ERR_clear_error();
  if (handle->key == nullptr) return no_key(why_no_key(pem));
  if (EVP_PKEY_get_base_id(handle->key) != EVP_PKEY_RSA) return no_key("it is not an RSA key");
  const int bits = EVP_PKEY_get_bits(handle->key);
  if (bits < kFewestBits) return no_key(fmt::format("it has only {} bits; {} are the fewest", bits, kFewestBits));
  return PrivateKey(std::move(handle));
}

std::string PrivateKey::sign(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, ContextFreer> context(EVP_MD_CTX_new());
  if (context == nullptr) throw std::bad_alloc();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, handle_->key) != 1) throw std::runtime_error("EVP_DigestSignInit");
  const auto* const in = reinterpret_cast<const unsigned char*>(text.data());  // NOLINT(*-reinterpret-cast): text as bytes
  auto size = static_cast<std::size_t>(EVP_PKEY_get_size(handle_->key));
  std::string signature(size, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());  // NOLINT(*-reinterpret-cast): text as bytes
  if (EVP_DigestSign(context.get(), out, &size, in, text.size()) != 1) throw std::runtime_error("EVP_DigestSign");
  signature.resize(size);
  return signature;
}

Secret app_token(AppId app, const PrivateKey& key, Clock::Wall now) {
  using std::chrono::seconds;
  constexpr seconds kPast{60};
  constexpr seconds kLife{600};
  const auto issued = std::chrono::floor<seconds>(now.time_since_epoch()) - kPast;
  const std::string claims = fmt::format(R"({{"iat":{},"exp":{},"iss":"{}"}})", issued.count(), (issued + kLife).count(), app.value);
  const std::string head = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims);
  return Secret(head + "." + base64url(key.sign(head)));
}

}  // namespace ekaci::github
