#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "github/app_id.h"

namespace ekaci::github {

/// An App's private key as GitHub hands it out: RSA, in PEM, as PKCS#1 or PKCS#8, not encrypted. Cannot be printed. Any thread.
class PrivateKey {
 public:
  /// invalid_argument says what is wrong, and nothing of what stands there.
  static Result<PrivateKey> parse(std::string_view pem);
  PrivateKey(PrivateKey&& other) noexcept;
  PrivateKey& operator=(PrivateKey&& other) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey();

  /// The bytes of an RSASSA-PKCS1-v1_5 signature with SHA-256.
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  struct Handle;
  explicit PrivateKey(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

/// The JSON Web Token by which the App says who it is: good for ten minutes, of which one is past for clocks that are slow
/// (docs.github.com/apps, "Generating a JSON Web Token for a GitHub App").
Secret app_token(AppId app, const PrivateKey& key, Clock::Wall now);

}  // namespace ekaci::github
